/**
 * `npm run bench:judge`: our judge and others on the same simulated rollouts, against what ours has promised.
 * Exit code 1 when a goal is not met, 2 when the command line is wrong.
 */
import { parseArgs } from 'node:util';
import { Failure, inputFailure } from '../../../stacks/failure.ts';
import { measureMemory, measureSpeed } from './cost.ts';
import { judgeScenario, judgeSpeedup, type GoalRow } from './goals.ts';
import { harmfulScenarios } from './harmful-scenarios.ts';
import { harmlessScenarios } from './harmless-scenarios.ts';
import { formatGoals, formatTable } from './print-table.ts';
import { runScenarios } from './run-scenarios.ts';
import type { Scenario } from './scenario.ts';
import type { Summary } from './summarize-runs.ts';

const usage = `usage: npm run bench:judge -- [--runs N] [--seed N] [--scenario NAME]... [--json]
  --runs N          rollouts in each scenario (400; 200 where only delays are asked for)
  --seed N          another sample of them (1)
  --scenario NAME   only scenarios with this in their name, or one of "speed" and "memory"; may be repeated
  --json            one JSON object instead of tables; a delay that was never reached is null
example: npm run bench:judge -- --runs 100 --scenario '1 -> 2 %'
`;

interface Options {
  /** Null: as many as each scenario needs. */
  runs: number | null;
  seed: number;
  names: readonly string[];
  isJson: boolean;
}

const scenarios: readonly Scenario[] = [...harmlessScenarios, ...harmfulScenarios];
const costs = { speed: measureSpeed, memory: measureMemory };

try {
  const options = readOptions();
  if (options === null) process.stdout.write(usage);
  else process.exitCode = (await runBench(options)) ? 0 : 1;
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

function readOptions(): Options | null {
  const { values } = parseOptions();
  if (values.help === true) return null;
  const names = values.scenario ?? [];
  const known = [...scenarios.map(({ name }) => name), ...Object.keys(costs)];
  const unknown = names.find((name) => !known.some((other) => other.includes(name)));
  if (unknown !== undefined) {
    throw inputFailure(
      'unknown-scenario',
      `no scenario has "${unknown}" in its name; these are there: ${known.join('; ')}`,
    );
  }
  return {
    runs: values.runs === undefined ? null : readCount('--runs', values.runs, 1),
    seed: readCount('--seed', values.seed ?? '1', 0),
    names,
    isJson: values.json === true,
  };
}

function parseOptions() {
  try {
    return parseArgs({
      options: {
        runs: { type: 'string' },
        seed: { type: 'string' },
        scenario: { type: 'string', multiple: true },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw inputFailure('usage', `${error instanceof Error ? error.message : String(error)}\n${usage}`);
  }
}

function readCount(option: string, text: string, least: number): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= least && count <= 1e6) return count;
  throw inputFailure('usage', `${option} is "${text}", and takes a whole number from ${least} to 1000000`);
}

/** Whether every goal was met. */
async function runBench({ runs, seed, names, isJson }: Options): Promise<boolean> {
  const isWanted = (name: string): boolean => names.length === 0 || names.some((part) => name.includes(part));
  const chosen = scenarios.filter(({ name }) => isWanted(name));
  // Alone on the machine, before the simulations take every core.
  const costGoals = Object.entries(costs).flatMap(([name, measure]) => {
    if (!isWanted(name)) return [];
    process.stderr.write(`${name} …\n`);
    return measure(seed);
  });
  const byName = new Map<string, { scenario: Scenario; summaries: Summary[]; goals: GoalRow[] }>();
  const started = performance.now();
  const runsOf = (scenario: Scenario): number => runs ?? (scenario.question === 'delay' ? 200 : 400);
  await runScenarios(chosen, { runsOf, seed }, (scenario, summaries) => {
    byName.set(scenario.name, { scenario, summaries, goals: judgeScenario(scenario, summaries) });
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    process.stderr.write(`${byName.size} of ${chosen.length} scenarios, ${seconds} s: ${scenario.name}\n`);
  });
  const results = chosen.flatMap(({ name }) => byName.get(name) ?? []);
  const goals = [...costGoals, ...results.flatMap((result) => result.goals), ...judgeSpeedup(results)];
  process.stdout.write(
    isJson
      ? `${JSON.stringify({ schema: 'evenkeel/bench-judge/v1', seed, goals, results })}\n`
      : `${results.length === 0 ? '' : `${formatTable(results)}\n\n`}${formatGoals(goals)}\n`,
  );
  return goals.every(({ isMet }) => isMet);
}
