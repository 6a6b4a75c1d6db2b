import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isFinished, type EffectName } from '../../../policies/rollout/state.ts';
import { checkWorld } from './check-world.ts';
import { untilRouted, type KillScene, type RunningCommand } from './kill-scene.ts';
import { kill, processesOf, type Victim } from './victims.ts';

/** One death: who, when, and what an operator does about it. */
export interface Schedule {
  victim: Victim;
  /** Null: at any moment, `delayMs` after the start. */
  effect: EffectName | null;
  /** Before: the effect's intent is on disk. After: its outcome is. */
  moment: 'before' | 'after';
  /** So much later, to fall into the middle of things. */
  delayMs: number;
  /** What is typed when nobody drives the rollout any more. */
  then: 'resume' | 'rollback';
}

export interface ScheduleResult {
  schedule: Schedule;
  /** Whether the victim was there at the moment it was to die. */
  isKilled: boolean;
  phase: string;
  /** What is not as it should be; empty when all is well. */
  problems: string[];
  seconds: number;
}

const wayBack: readonly EffectName[] = ['restore', 'withdraw', 'reconcile', 'open-incident'];
/** A return in steps takes its time: each is judged by what users met at it. */
const patienceSeconds = 600;
/** How long a victim may take to be there: in the midst of an effect, and at any other moment. */
const amidPatienceMs = 60_000;
const patienceMs = 10_000;

/** Deploys a change, kills, lets an operator go on or back, and looks at what is left. */
export async function runSchedule(scene: KillScene, schedule: Schedule): Promise<ScheduleResult> {
  const startedMs = performance.now();
  const dropped = scene.load.counts().dropped;
  const journals = new Set(readdirSync(scene.directories.journal));
  const tool = scene.deployNext();
  const turning = schedule.effect !== null && wayBack.includes(schedule.effect);
  let operator: RunningCommand | null = null;
  if (turning) {
    // Stable has to be made whole again only when it was being taken down.
    const [effect, moment] = schedule.effect === 'restore' ? ['settle', 'before'] : ['expose', 'after'];
    if (await journalSays(scene, journals, tool, effect as EffectName, moment as Schedule['moment']))
      operator = scene.start(['rollback']);
  }
  const isKilled = await strike(scene, schedule, tool, journals);
  const problems: string[] = [];
  await endOf(tool, 'the deployment', problems);
  if (operator !== null) await endOf(operator, 'the rollback', problems);
  await untilRouted(scene);
  await goOn(scene, schedule, problems);
  problems.push(...(await checkWorld(scene)));
  const lost = scene.load.counts().dropped - dropped;
  // A dead router answers nobody; everything else is somebody's to answer for.
  if (lost > 0 && schedule.victim !== 'router') problems.push(`${lost} requests failed`);
  const phase = scene.latest().state.phase;
  return { schedule, isKilled, phase, problems, seconds: (performance.now() - startedMs) / 1000 };
}

async function strike(
  scene: KillScene,
  schedule: Schedule,
  tool: RunningCommand,
  journals: ReadonlySet<string>,
): Promise<boolean> {
  if (schedule.effect !== null) {
    const { effect, moment } = schedule;
    if (!(await journalSays(scene, journals, tool, effect, moment))) return false;
  }
  await wait(schedule.delayMs);
  // A CLI or a candidate may be about to start, and takes its time on a busy machine.
  const isAmid = schedule.effect !== null && schedule.moment === 'before';
  const deadline = performance.now() + (isAmid ? amidPatienceMs : patienceMs);
  for (;;) {
    const isMissed = hasPassed(scene, schedule, journals) || performance.now() > deadline;
    const found = processesOf(schedule.victim, scene, tool);
    if (found.length > 0) {
      kill(found);
      return true;
    }
    if (isMissed || tool.process.exitCode !== null) return false;
    await wait(3);
  }
}

/** Whether the effect, in whose midst somebody was to die, has ended. */
function hasPassed(scene: KillScene, { effect, moment }: Schedule, known: ReadonlySet<string>): boolean {
  return effect !== null && moment === 'before' && says(newJournal(scene, known), effect, 'after');
}

/** Waits for a line of the new rollout's journal; false when the tool ends before it is written. */
async function journalSays(
  scene: KillScene,
  known: ReadonlySet<string>,
  tool: RunningCommand,
  effect: EffectName,
  moment: Schedule['moment'],
): Promise<boolean> {
  const isOver = (): boolean => tool.process.exitCode !== null || tool.process.signalCode !== null;
  for (;;) {
    const wasOver = isOver();
    if (says(newJournal(scene, known), effect, moment)) return true;
    if (wasOver) return false;
    await wait(3);
  }
}

function newJournal({ directories }: KillScene, known: ReadonlySet<string>): string {
  const name = readdirSync(directories.journal).find((file) => file.endsWith('.jsonl') && !known.has(file));
  return name === undefined ? '' : readFileSync(join(directories.journal, name), 'utf8');
}

function says(journal: string, effect: EffectName, moment: Schedule['moment']): boolean {
  const lines = journal.split('\n').slice(0, -1);
  const intent = lines.find(
    (line) => line.startsWith('{"record":"intent"') && line.includes(`"name":"${effect}"`),
  );
  if (intent === undefined || moment === 'before') return intent !== undefined;
  const id = /"id":"(e\d+)"/.exec(intent)?.[1] ?? '';
  return lines.some((line) => line.includes('"type":"effect-done"') && line.includes(`"effectId":"${id}"`));
}

/** What an operator does: resume or roll back until the rollout has ended. */
async function goOn(scene: KillScene, { then }: Schedule, problems: string[]): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    if (isFinished(scene.latest().state)) return;
    const isResume = then === 'resume' && attempt < 2;
    const command = scene.start(isResume ? ['deploy', '--resume'] : ['rollback']);
    const ended = await endOf(command, isResume ? 'the resumed deployment' : 'the rollback', problems);
    if (!isFinished(scene.latest().state) && attempt === 2)
      problems.push(`the rollout never ended: ${ended.slice(-400)}`);
  }
}

async function endOf(command: RunningCommand, name: string, problems: string[]): Promise<string> {
  const late = new AbortController();
  const ended = await Promise.race([
    command.ended,
    wait(patienceSeconds * 1000, null, { signal: late.signal }).catch(() => null),
  ]);
  late.abort();
  if (ended !== null) {
    if (/fault in evenkeel/.test(ended.stderr)) problems.push(`${name}: ${ended.stderr.slice(-600)}`);
    return ended.stderr;
  }
  command.process.kill('SIGKILL');
  problems.push(`${name} had not ended after ${patienceSeconds} s`);
  return '';
}
