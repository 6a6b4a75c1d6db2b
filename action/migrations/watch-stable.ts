import { lookAtStrain, openStrain, type StrainState } from '../../policies/schema-steps/stable-strain.ts';
import type { VersionCounters } from '../../policies/judge/counter-increase.ts';
import type { Router } from '../../stacks/local/router/router.ts';

/** How the version that runs bears what is being done to its database. */
export interface StableWatch {
  /** Why it is worse off than by its own record; null when it is not, or nothing can be known. */
  strain(): Promise<string | null>;
}

const lookEveryMs = 1000;

/** `connectRouter` null or failing: there is nothing to judge by, and locks and replicas alone set the pace. */
export async function watchStable(
  stable: string | null,
  connectRouter: () => Promise<Pick<Router, 'counters'> | null>,
): Promise<StableWatch> {
  let state: StrainState | null = null;
  let lookedMs = performance.now();
  const read = async (): Promise<VersionCounters | null> => {
    try {
      const router = stable === null ? null : await connectRouter();
      return router === null || stable === null ? null : ((await router.counters()).versions[stable] ?? null);
    } catch {
      return null;
    }
  };
  const first = await read();
  if (first !== null) state = openStrain(first);
  return {
    async strain() {
      const sinceMs = performance.now() - lookedMs;
      if (sinceMs < lookEveryMs) return state?.reason ?? null;
      lookedMs += sinceMs;
      const counters = await read();
      if (counters !== null)
        state = state === null ? openStrain(counters) : lookAtStrain(state, counters, sinceMs / 1000);
      return state?.reason ?? null;
    },
  };
}
