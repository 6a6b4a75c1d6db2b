import { setTimeout as wait } from 'node:timers/promises';
import { verifyDirectory } from '../../../action/audit-log/directory-store.ts';
import { lockState } from '../../../action/deployer/rollout-lock.ts';
import { readJournal } from '../../../action/deployer/journal.ts';
import { replay } from '../../../policies/rollout/replay.ts';
import { isFinished } from '../../../policies/rollout/state.ts';
import { runningInstances } from '../../../stacks/local/end-strangers.ts';
import { instanceNamesOf, instancesDirectoryOf } from '../../../stacks/local/instance-names.ts';
import { connectRouter } from '../../../stacks/local/router/start-router.ts';
import { recordedProcesses } from '../../../stacks/provider/process-record.ts';
import { serviceOf, stableDigest, type KillScene } from './kill-scene.ts';
import { commandOf, processesNaming, recordsOf } from './victims.ts';

/** Everything that is not as it should be when a rollout has ended, whatever happened to it. */
export async function checkWorld(scene: KillScene): Promise<string[]> {
  // A provider that ends with its CLI does so within a moment.
  for (let tries = 0; tries < 100 && recordedProcesses(recordsOf(scene)).length > 0; tries++) await wait(50);
  return [
    ...checkState(scene),
    ...(await checkRouter(scene)),
    ...checkProcesses(scene),
    ...checkRecords(scene),
  ];
}

function expectedStable(scene: KillScene) {
  const { state, deployment } = scene.latest();
  return state.phase === 'settled' ? deployment.candidate : deployment.stable;
}

function checkState(scene: KillScene): string[] {
  const { state } = scene.latest();
  const problems: string[] = [];
  if (!isFinished(state)) problems.push(`the rollout is ${state.phase}, neither settled nor rolled back`);
  const expected = expectedStable(scene)?.digest ?? '';
  if (stableDigest(scene) !== expected)
    problems.push(`stable.json says ${stableDigest(scene)} instead of ${expected}`);
  return problems;
}

async function checkRouter(scene: KillScene): Promise<string[]> {
  const shares = await (await connectRouter(scene.router)).shares();
  const expected = expectedStable(scene)?.digest;
  const live = [shares.stable?.release, shares.candidate?.release ?? null, shares.candidateBasisPoints];
  const wanted = [expected, null, 0];
  const problems: string[] = [];
  if (JSON.stringify(live) !== JSON.stringify(wanted))
    problems.push(`the router has ${JSON.stringify(live)} instead of ${JSON.stringify(wanted)}`);
  const ports = [...new Set(shares.stable?.ports ?? [])];
  if (ports.length !== scene.instances) problems.push(`the router knows ${ports.length} instances of stable`);
  return problems;
}

/** Exactly the wanted instances run, each once, and neither CLI nor provider. */
function checkProcesses(scene: KillScene): string[] {
  const service = serviceOf(scene.latest());
  const directory = instancesDirectoryOf(service, scene.directories.home);
  const running = runningInstances(directory).map(({ name }) => name);
  const wanted = instanceNamesOf(expectedStable(scene), scene.instances, service);
  const problems: string[] = [];
  if (JSON.stringify(running) !== JSON.stringify([...wanted].sort()))
    problems.push(`${running.join(', ')} run instead of ${wanted.join(', ')}`);
  const supervisors = processesNaming(`${directory}/`).filter((id) =>
    commandOf(id).includes('instance-supervisor'),
  );
  if (supervisors.length !== wanted.length) problems.push(`${supervisors.length} supervisors run`);
  const left = recordedProcesses(recordsOf(scene));
  if (left.length > 0) problems.push(`left at work: ${JSON.stringify(left)}`);
  return problems;
}

/** The journal replays to the state it ended in, every outcome has its intent (R5), the log verifies, the lock is free. */
function checkRecords(scene: KillScene): string[] {
  const problems: string[] = [];
  const { rollout, state } = scene.latest();
  const records = readJournal(scene.directories.journal, rollout);
  if (JSON.stringify(replay(records)) !== JSON.stringify(state))
    problems.push('the journal replays to another state');
  const begun = new Set<string>();
  for (const record of records) {
    if (record.record === 'intent') begun.add(record.effect.id);
    if (record.record === 'event' && record.event.type === 'effect-done' && !begun.has(record.event.effectId))
      problems.push(`effect ${record.event.effectId} has an outcome and no intent`);
  }
  const audit = verifyDirectory(scene.directories.audit, {});
  if (audit.outcome !== 'valid')
    problems.push(`the audit log does not verify: ${JSON.stringify(audit).slice(0, 300)}`);
  const lock = lockState(scene.directories.lockFile);
  if (lock !== null && !lock.isGone) problems.push(`process ${lock.owner.processId} still holds the lock`);
  return problems;
}
