import { setTimeout as wait } from 'node:timers/promises';
import { recordedProcesses, type RecordedProcess } from '../../../stacks/provider/process-record.ts';
import { effectFailure } from '../../../stacks/failure.ts';

/** How long what is left may take: after an end in order, by itself, after an interrupt, and after a kill. */
const patience = { inOrderSeconds: 0.5, bySelfSeconds: 2, interruptedSeconds: 15, killedSeconds: 5 };

/**
 * A tool that is killed leaves its Pulumi CLI and our provider at work, and whatever they still do would be done behind
 * the back of the next run. The caller holds the service's lock, so every process on record belongs to a run that is
 * over: it gets a moment, is then interrupted (the CLI writes down how far it came), and at last killed.
 */
export async function endLeftProcesses(
  directory: string,
  progress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  // A provider sees a moment late that its CLI has ended.
  if (await areGone(directory, patience.inOrderSeconds, signal)) return;
  const left = recordedProcesses(directory);
  progress(`an earlier run was ended while ${namesOf(left)} worked on; that ends first`);
  if (await areGone(directory, patience.bySelfSeconds, signal)) return;
  send(recordedProcesses(directory), 'cli', 'SIGINT');
  if (await areGone(directory, patience.interruptedSeconds, signal)) return;
  for (const role of ['cli', 'provider'] as const) send(recordedProcesses(directory), role, 'SIGKILL');
  if (await areGone(directory, patience.killedSeconds, signal)) return;
  throw effectFailure(
    'processes-left',
    `${namesOf(recordedProcesses(directory))} of an earlier run cannot be ended; end it by hand, then run \`evenkeel deploy --resume\``,
    true,
  );
}

async function areGone(directory: string, patienceSeconds: number, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + patienceSeconds * 1000;
  while (recordedProcesses(directory).length > 0) {
    signal.throwIfAborted();
    if (performance.now() > deadline) return false;
    await wait(25);
  }
  return true;
}

function send(
  processes: readonly RecordedProcess[],
  role: RecordedProcess['role'],
  name: 'SIGINT' | 'SIGKILL',
): void {
  for (const { processId, role: own } of processes) {
    if (own !== role) continue;
    try {
      process.kill(processId, name);
    } catch {
      // Gone already.
    }
  }
}

function namesOf(processes: readonly RecordedProcess[]): string {
  return processes
    .map(
      ({ role, processId }) => `${role === 'cli' ? 'the Pulumi CLI' : 'the provider'} (process ${processId})`,
    )
    .join(' and ');
}
