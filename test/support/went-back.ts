import { mkdirSync } from 'node:fs';
import type { Deployment } from '../../action/deployer/deployment.ts';
import { openJournal } from '../../action/deployer/journal.ts';
import { stateDirectoryOf, type StateDirectory } from '../../action/deployer/state-directory.ts';
import type { JournalRecord } from '../../policies/rollout/replay.ts';
import { planRollout, type RolloutEvent, type RolloutPlan } from '../../policies/rollout/state.ts';
import { transition } from '../../policies/rollout/transition.ts';

export const wentBackPlan: RolloutPlan = {
  rollout: '41',
  service: 'shop',
  environment: 'production',
  stable: `sha256:${'a'.repeat(64)}`,
  candidate: `sha256:${'b'.repeat(64)}`,
  fullCapacity: 1,
  canaryCapacity: 1,
  stepBasisPoints: [500],
  minSoakSeconds: 1,
  stepDeadlineSeconds: 60,
  bakeSeconds: 60,
  needsRehearsal: true,
};

const takeBack = { path: 'router', takeBackMs: 2, offMs: 1, requests: 90, met: 5, dropped: 0 } as const;

export interface WentBackOptions {
  repository: string;
  commit: string;
  /** The commit whose policy holds; the candidate's, where it is left out. */
  base?: string;
  runbooks?: Record<string, string>;
  tickets?: Deployment['tickets'];
  cause?: string;
}

export interface WentBack {
  directories: StateDirectory;
  /** The reconciliation fails for good, or goes well: the rollout is stuck, or back. */
  end(how: 'stuck' | 'back'): void;
}

/**
 * The journal of a rollout whose candidate the judge found worse at its first step, as a run leaves it, up to the
 * withdrawal. The real machine made it; nothing was deployed.
 */
export function writeWentBack(options: WentBackOptions): WentBack {
  const directories = stateDirectoryOf(options.repository, {}, 'shop', 'production');
  mkdirSync(directories.incidents, { recursive: true });
  const journal = openJournal(directories.journal, wentBackPlan.rollout);
  let seconds = 0;
  let state = planRollout(wentBackPlan);
  const at = (): string => new Date(Date.parse('2026-01-05T07:00:00Z') + seconds * 1000).toISOString();
  const append = (record: JournalRecord): void => journal.append(record);
  const happens = (event: RolloutEvent): void => {
    seconds += 1;
    append({ record: 'event', event, at: at() });
    const next = transition(state, event);
    state = next.state;
    for (const effect of next.effects) append({ record: 'intent', effect, at: at() });
  };
  const done = (outcome: unknown = null): void => {
    if (state.pending !== null)
      happens({ type: 'effect-done', atSeconds: seconds, effectId: state.pending.id, outcome });
  };
  append({ record: 'plan', plan: wentBackPlan, at: at(), by: 'ola', context: deploymentOf(options) });
  happens({ type: 'started', atSeconds: 0, by: 'ola' });
  done();
  done({ isProven: true, probes: 1, takeBack });
  done();
  const message = options.cause ?? 'errors 20 % of 311 requests, stable 0.2 %';
  happens({ type: 'judged', atSeconds: seconds, judgement: 'fail', reasonCode: 'worse', message });
  done({ path: 'router' });
  return {
    directories,
    end(how) {
      while (how === 'stuck' && state.pending !== null) {
        const failure = { reasonCode: 'target-failed', message: 'no such cluster', mayRetry: false };
        happens({ type: 'effect-failed', atSeconds: seconds, effectId: state.pending.id, ...failure });
      }
      if (how === 'stuck') return;
      if (state.pending === null)
        happens({ type: 'requested', atSeconds: seconds, command: 'rollback', by: 'ola' });
      while (state.pending !== null) done();
    },
  };
}

function deploymentOf({ repository, commit, base, runbooks, tickets }: WentBackOptions): Partial<Deployment> {
  const release = (digest: string) => ({ digest, commit, tree: commit, directory: repository });
  return {
    repository,
    stable: release(wentBackPlan.stable ?? ''),
    candidate: release(wentBackPlan.candidate),
    runbooks: runbooks ?? {},
    ...(base === undefined ? {} : { base }),
    ...(tickets === undefined ? {} : { tickets }),
    approval: { approvers: ['kim'], commit },
  };
}
