/** Lets the judge look once a tick, and turns a look that fails or hangs into what it is: no data. */
import type { Judgement } from '../../policies/judge/judgement.ts';
import type { RolloutEvent, RolloutState } from '../../policies/rollout/state.ts';
import type { RolloutPorts } from './drive-rollout.ts';

export interface WatchOptions {
  ports: Pick<RolloutPorts, 'judge' | 'elapsedSeconds'>;
  /** A look that takes longer is no data, and what it says later does not count. */
  lookSeconds: number;
  state(): RolloutState;
  dispatch(event: RolloutEvent): void;
}

export interface Watch {
  /** One look, unless one is under way already. */
  tick(): Promise<void>;
  judgement(): Judgement | null;
  /** How often the judge has spoken where the road stands, and whether it has no more to ask for. */
  hasSpoken(): boolean;
}

/** Figures of sources beside the router come one look later than they were asked for. */
const looksToHear = 2;
/** What is asked for and does not come in this time is not waited for. */
const gatherSeconds = 60;

export function openWatch(options: WatchOptions): Watch {
  const { ports } = options;
  let judgement: Judgement | null = null;
  let lookingSince: number | null = null;
  /** The look whose word counts; one that took too long is not it any more. */
  let awaited = 0;
  let here = { place: '', looks: 0, sinceSeconds: 0 };

  async function tick(): Promise<void> {
    if (lookingSince !== null) {
      if (ports.elapsedSeconds() - lookingSince < options.lookSeconds) return;
      awaited++;
      tell(noData(`the judge gave no answer within ${options.lookSeconds} s`));
      return;
    }
    if (!isWatched(options.state())) return;
    lookingSince = ports.elapsedSeconds();
    const mine = ++awaited;
    try {
      const seen = await look(lookingSince);
      if (mine === awaited) tell(seen);
    } finally {
      lookingSince = null;
    }
  }

  async function look(atSeconds: number): Promise<Judgement> {
    try {
      return await ports.judge.look(options.state(), atSeconds);
    } catch (error) {
      return noData(`the judge could not look: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  function tell(seen: Judgement): void {
    // A withdrawal may have begun while the counters were being read.
    if (!isWatched(options.state())) return;
    judgement = seen;
    const { judgement: name, reasonCode, message } = seen;
    options.dispatch({
      type: 'judged',
      atSeconds: ports.elapsedSeconds(),
      judgement: name,
      reasonCode,
      message,
    });
    const place = placeOf(options.state());
    here =
      here.place === place
        ? { ...here, looks: here.looks + 1 }
        : { place, looks: 1, sinceSeconds: ports.elapsedSeconds() };
  }

  return {
    tick,
    judgement: () => judgement,
    hasSpoken() {
      if (!isWatched(options.state())) return true;
      if (here.place !== placeOf(options.state()) || here.looks < looksToHear) return false;
      const isGathering = ports.judge.isGathering?.() ?? false;
      return !isGathering || ports.elapsedSeconds() - here.sinceSeconds > gatherSeconds;
    },
  };
}

/** Users may be on the candidate, and what the judge says of it matters; also while an effect is under way. */
export function isWatched(state: RolloutState): boolean {
  switch (state.phase) {
    case 'canary':
    case 'scaling':
    case 'flipping':
    case 'baking':
      return true;
    case 'settling':
      return state.withheld !== null;
    case 'rolling-back':
      return state.pace === 'gradual';
    default:
      return false;
  }
}

/** One stand of the road: a judgement of another says nothing about this one. */
function placeOf(state: RolloutState): string {
  return `${state.phase} ${'step' in state ? state.step : ''} ${state.pending?.id ?? ''}`;
}

function noData(message: string): Judgement {
  return { judgement: 'no-data', reasonCode: 'no-data', message, metrics: [] };
}
