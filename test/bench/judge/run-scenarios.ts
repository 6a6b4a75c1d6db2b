import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { proceduresFor, type Job, type JobResult } from './run-worker.ts';
import type { Scenario } from './scenario.ts';
import { summarizeRuns, type Summary } from './summarize-runs.ts';

/** Runs of a job: few enough that no thread is left waiting at the end. */
const runsPerJob = 20;

/**
 * Simulates every scenario on all cores and calls back with the summaries of each as soon as it is complete, in any
 * order. The same seed gives the same traffic whatever the number of threads and whichever scenarios are chosen.
 */
export async function runScenarios(
  scenarios: readonly Scenario[],
  { runsOf, seed }: { runsOf: (scenario: Scenario) => number; seed: number },
  onScenario: (scenario: Scenario, summaries: Summary[]) => void,
): Promise<void> {
  const jobs = scenarios.flatMap((scenario) => jobsOf(scenario, runsOf(scenario), seed));
  const results = new Map<string, JobResult[]>(scenarios.map(({ name }) => [name, []]));
  const workers = Math.min(availableParallelism(), jobs.length);
  let next = 0;
  const take = (): Job | undefined => jobs[next++];
  const settle = (job: Job, result: JobResult): void => {
    const { scenario } = job;
    const parts = results.get(scenario.name) ?? [];
    parts.push(result);
    if (parts.length < Math.ceil(runsOf(scenario) / runsPerJob)) return;
    results.delete(scenario.name);
    parts.sort((a, b) => a.firstRun - b.firstRun);
    const summaries = proceduresFor(scenario).map(({ name }) => {
      const outcomes = parts.flatMap((part) => part.outcomes[name] ?? []);
      return summarizeRuns(scenario, name, outcomes);
    });
    onScenario(scenario, summaries);
  };
  await Promise.all(Array.from({ length: workers }, () => runWorker(take, settle)));
}

function jobsOf(scenario: Scenario, runs: number, seed: number): Job[] {
  const jobs: Job[] = [];
  for (let firstRun = 0; firstRun < runs; firstRun += runsPerJob) {
    jobs.push({ scenario, seed, firstRun, runs: Math.min(runsPerJob, runs - firstRun) });
  }
  return jobs;
}

function runWorker(
  take: () => Job | undefined,
  settle: (job: Job, result: JobResult) => void,
): Promise<void> {
  const worker = new Worker(new URL('run-worker.ts', import.meta.url));
  return new Promise((resolve, reject) => {
    let current = take();
    const send = (): void => {
      if (current !== undefined) worker.postMessage(current);
      else void worker.terminate().then(() => resolve());
    };
    worker.on('error', reject);
    worker.on('message', (result: JobResult) => {
      if (current !== undefined) settle(current, result);
      current = take();
      send();
    });
    send();
  });
}
