/** What one judged tick costs in time, and whether a long stream costs memory. */
import v8 from 'node:v8';
import vm from 'node:vm';
import { formatRatio, type GoalRow } from './goals.ts';
import { ours } from './procedures.ts';
import type { RunningProcedure, ScenarioTick } from './procedure.ts';
import { alpha, beta, calmDay, type Scenario } from './scenario.ts';
import { seedRandom } from './seeded-random.ts';
import { median } from './summarize-runs.ts';
import { startTraffic } from './traffic.ts';

const wantedTicksPerSecond = 1e6;
const rounds = 7;
const ticksPerRound = 50_000;
const fewTicks = 100_000;
const manyTicks = 1_000_000;
/** Less than one bit kept for each tick. */
const grownBytesPerTick = 1 / 8;

const scenario: Scenario = {
  ...calmDay,
  name: 'cost',
  baseline: { errorRate: 0.01, stretch: 1 },
  candidate: { errorRate: 0.01, stretch: 1 },
};

/** Ticks a second on this core, round by round beside a loop over the same ticks that does next to nothing. */
export function measureSpeed(seed: number): GoalRow[] {
  const traffic = startTraffic(scenario, seedRandom(seed, scenario.name, 0));
  const ticks = Array.from({ length: ticksPerRound }, () => traffic.next());
  const judged: number[] = [];
  const idle: number[] = [];
  for (let round = -1; round < rounds; round++) {
    const idleSeconds = timeTicks(ticks, countRequests());
    const judgedSeconds = timeTicks(ticks, startOurs(ticksPerRound));
    // The first round is the compiler's.
    if (round < 0) continue;
    judged.push(ticksPerRound / judgedSeconds);
    idle.push(ticksPerRound / idleSeconds);
  }
  const perSecond = median(judged) ?? 0;
  return [
    {
      scenario: 'speed',
      goal: `ticks a second >= ${formatThousands(wantedTicksPerSecond)}`,
      measured: `${formatThousands(perSecond)} (a loop that only counts: ${formatThousands(median(idle) ?? 0)})`,
      isMet: perSecond >= wantedTicksPerSecond,
    },
  ];
}

/** The heap after a long stream and after a ten times longer one. */
export function measureMemory(seed: number): GoalRow[] {
  const traffic = startTraffic(scenario, seedRandom(seed, scenario.name, 1));
  const procedure = startOurs(manyTicks);
  for (let tick = 0; tick < fewTicks; tick++) procedure.tick(traffic.next());
  const before = heapBytes();
  for (let tick = fewTicks; tick < manyTicks; tick++) procedure.tick(traffic.next());
  const grown = heapBytes() - before;
  // Still in use, so that it was not collected before the second reading.
  procedure.tick(traffic.next());
  const limit = grownBytesPerTick * (manyTicks - fewTicks);
  return [
    {
      scenario: 'memory',
      goal: `heap grows by <= ${formatThousands(limit)} bytes from 10^5 to 10^6 ticks`,
      measured: `${formatThousands(grown)} bytes (${formatRatio(grown / (manyTicks - fewTicks))} a tick)`,
      isMet: grown <= limit,
    },
  ];
}

function startOurs(ticks: number): RunningProcedure {
  const { tickSeconds, share } = scenario;
  const horizonSeconds = ticks * tickSeconds;
  return ours.start({
    metric: 'ratio',
    alpha,
    beta,
    horizonSeconds,
    tickSeconds,
    share,
    shareStepsSeconds: [],
  });
}

function countRequests(): RunningProcedure {
  let requests = 0;
  return {
    tick({ candidate }) {
      requests += candidate?.requests ?? 0;
      return requests < 0 ? 'fail' : null;
    },
  };
}

function timeTicks(ticks: readonly ScenarioTick[], procedure: RunningProcedure): number {
  const started = performance.now();
  for (const tick of ticks) procedure.tick(tick);
  return (performance.now() - started) / 1000;
}

/** After a full collection, which Node offers only behind a flag. */
function heapBytes(): number {
  v8.setFlagsFromString('--expose-gc');
  vm.runInNewContext('gc()');
  return process.memoryUsage().heapUsed;
}

function formatThousands(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
