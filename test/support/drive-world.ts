/** Ports of memory for the shell of a rollout: what is asked of them is in a log, in its order. */
import type { Judgement, JudgementName } from '../../policies/judge/judgement.ts';
import {
  planRollout,
  type Effect,
  type RolloutPlan,
  type RolloutState,
} from '../../policies/rollout/state.ts';
import {
  driveRollout,
  type Drive,
  type GateAnswer,
  type RolloutPorts,
  type RolloutRecord,
} from '../../action/deployer/drive-rollout.ts';

export const plan: RolloutPlan = {
  rollout: '1',
  service: 'shop',
  environment: 'production',
  stable: 'sha256:stable',
  candidate: 'sha256:candidate',
  fullCapacity: 2,
  canaryCapacity: 1,
  stepBasisPoints: [1000, 5000],
  minSoakSeconds: 0,
  stepDeadlineSeconds: 60,
  bakeSeconds: 0,
};

export interface World {
  ports: RolloutPorts;
  log: string[];
  records: RolloutRecord[];
}

/** Ports that log what is asked of them; every thousandth of a second is asked for once. */
export function world(options: {
  judge: (state: RolloutState) => JudgementName;
  perform?: (effect: Effect, signal: AbortSignal) => Promise<unknown>;
  mayWiden?: (effect: Effect) => Promise<GateAnswer>;
}): World {
  const log: string[] = [];
  const records: RolloutRecord[] = [];
  let seconds = 0;
  const judgement = (name: JudgementName): Judgement => ({
    judgement: name,
    reasonCode: name === 'fail' ? 'worse' : 'not-worse',
    message: name,
    metrics: [],
  });
  return {
    log,
    records,
    ports: {
      elapsedSeconds: () => (seconds += 0.001),
      record(record) {
        records.push(record);
        log.push(record.record === 'intent' ? `intent ${record.effect.name}` : `event ${record.event.type}`);
      },
      mayWiden: (effect) => options.mayWiden?.(effect) ?? Promise.resolve({ isOpen: true }),
      async perform(effect, signal) {
        log.push(`do ${effect.name}`);
        return await (options.perform?.(effect, signal) ?? Promise.resolve(null));
      },
      judge: {
        begin: (state) => log.push(`judge begins ${state.phase}`),
        look: (state) => Promise.resolve(judgement(options.judge(state))),
      },
      observe: () => undefined,
    },
  };
}

/** No wait that a test would have to sit through. */
export const quick = {
  tickSeconds: 0.001,
  gateRetrySeconds: 0,
  gateAnswerSeconds: 60,
  lookSeconds: 60,
  begunEffectId: null,
  holdSeconds: 60,
} as const;

/** A new rollout, driven to its end. */
export const drive = (ports: RolloutPorts, signal = new AbortController().signal): Drive =>
  driveRollout(
    { ...quick, state: planRollout(plan), ports, until: 'finished', signal },
    { type: 'started', atSeconds: 0, by: 'ada' },
  );
