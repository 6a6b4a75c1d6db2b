import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runEvenkeel, type CliResult } from './run-evenkeel.ts';
import { temporaryDirectory } from './temporary-directory.ts';

export type Json = Record<string, unknown>;

/** One tick of ten seconds at a tenth of the traffic; `changes` replace parts of its candidate. */
export function tick(t: number, changes: Json = {}, baseline: Json = {}): Json {
  return {
    t,
    candidate: { requests: 100, errors: 1, ...changes },
    baseline: { requests: 900, errors: 9, ...baseline },
  };
}

export function linesOf(ticks: readonly (Json | string)[]): string {
  return ticks.map((own) => `${typeof own === 'string' ? own : JSON.stringify(own)}\n`).join('');
}

/** `count` ticks, ten seconds apart; every tenth request of the candidate fails from `badFrom` on. */
export function stream(count: number, badFrom = Infinity): Json[] {
  return Array.from({ length: count }, (_, index) =>
    tick(index * 10, { errors: index >= badFrom ? 10 : index % 2 }, { errors: 9 + (index % 3) - 1 }),
  );
}

export async function replay(
  context: TestContext,
  text: string,
  args: readonly string[] = [],
): Promise<CliResult> {
  const directory = temporaryDirectory(context);
  writeFileSync(join(directory, 'ticks.jsonl'), text);
  return runEvenkeel(['judge', 'replay', ...args, 'ticks.jsonl'], { directory });
}

export interface Answer {
  t: number | null;
  judgement: string;
  stream?: string;
  isLast?: true;
  message: string;
}

export function answersOf({ stdout }: CliResult): Answer[] {
  assert.ok(stdout === '' || stdout.endsWith('\n'), 'the last line is whole');
  // Our own output; its shape is tested against the published schema below.
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Answer);
}
