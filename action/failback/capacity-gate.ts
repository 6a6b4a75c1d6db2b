import type { RolloutPlan } from '../../policies/rollout/state.ts';
import type { ServiceDefinition } from '../../stacks/exposure.ts';
import { Failure } from '../../stacks/failure.ts';
import type { Router } from '../../stacks/local/router/router.ts';
import type { ForwardGate } from '../deployer/widening-gate.ts';
import { requireCapacity } from './require-capacity.ts';

/**
 * Before the candidate takes every user, and before the version that could take them back is stopped: enough of its
 * instances are healthy and at full weight. It is closed until they are, and asked again; going back never asks it.
 */
export function capacityGate(
  { plan, service }: { plan: RolloutPlan; service: ServiceDefinition },
  connectRouter: () => Promise<Router | null>,
  signal: AbortSignal,
): ForwardGate {
  return {
    async mayWiden({ name }) {
      if (name !== 'flip' && name !== 'settle') return { isOpen: true };
      try {
        const router = await connectRouter();
        if (router === null) return { isOpen: true };
        const { candidate: release, fullCapacity } = plan;
        const { minHealthy = null } = service;
        await requireCapacity(router, { release, fullCapacity, minHealthy, doing: `the ${name}` }, signal);
        return { isOpen: true };
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        return { isOpen: false, reasonCode: error.reasonCode, message: error.message };
      }
    },
  };
}
