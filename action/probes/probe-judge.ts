import type { Judgement } from '../../policies/judge/judgement.ts';
import type { RolloutJudge } from '../deployer/drive-rollout.ts';
import type { ProbeResult } from './run-probes.ts';

const failuresInARow = 2;

/**
 * Judges a first deployment, which has no stable version to be compared with: it passes as long as every probe is
 * answered as documented, and fails when the same operation fails twice in a row. One failure alone decides nothing.
 */
export function judgeByProbes(probe: () => Promise<ProbeResult[]>): RolloutJudge {
  let failures = new Map<string, number>();
  return {
    begin() {
      failures = new Map();
    },
    async look(state): Promise<Judgement> {
      // Before the flip has been confirmed nobody answers at the public port, and nothing is wrong with that.
      if (state.phase !== 'baking')
        return judgementOf('inconclusive', 'undecided', 'the flip is not live yet');
      const results = await probe();
      if (results.length === 0) {
        return judgementOf(
          'no-data',
          'no-data',
          'nothing was probed: name an OpenAPI document or paths under `probes`',
        );
      }
      const next = new Map<string, number>();
      for (const result of results) {
        if (!result.isHealthy) next.set(result.operation, (failures.get(result.operation) ?? 0) + 1);
      }
      failures = next;
      const worst = results.find((result) => (failures.get(result.operation) ?? 0) >= failuresInARow);
      if (worst !== undefined) return judgementOf('fail', 'worse', worst.message);
      if (failures.size > 0)
        return judgementOf('inconclusive', 'undecided', 'a probe failed once; looking again');
      return judgementOf('pass', 'not-worse', `all ${results.length} probes were answered as documented`);
    },
  };
}

function judgementOf(
  judgement: Judgement['judgement'],
  reasonCode: Judgement['reasonCode'],
  message: string,
): Judgement {
  return { judgement, reasonCode, message, metrics: [] };
}
