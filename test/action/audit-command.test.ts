import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openAuditLog } from '../../action/audit-log/directory-store.ts';
import { segmentPath } from '../../action/audit-log/segments.ts';
import { auditCommand } from '../../action/commands/audit.ts';
import type { CommandResult } from '../../action/commands/command.ts';
import { parseCanonicalJson, type JsonValue } from '../../policies/audit/canonical-json.ts';
import { leafHash, verifyInclusion } from '../../policies/audit/merkle-tree.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test('list shows the last entries as a table, and filters', async (context) => {
  const directory = logWithRollout(context);
  const all = await audit(directory, ['list']);
  assert.equal(all.exitCode, 0);
  assert.equal(
    all.text,
    [
      'seq  at                        rollout  service  event              by',
      '0    2026-01-01T00:00:00.000Z                    log.created        evenkeel',
      '1    2026-01-01T00:01:00.000Z  1        shop     rollout.started    ada',
      '2    2026-01-01T00:02:00.000Z  1        shop     judgement          judge     fail, errors 20 %',
      '3    2026-01-01T00:03:00.000Z  1        shop     command.requested  grace     abort',
      '4    2026-01-01T00:04:00.000Z           cart     approval           grace',
    ].join('\n'),
  );
  assert.deepEqual(await sequencesOf(directory, { rollout: '1' }), [1, 2, 3]);
  assert.deepEqual(await sequencesOf(directory, { actor: 'grace' }), [3, 4]);
  assert.deepEqual(await sequencesOf(directory, { service: 'cart' }), [4]);
  assert.deepEqual(await sequencesOf(directory, { since: '2026-01-01T01:03:00+01:00' }), [3, 4]);
  assert.deepEqual(await sequencesOf(directory, { limit: '2' }), [3, 4]);
});

test('text from outside cannot steer the terminal', async (context) => {
  const directory = logWithRollout(context);
  open(directory, 5).append({ actor: { kind: 'person', name: '\u001b[31mred' }, event: 'approval' });
  assert.ok(!(await audit(directory, ['list'])).text.includes('\u001b'));
  assert.ok(!(await audit(directory, ['show', '5'])).text.includes('\u001b'));
});

test('show gives one entry, with a proof that it is in the tree', async (context) => {
  const directory = logWithRollout(context);
  const shown = await audit(directory, ['show', '2']);
  const result = shown.result as {
    entry: JsonValue;
    inclusionProof: string[];
    tree: { size: number; root: string };
    leaf: string;
  };
  const line = readFileSync(segmentPath(directory, 0), 'utf8').split('\n')[2] ?? '';
  const bytes = line.slice(line.indexOf('"entry":') + '"entry":'.length, -1);
  assert.deepEqual(parseCanonicalJson(bytes), result.entry);
  assert.equal(result.leaf, `sha256:${leafHash(bytes).toString('hex')}`);
  const proof = result.inclusionProof.map((hash) => Buffer.from(hash, 'base64'));
  const root = Buffer.from(result.tree.root.replace('sha256:', ''), 'hex');
  assert.ok(verifyInclusion(leafHash(bytes), 2, result.tree.size, proof, root));
});

test('verify says valid, and gives the head to keep; with it, that the log has only grown', async (context) => {
  const directory = logWithRollout(context);
  const verified = await audit(directory, ['verify']);
  assert.deepEqual([verified.exitCode, verified.decision, verified.reasonCode], [0, 'valid', 'valid']);
  assert.match(verified.text, /^valid: 5 entries, each as it was signed\n/);
  const head = readFileSync(join(directory, 'checkpoint'), 'utf8');
  const kept = join(temporaryDirectory(context), 'seen');
  writeFileSync(kept, head);
  open(directory, 6).append({ actor: { kind: 'person', name: 'ada' }, event: 'approval' });
  for (const since of [kept, head]) {
    assert.equal((await audit(directory, ['verify'], { since })).exitCode, 0);
  }
});

test('verify of an edited log exits with 1 and names the entry and what is wrong', async (context) => {
  const directory = logWithRollout(context);
  const path = segmentPath(directory, 0);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"grace"', '"mallory"'));
  const verified = await audit(directory, ['verify']);
  assert.deepEqual(
    [verified.exitCode, verified.decision, verified.reasonCode],
    [1, 'not-valid', 'root-wrong'],
  );
  assert.match(verified.text, /entry 3: it is not what was signed: the entry was changed, or put in/);
});

test('what cannot be done is said in one sentence, as wrong input', async (context) => {
  const directory = logWithRollout(context);
  const nowhere = join(directory, 'nowhere');
  const cases: [string, string[], Record<string, string>, string][] = [
    [nowhere, ['verify'], {}, 'no-audit-log'],
    [nowhere, ['list'], {}, 'no-audit-log'],
    [directory, [], {}, 'usage'],
    [directory, ['forget'], {}, 'usage'],
    [directory, ['show', '99'], {}, 'no-such-entry'],
    [directory, ['list'], { limit: '0' }, 'usage'],
    [directory, ['list'], { since: 'yesterday' }, 'usage'],
    [directory, ['verify'], { since: nowhere }, 'checkpoint-missing'],
    [directory, ['verify'], { key: 'x' }, 'audit-key-unreadable'],
  ];
  for (const [where, positionals, values, reasonCode] of cases) {
    await assert.rejects(audit(where, positionals, values), { kind: 'input', reasonCode });
  }
});

function logWithRollout(context: TestContext): string {
  const directory = temporaryDirectory(context);
  const ada = { kind: 'person', name: 'ada' } as const;
  const grace = { kind: 'person', name: 'grace' } as const;
  let minute = 0;
  const log = openAuditLog(directory, { now: () => new Date(Date.UTC(2026, 0, 1, 0, minute++)) });
  const shop = { service: 'shop' };
  log.append({ actor: ada, event: 'rollout.started', ...shop });
  const judged = { judgement: 'fail', message: 'errors 20 %' };
  log.append({
    actor: { kind: 'judge', name: 'judge' },
    event: 'judgement',
    ...shop,
    rollout: '1',
    inputs: judged,
  });
  log.append({
    actor: grace,
    event: 'command.requested',
    ...shop,
    rollout: '1',
    inputs: { command: 'abort' },
  });
  log.append({ actor: grace, event: 'approval', service: 'cart' });
  log.close();
  return directory;
}

function open(directory: string, minute: number): ReturnType<typeof openAuditLog> {
  return openAuditLog(directory, { now: () => new Date(Date.UTC(2026, 0, 1, 0, minute)) });
}

async function audit(
  directory: string,
  positionals: string[],
  values: Record<string, string> = {},
): Promise<CommandResult> {
  return await auditCommand.run(
    { positionals, values: { directory, ...values } },
    {
      workingDirectory: directory,
      env: {},
      now: () => new Date(),
      signal: new AbortController().signal,
      progress: () => undefined,
      isTerminal: false,
      print: () => undefined,
    },
  );
}

async function sequencesOf(directory: string, values: Record<string, string>): Promise<number[]> {
  const { result } = await audit(directory, ['list'], values);
  return (result as { entries: { sequence: number }[] }).entries.map(({ sequence }) => sequence);
}
