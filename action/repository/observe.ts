import { join } from 'node:path';
import type { Claim } from '../../analyzers/claim.ts';
import type { CommandRun, Observations, Preview } from '../../analyzers/scope.ts';
import type { ServicePolicy } from '../../policies/policy-file/policy.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { checkOut, type Checkout } from './checkout.ts';
import { runCommand } from './run-command.ts';

export interface ObserveRequest {
  repository: string;
  head: string;
  services: readonly ServicePolicy[];
  claims: readonly Claim[];
  env: Readonly<Record<string, string | undefined>>;
  progress(line: string): void;
  signal: AbortSignal;
}

/**
 * Runs what the policy declares for the services that changed: their commands, and a preview where infrastructure
 * changed, all in one clean checkout of head that is removed afterwards. Rules judge what was seen; nothing here does.
 * Fails with `interrupted` when somebody ended it.
 */
export async function observe(request: ObserveRequest): Promise<Observations> {
  const { withCommands, withPreviews } = declaredFor(request);
  if (withCommands.length === 0 && withPreviews.length === 0) return { commands: [], previews: [] };
  const checkout = checkOut(request.repository, request.head);
  try {
    const commands: CommandRun[] = [];
    for (const service of withCommands) commands.push(...(await runCommands(service, checkout, request)));
    const previews: Preview[] = [];
    for (const service of withPreviews) {
      if (!request.signal.aborted) previews.push(await previewService(service, checkout, request));
    }
    // What was cut short says nothing about the change.
    if (request.signal.aborted) {
      throw effectFailure('interrupted', 'interrupted, and nothing was decided; run it again', true);
    }
    return { commands, previews };
  } finally {
    checkout.remove();
  }
}

type Declared = Pick<ObserveRequest, 'services' | 'claims'>;

/** What `observe` would run, in words: for a door that runs nothing and says so. */
export function describeObservations(request: Declared): string[] {
  const { withCommands, withPreviews } = declaredFor(request);
  return [
    ...withCommands.flatMap(({ name, code }) => code.commands.map((words) => `${name}: ${words.join(' ')}`)),
    ...withPreviews.map(({ name }) => `${name}: preview of its infrastructure`),
  ];
}

function declaredFor({ services, claims }: Declared): {
  withCommands: ServicePolicy[];
  withPreviews: ServicePolicy[];
} {
  return {
    withCommands: services.filter((service) => service.code.commands.length > 0),
    withPreviews: services.filter(
      (service) =>
        service.infra !== null &&
        claims.some((claim) => claim.service === service.name && claim.kind === 'infra'),
    ),
  };
}

/** In order, and only as far as the first that fails: what follows it would tell nothing new. */
async function runCommands(
  service: ServicePolicy,
  checkout: Checkout,
  request: ObserveRequest,
): Promise<CommandRun[]> {
  const runs: CommandRun[] = [];
  for (const command of service.code.commands) {
    if (request.signal.aborted) break;
    request.progress(`${service.name}: ${command.join(' ')} …`);
    const run = await runCommand({
      service: service.name,
      command,
      directory: checkout.directory,
      timeoutSeconds: service.code.timeoutSeconds,
      env: request.env,
      signal: request.signal,
    });
    runs.push(run);
    request.progress(`${service.name}: ${command.join(' ')} ${run.outcome} (${run.seconds.toFixed(1)} s)`);
    if (run.outcome !== 'passed') break;
  }
  return runs;
}

async function previewService(
  service: ServicePolicy,
  checkout: Checkout,
  request: ObserveRequest,
): Promise<Preview> {
  const infra = service.infra;
  if (infra === null) throw new Error('a service without infrastructure has no preview');
  // Pulumi is heavy, and most checks have nothing to preview.
  const { previewProgram } = await import('../deployer/pulumi/preview-program.ts');
  request.progress(`${service.name}: previewing ${infra.directory} …`);
  return await previewProgram({
    service: service.name,
    path: infra.directory,
    directory: join(checkout.directory, infra.directory),
    stack: infra.stack,
    timeoutSeconds: infra.previewTimeoutSeconds,
    env: request.env,
    progress: (line) => request.progress(line),
    signal: request.signal,
  });
}
