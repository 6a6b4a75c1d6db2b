// `evenkeel approval explain` as a person or a script meets it, in a process of its own.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { Ajv } from 'ajv';
import { runEvenkeel } from '../support/run-evenkeel.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const fixture = resolve('test/fixtures/approval/payment-retries.json');
const line = JSON.stringify(JSON.parse(readFileSync(fixture, 'utf8')));
const directory = resolve('.');
const at = '2026-03-02T12:00:00.000Z';

interface Answer {
  schema: string;
  decision: string;
  reasonCode: string;
  result: { at: string; approvers: string[]; message: string };
}

/** A published schema, as anybody would use it. */
function schemaOf(path: string) {
  const published: unknown = JSON.parse(readFileSync(path, 'utf8'));
  assert.ok(typeof published === 'object' && published !== null);
  return new Ajv({ strict: false, allErrors: true }).compile(published);
}

function answersOf(stdout: string): Answer[] {
  return stdout
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as Answer);
}

describe('one evidence', () => {
  const explain = (...args: string[]) =>
    runEvenkeel(['approval', 'explain', '--evidence', fixture, '--at', at, ...args], { directory });

  test('the verdict first, then what is met, what is ignored and who can still approve', async () => {
    const { exitCode, stdout } = await explain();
    assert.equal(exitCode, 3);
    assert.match(stdout, /^pending \(approvals-missing\): 8d4c1f0b7a3e needs the approval of 2 peers/);
    assert.match(stdout, /✓ an owner of \* approved \(CODEOWNERS line 1\) \(ben-okoro\)/);
    assert.match(stdout, /✗ an owner of \/db\/ approved/);
    assert.match(stdout, /the review of release-helper\[bot\]: only people approve/);
    assert.match(stdout, /Who can still approve:[^]*cleo-marsh; teams corner-shop\/database/);
  });

  test('what if', async () => {
    const table: [string[], number, string][] = [
      [['approve:Cleo-Marsh'], 0, 'approved'],
      [['approve:ada-north'], 3, 'pending'],
      [['approve:dara-quinn'], 3, 'pending'],
      [['approve:cleo-marsh', 'dismiss:ben-okoro'], 3, 'pending'],
      [['approve:cleo-marsh', 'push:ada-north'], 3, 'pending'],
      // Who pushed has made the change now, though the approval is of the new head.
      [['push:cleo-marsh', 'approve:cleo-marsh', 'approve:ben-okoro'], 3, 'pending'],
    ];
    for (const [suppositions, exitCode, decision] of table) {
      const run = await explain('--json', ...suppositions.flatMap((what) => ['--what-if', what]));
      assert.equal(run.exitCode, exitCode, suppositions.join());
      assert.equal(answersOf(JSON.stringify(JSON.parse(run.stdout)))[0]?.decision, decision);
    }
  });

  test('somebody unknown cannot be supposed, nor something else', async () => {
    const unknown = await explain('--what-if', 'approve:cleo-marhs');
    assert.deepEqual([unknown.exitCode, unknown.stdout], [2, '']);
    assert.match(unknown.stderr, /did you mean cleo-marsh\?/);
    assert.equal((await explain('--what-if', 'merge:ada-north')).exitCode, 2);
    assert.equal((await explain('--at', 'noon')).exitCode, 2);
  });

  test('what is no evidence is one sentence', async (context) => {
    const file = join(temporaryDirectory(context), 'evidence.json');
    for (const text of ['{', '{}', 'null']) {
      writeFileSync(file, text);
      const run = await runEvenkeel(['approval', 'explain', '--evidence', file], { directory });
      assert.deepEqual([run.exitCode, run.stdout], [2, '']);
      assert.equal(run.stderr.trim().split('\n').length, 1);
    }
  });

  test('names from outside cannot steer the terminal', async (context) => {
    const file = join(temporaryDirectory(context), 'evidence.json');
    writeFileSync(file, line.replaceAll('release-helper[bot]', 'x\\u001b[2Jy'));
    const { stdout } = await runEvenkeel(['approval', 'explain', '--evidence', file], { directory });
    assert.ok(!stdout.includes('\u001b'));
  });
});

describe('batches', () => {
  test('one answer a line, in order; what is no evidence is answered, and makes the exit code 2', async () => {
    const approved = line.replace('dara-quinn","body', 'cleo-marsh","body');
    const lines = [
      line,
      '{}',
      approved,
      'no JSON',
      '',
      '[1]',
      line.replace('"policy":{', '"policy":{"extra":1,'),
    ];
    const run = await runEvenkeel(['approval', 'explain', '--batch', '--at', at], {
      directory,
      input: lines.join('\n'),
    });
    const answers = answersOf(run.stdout);
    assert.deepEqual(
      answers.map(({ decision, reasonCode }) => `${decision} ${reasonCode}`),
      [
        'pending approvals-missing',
        'rejected evidence-invalid',
        'approved approved',
        'rejected evidence-invalid',
        'rejected evidence-invalid',
        'rejected policy-invalid',
      ],
    );
    assert.equal(run.exitCode, 2);
    const isAnswer = schemaOf('action/approval/approval.schema.json');
    for (const answer of answers) {
      assert.ok(isAnswer(answer), JSON.stringify(isAnswer.errors));
      assert.equal(answer.result.at, at);
    }
  });

  test('a file, and standard input by its usual name', async (context) => {
    const file = join(temporaryDirectory(context), 'many.jsonl');
    writeFileSync(file, `${line}\n`.repeat(3));
    const fromFile = await runEvenkeel(['approval', 'explain', '--batch', file, '--at', at], { directory });
    const fromInput = await runEvenkeel(['approval', 'explain', '--batch', '-', '--at', at], {
      directory,
      input: `${line}\n`.repeat(3),
    });
    assert.equal(fromFile.stdout, fromInput.stdout);
    assert.equal(answersOf(fromFile.stdout).length, 3);
    assert.equal(fromFile.exitCode, 3);
  });
});

test('the worked example is evidence by the published schema', () => {
  const isEvidence = schemaOf('policies/approval/approval-evidence.schema.json');
  assert.ok(isEvidence(JSON.parse(line)), JSON.stringify(isEvidence.errors));
  assert.ok(!isEvidence({}));
});
