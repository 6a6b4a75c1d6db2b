/** One thread: simulates the runs it is sent and answers with their outcomes. */
import { parentPort } from 'node:worker_threads';
import type { Procedure } from './procedure.ts';
import { procedures } from './procedures.ts';
import type { Scenario } from './scenario.ts';
import { simulateRun, type Outcome } from './simulate-run.ts';

export interface Job {
  scenario: Scenario;
  seed: number;
  firstRun: number;
  runs: number;
}

export interface JobResult {
  scenario: string;
  firstRun: number;
  /** By procedure name, run by run. */
  outcomes: Record<string, Outcome[]>;
}

export function proceduresFor({ metric }: Scenario): readonly Procedure[] {
  return procedures.filter(({ metrics }) => metrics.includes(metric));
}

function doJob({ scenario, seed, firstRun, runs }: Job): JobResult {
  const chosen = proceduresFor(scenario);
  const outcomes = Object.fromEntries(chosen.map(({ name }) => [name, new Array<Outcome>()]));
  for (let run = firstRun; run < firstRun + runs; run++) {
    for (const [index, outcome] of simulateRun(scenario, chosen, seed, run).entries()) {
      outcomes[chosen[index]?.name ?? '']?.push(outcome);
    }
  }
  return { scenario: scenario.name, firstRun, outcomes };
}

// Only in a thread: the list of procedures is read from the main one too.
parentPort?.on('message', (job: Job) => parentPort?.postMessage(doJob(job)));
