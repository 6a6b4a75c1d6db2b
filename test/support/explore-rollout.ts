/** Walks through every state that the rollout machine can be in on small plans, breadth first, by every event there is. */
import { eventOf, type Stimulus } from './rollout-histories.ts';
import { planRollout, type RolloutPlan, type RolloutState } from '../../policies/rollout/state.ts';
import { transition } from '../../policies/rollout/transition.ts';

export interface Explored {
  /** One state for each that differs in more than counters and times. */
  states: RolloutState[];
  moves: { from: RolloutState; to: RolloutState; kind: MoveKind }[];
}

/** What moved it: work that is done, a word of judge or person for it, one against it, or something that went wrong. */
export type MoveKind = 'done' | 'onward' | 'back' | 'failure';

const small: RolloutPlan = {
  rollout: '1',
  service: 'shop',
  environment: 'production',
  stable: 'sha256:stable',
  candidate: 'sha256:candidate',
  fullCapacity: 2,
  canaryCapacity: 1,
  stepBasisPoints: [100, 2500],
  minSoakSeconds: 0,
  stepDeadlineSeconds: 10,
  bakeSeconds: 0,
  hasMigrations: true,
  needsRehearsal: true,
  noDataDeadlineSeconds: 10,
  effectDeadlineSeconds: {},
};

const plans: readonly RolloutPlan[] = [
  small,
  { ...small, hasMigrations: false, stepBasisPoints: [100] },
  { ...small, stable: null, hasMigrations: false },
];

const events: readonly [MoveKind, Stimulus][] = [
  ['done', { kind: 'done', isProven: true }],
  ['failure', { kind: 'done', isProven: false }],
  ['failure', { kind: 'failed', mayRetry: true }],
  ['failure', { kind: 'failed', mayRetry: false }],
  ['onward', { kind: 'judged', judgement: 'pass' }],
  ['back', { kind: 'judged', judgement: 'fail' }],
  ['back', { kind: 'judged', judgement: 'no-data' }],
  ['onward', { kind: 'judged', judgement: 'inconclusive' }],
  ['onward', { kind: 'requested', command: 'promote', by: 'ada' }],
  ['onward', { kind: 'requested', command: 'pause', by: 'ada' }],
  ['onward', { kind: 'requested', command: 'resume', by: 'ada' }],
  ['back', { kind: 'requested', command: 'abort', by: 'ada' }],
  ['back', { kind: 'requested', command: 'rollback', by: 'ada' }],
  ['onward', { kind: 'withheld', message: 'closed', hasBegun: false }],
  ['onward', { kind: 'withheld', message: 'closed', hasBegun: true }],
  ['onward', { kind: 'admitted' }],
  ['onward', { kind: 'resumed' }],
  ['failure', { kind: 'clock' }],
  ['onward', { kind: 'started' }],
];

export function exploreRollout(): Explored {
  const known = new Map<string, RolloutState>();
  const moves: Explored['moves'] = [];
  const waiting = plans.map(planRollout);
  for (const state of waiting) known.set(nameOf(state), state);
  for (const from of waiting) {
    for (const [kind, stimulus] of events) {
      // To everything but a rehearsal a proof is nothing.
      if (stimulus.kind === 'done' && !stimulus.isProven && from.phase !== 'rehearsing') continue;
      // Long enough for whatever waits for time to pass.
      const { state: to } = transition(from, eventOf(stimulus, from, from.atSeconds + 20));
      if (to === from) continue;
      moves.push({ from, to, kind });
      if (known.has(nameOf(to))) continue;
      known.set(nameOf(to), to);
      waiting.push(to);
    }
  }
  return { states: [...known.values()], moves };
}

/** All of a state but its counters, its times, and the words of why. */
function nameOf(state: RolloutState): string {
  return JSON.stringify([
    plans.indexOf(state.plan),
    state.phase,
    state.candidateBasisPoints,
    state.mayHaveMetUsers,
    state.isStableWhole,
    [state.pending?.name, state.pending?.attempt, state.pending?.pace],
    [state.withheld?.kind, state.withheld?.hasBegun],
    'step' in state && [state.step, state.sinceSeconds === null],
    'hold' in state && state.hold?.kind,
    'pace' in state && [state.pace, state.stuck === null, state.stuckTimes],
  ]);
}
