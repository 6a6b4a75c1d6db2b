import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { verifyDirectory } from '../../action/audit-log/directory-store.ts';
import { segmentPath } from '../../action/audit-log/segments.ts';
import { appendTo, auditLogOf, openAt2026 } from '../support/audit-logs.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** Each on a log of six entries; what `verify` says of it, and at which entry. */
const tampering: [string, (log: Tampered) => void, string, number | null][] = [
  [
    'an entry edited',
    ({ edit }) => edit((lines) => lines.with(3, swap(lines[3], 'grace 3', 'mallory'))),
    'root-wrong',
    3,
  ],
  [
    'the last entry edited',
    ({ edit }) => edit((lines) => lines.with(5, swap(lines[5], 'grace 5', 'mallory'))),
    'root-wrong',
    5,
  ],
  [
    'an entry spelt differently',
    ({ edit }) => edit((lines) => lines.with(3, ` ${lines[3] ?? ''}`)),
    'record-unreadable',
    3,
  ],
  ['an entry dropped', ({ edit }) => edit((lines) => lines.toSpliced(3, 1)), 'sequence-wrong', 3],
  ['the first entry dropped', ({ edit }) => edit((lines) => lines.slice(1)), 'sequence-wrong', 0],
  [
    'an entry duplicated',
    ({ edit }) => edit((lines) => lines.toSpliced(4, 0, lines[3] ?? '')),
    'sequence-wrong',
    4,
  ],
  [
    'the last entry duplicated',
    ({ edit }) => edit((lines) => [...lines, lines[5] ?? '']),
    'sequence-wrong',
    6,
  ],
  [
    'an entry inserted and the rest renumbered',
    ({ edit }) =>
      edit((lines) => lines.toSpliced(3, 0, lines[2] ?? '').map((line, place) => renumber(line, place))),
    'head-size-wrong',
    3,
  ],
  [
    'an entry inserted below the heads that were signed',
    ({ edit }) =>
      edit((lines) =>
        lines.map((line, place) => {
          const entry = renumber(lines[place > 3 ? place - 1 : place] ?? '', place).replace(
            'grace 3',
            'mallory',
          );
          return line.slice(0, line.indexOf('"entry"')) + entry.slice(entry.indexOf('"entry"'));
        }),
      ),
    'root-wrong',
    3,
  ],
  [
    'an entry added at the end without a signature over it',
    ({ edit }) => edit((lines) => [...lines, renumber(lines[5] ?? '', 6)]),
    'head-size-wrong',
    6,
  ],
  [
    'two entries reordered',
    ({ edit }) => edit((lines) => lines.with(2, lines[3] ?? '').with(3, lines[2] ?? '')),
    'sequence-wrong',
    2,
  ],
  ['the end cut off', ({ edit }) => edit((lines) => lines.slice(0, 4)), 'truncated', 5],
  ['everything cut off', ({ edit }) => edit(() => []), 'truncated', 5],
  [
    'the end cut off within a line',
    ({ directory }) => truncateSync(segmentPath(directory, 0), 900),
    'truncated',
    5,
  ],
  [
    'a signature removed',
    ({ edit }) => edit((lines) => lines.with(3, (lines[3] ?? '').replace(/— [^"]*\\n"/, '"'))),
    'signature-missing',
    3,
  ],
  [
    'the head’s signature removed',
    ({ directory }) => editFile(join(directory, 'checkpoint'), (text) => text.slice(0, text.indexOf('—'))),
    'signature-missing',
    null,
  ],
  [
    'an unknown signer',
    ({ directory, other }) => cpSync(join(other, 'key.pub'), join(directory, 'key.pub')),
    'origin-wrong',
    0,
  ],
  [
    'the head of another log',
    ({ directory, other }) => cpSync(join(other, 'checkpoint'), join(directory, 'checkpoint')),
    'origin-wrong',
    null,
  ],
  [
    'two heads of the same size, both signed by the key',
    ({ directory, fork }) => cpSync(join(fork, 'checkpoint'), join(directory, 'checkpoint')),
    'two-heads',
    5,
  ],
  [
    'entries of a fork spliced in',
    ({ edit, fork }) => edit((lines) => [...lines.slice(0, 5), readLines(fork)[5] ?? '']),
    'two-heads',
    5,
  ],
];

/** Nothing is built on a log that does not hold; a writer looks at the tree and the newest head, not at every signature. */
const unnoticedByWriters = new Set(['a signature removed', 'an unknown signer']);

for (const [what, tamper, reasonCode, sequence] of tampering) {
  test(`caught: ${what}`, (context) => {
    const log = tamperedLog(context);
    assert.equal(verifyDirectory(log.directory, {}).outcome, 'valid');
    tamper(log);
    assert.deepEqual(firstProblem(log.directory), [reasonCode, sequence]);
    if (!unnoticedByWriters.has(what)) assertUnwritten(log.directory);
  });
}

test('caught with a checkpoint that was seen before: the end cut off together with its heads', (context) => {
  const { directory, edit } = tamperedLog(context);
  const seen = readFileSync(join(directory, 'checkpoint'), 'utf8');
  edit((lines) => lines.slice(0, 4));
  rmSync(join(directory, 'checkpoint'));
  assert.equal(verifyDirectory(directory, {}).outcome, 'valid');
  assert.deepEqual(firstProblem(directory, seen), ['since-beyond-end', 4]);
});

test('caught with a checkpoint that was seen before: the log rewritten under a fresh key', (context) => {
  const { directory, other } = tamperedLog(context);
  const seen = readFileSync(join(directory, 'checkpoint'), 'utf8');
  rmSync(directory, { recursive: true });
  cpSync(other, directory, { recursive: true });
  assert.equal(verifyDirectory(directory, {}).outcome, 'valid');
  assert.deepEqual(firstProblem(directory, seen), ['since-not-verified', null]);
});

test('caught with a checkpoint that was seen before: the log rewritten under its own key', (context) => {
  const { directory, fork } = tamperedLog(context);
  const seen = readFileSync(join(directory, 'checkpoint'), 'utf8');
  assert.equal(verifyDirectory(fork, {}).outcome, 'valid');
  assert.deepEqual(firstProblem(fork, seen), ['two-heads', 5]);
});

test('caught with a pinned key: the log rewritten under a fresh one', (context) => {
  const { directory, other } = tamperedLog(context);
  const key = readFileSync(join(directory, 'key.pub'), 'utf8');
  const verified = verifyDirectory(other, { key });
  assert.equal(verified.outcome === 'not-valid' ? verified.problems[0].reasonCode : '', 'origin-wrong');
});

interface Tampered {
  directory: string;
  /** Another log, with a key of its own. */
  other: string;
  /** The same log under the same key, with another last entry. */
  fork: string;
  edit(change: (lines: string[]) => string[]): void;
}

function tamperedLog(context: TestContext): Tampered {
  const directory = auditLogOf(context, 4);
  const fork = temporaryDirectory(context);
  cpSync(directory, fork, { recursive: true });
  appendTo(directory, 1);
  openAt2026(fork).append({ actor: { kind: 'person', name: 'mallory' }, event: 'approval' });
  return {
    directory,
    fork,
    other: auditLogOf(context, 5),
    edit: (change) =>
      editFile(segmentPath(directory, 0), (text) =>
        change(text.split('\n').slice(0, -1))
          .map((line) => `${line}\n`)
          .join(''),
      ),
  };
}

function firstProblem(directory: string, since?: string): [string, number | null] {
  const verified = verifyDirectory(directory, since === undefined ? {} : { since });
  assert.equal(verified.outcome, 'not-valid');
  const [problem] = verified.problems;
  return [problem.reasonCode, problem.sequence];
}

function assertUnwritten(directory: string): void {
  const before = readdirSync(directory, { recursive: true }).length;
  assert.throws(() => appendTo(directory, 1), { reasonCode: 'audit-log-damaged' });
  assert.equal(readdirSync(directory, { recursive: true }).length, before);
}

function readLines(directory: string): string[] {
  return readFileSync(segmentPath(directory, 0), 'utf8').split('\n').slice(0, -1);
}

function editFile(path: string, change: (text: string) => string): void {
  const text = readFileSync(path, 'utf8');
  const changed = change(text);
  assert.notEqual(changed, text);
  writeFileSync(path, changed);
}

function swap(line: string | undefined, from: string, to: string): string {
  assert.ok(line?.includes(from) === true);
  return line.replace(from, to);
}

function renumber(line: string, sequence: number): string {
  return line.replace(/"sequence":\d+/, `"sequence":${sequence}`);
}
