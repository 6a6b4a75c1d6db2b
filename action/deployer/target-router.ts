import { routerSettingsOf } from '../../stacks/local/router-settings.ts';
import type { Router } from '../../stacks/local/router/router.ts';
import { connectRouter } from '../../stacks/local/router/start-router.ts';
import type { Deployment } from './deployment.ts';

/** The way to flip without an update. Only the local target has one; others go back through Pulumi. */
export async function connectTargetRouter(deployment: Deployment, home: string): Promise<Router | null> {
  if (deployment.target !== 'local') return null;
  return await connectRouter(routerSettingsOf(deployment.service, home, process.env));
}
