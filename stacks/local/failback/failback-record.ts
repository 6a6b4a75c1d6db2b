/**
 * What is on disk about instances on their way back, in a private directory beside the router's:
 *
 *   returns.json   what the watcher decided last, for whoever looks and for the next watcher
 *   wishes.json    what people asked for: instances that stay out, instances to be tried again; written by commands
 *   events/        one file a step, until a run takes them over into the audit log
 *   watcher.json   the one process that watches
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ReturnReasonCode, ReturnState } from '../../../policies/failback/return-state.ts';
import type { InstanceLimit } from '../router/router.ts';

/** One instance that does not carry its whole share, or has just come back to it. */
export interface ReturnRecord {
  name: string;
  release: string;
  zone: string | null;
  /** Without its judge: a watcher that goes on earns its evidence anew. */
  state: ReturnState;
  limit: InstanceLimit;
  reasonCode: ReturnReasonCode | 'drained';
  message: string;
  isOverdue: boolean;
}

export interface Returns {
  /** RFC 3339, of the last look. */
  at: string;
  instances: ReturnRecord[];
}

export interface Wish {
  /** `out`: stays out until somebody asks for it back; `back`: is tried again, whatever it did before. */
  wish: 'out' | 'back';
  /** Of the instance that was meant: one that is made under its name later is another one. */
  supervisor: number;
  by: string;
  at: string;
}

/** One change that belongs into the audit log. */
export interface InstanceEvent {
  at: string;
  instance: string;
  release: string;
  zone: string | null;
  moved: 'lost' | 'up' | 'down' | 'held' | 'back' | 'out' | 'killed';
  weight: number;
  reasonCode: string;
  message: string;
}

export function failbackDirectoryOf(routerDirectory: string): string {
  return join(dirname(routerDirectory), 'failback');
}

export function readReturns(directory: string): Returns | null {
  // Written by `writeReturns` only.
  return readJson(join(directory, 'returns.json')) as Returns | null;
}

export function writeReturns(directory: string, returns: Returns): void {
  writeJson(directory, 'returns.json', returns);
}

/** By the name of the instance. */
export function readWishes(directory: string): Record<string, Wish> {
  // Written by `writeWishes` only.
  return (readJson(join(directory, 'wishes.json')) as Record<string, Wish> | null) ?? {};
}

/** Adds to what was asked for before. */
export function addWishes(directory: string, wishes: Readonly<Record<string, Wish>>): void {
  const all = Object.entries({ ...readWishes(directory), ...wishes });
  all.sort(([, a], [, b]) => (a.at < b.at ? -1 : 1));
  // Wishes for instances that are gone for long mean nothing any more.
  writeJson(directory, 'wishes.json', Object.fromEntries(all.slice(-wishesKept)));
}

let written = 0;
const wishesKept = 100;

export function writeEvent(directory: string, event: InstanceEvent): void {
  const place = join(directory, 'events');
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const order = String(written++).padStart(6, '0');
  writeJson(place, `${event.at.replace(/\D/g, '')}-${process.pid}-${order}.json`, event);
}

/** Hands over every event in its order; one is forgotten when `take` has returned for it. */
export function takeEvents(directory: string, take: (event: InstanceEvent) => void): number {
  const place = join(directory, 'events');
  const names = namesIn(place).filter((name) => name.endsWith('.json'));
  for (const name of names) {
    // Written by `writeEvent` only.
    const event = readJson(join(place, name)) as InstanceEvent | null;
    if (event !== null) take(event);
    rmSync(join(place, name), { force: true });
  }
  return names.length;
}

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  return JSON.parse(text) as unknown;
}

/** As a whole or not at all. */
function writeJson(directory: string, name: string, value: unknown): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const temporary = join(directory, `${name}.${process.pid}.tmp`);
  writeFileSync(temporary, JSON.stringify(value), { mode: 0o600 });
  renameSync(temporary, join(directory, name));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}
