/** `evenkeel failback`: asks for instances back and shows how they return, until all are back or something holds one. */
import { setTimeout as wait } from 'node:timers/promises';
import {
  addWishes,
  failbackDirectoryOf,
  type ReturnRecord,
  type Wish,
} from '../../stacks/local/failback/failback-record.ts';
import { findInstances } from '../../stacks/local/failback/find-instances.ts';
import { watchInstances } from '../../stacks/local/failback/watch-instances.ts';
import type { Router } from '../../stacks/local/router/router.ts';
import type { CommandContext, CommandResult } from '../commands/command.ts';
import { auditInstanceEvents } from './audit-instance-events.ts';
import { connectPlace, requirePlace } from './connect-place.ts';
import { inTurn } from './in-turn.ts';
import { instancesReturning, returnLines } from './returning-instances.ts';

export interface FailbackRequest {
  service: string;
  environment: string;
  /** Names of the instances that are asked for. */
  instances: readonly string[];
}

const lookMs = 250;
/** An instance that is not healthy by then is not about to return. */
const unhealthySeconds = 30;

/** Ends with exit code 0 when all are back, 1 when one was given up, 3 when something holds one; it then goes on alone. */
export async function runFailback(
  repository: string,
  request: FailbackRequest,
  by: string,
  context: CommandContext,
): Promise<CommandResult> {
  const found = requirePlace(repository, context.env, request.service, request.environment);
  const router = await connectPlace(found, context.env);
  const { directory, healthPath } = router.settings;
  await inTurn(
    found.directories,
    'evenkeel failback',
    () => context.now(),
    () =>
      addWishes(
        failbackDirectoryOf(directory),
        wishFor(directory, request.instances, 'back', by, context.now()),
      ),
  );
  const over = new AbortController();
  // Where a watcher runs beside the router this one only waits for its place.
  const watching = watchInstances({
    router,
    healthPath,
    now: () => context.now(),
    random: Math.random,
    signal: over.signal,
    log: () => undefined,
  });
  try {
    return await follow(router, found.directories, request, context);
  } finally {
    over.abort();
    await watching;
    auditInstanceEvents(found.directories, request, () => context.now());
  }
}

/** The same wish for every instance that runs under one of the names. */
export function wishFor(
  routerDirectory: string,
  names: readonly string[],
  wish: Wish['wish'],
  by: string,
  at: Date,
): Record<string, Wish> {
  const running = findInstances(routerDirectory).filter(({ name }) => names.includes(name));
  return Object.fromEntries(
    running.map(({ name, supervisor }) => [name, { wish, supervisor, by, at: at.toISOString() }]),
  );
}

async function follow(
  router: Router,
  directories: Parameters<typeof instancesReturning>[0],
  { instances, service, environment }: FailbackRequest,
  context: CommandContext,
): Promise<CommandResult> {
  const began = performance.now();
  let shown = '';
  for (;;) {
    await wait(lookMs, undefined, { signal: context.signal }).catch(() => undefined);
    const returning = instancesReturning(directories).filter(({ name }) => instances.includes(name));
    const isTakenUp = performance.now() - began > 3000 || !returning.some(waitsForPerson);
    const lines = returnLines(returning);
    if (lines.join('\n') !== shown) for (const line of lines) context.progress(line);
    shown = lines.join('\n');
    const result = { service, environment, instances: returning.map(toResult) };
    if (context.signal.aborted) {
      return { exitCode: 130, decision: 'interrupted', reasonCode: 'interrupted', result, text: shown };
    }
    if (isTakenUp && returning.length === 0 && (await areWhole(router, directories, instances))) {
      const text = `${instances.join(', ')}: back, and ${instances.length === 1 ? 'carries its' : 'each carries its'} whole share`;
      return { exitCode: 0, decision: 'done', reasonCode: 'back', result, text };
    }
    const held = isTakenUp ? returning.find((record) => isHeld(record, began)) : undefined;
    if (held === undefined) continue;
    const isOut = held.state.phase === 'out';
    return {
      exitCode: isOut ? 1 : 3,
      decision: isOut ? 'failed' : 'waiting',
      reasonCode: held.reasonCode,
      result,
      text: `${shown}\n${isOut ? 'it stays out' : 'it goes on by itself when that changes'}; see \`evenkeel status\``,
    };
  }
}

function waitsForPerson({ reasonCode, state }: ReturnRecord): boolean {
  return reasonCode === 'drained' || state.phase === 'out';
}

function isHeld(record: ReturnRecord, beganMs: number): boolean {
  const { reasonCode, isOverdue } = record;
  if (isOverdue || reasonCode === 'no-data' || waitsForPerson(record)) return true;
  const waitedSeconds = (performance.now() - beganMs) / 1000;
  return reasonCode === 'unhealthy' && waitedSeconds > unhealthySeconds;
}

/** What nobody has written down yet may still stand at a part of its share in the router. */
async function areWhole(
  router: Router,
  directories: Parameters<typeof instancesReturning>[0],
  names: readonly string[],
): Promise<boolean> {
  const ports = new Map(findInstances(router.settings.directory).map(({ name, port }) => [port, name]));
  const routed = await router.instances();
  const part = routed.some(({ port, limit }) => names.includes(ports.get(port) ?? '') && limit.weight < 100);
  return !part && instancesReturning(directories).every(({ name }) => !names.includes(name));
}

function toResult({
  name,
  zone,
  release,
  limit,
  state,
  reasonCode,
  message,
  isOverdue,
}: ReturnRecord): object {
  const { weight, maxConcurrent } = limit;
  const { phase, step, failures } = state;
  return {
    name,
    zone,
    release,
    phase,
    step,
    weight,
    maxConcurrent,
    failures,
    reasonCode,
    message,
    isOverdue,
  };
}
