// `evenkeel check` with waivers, as a person meets them: real repositories, the command line as its own process.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { commitFiles } from '../support/git-repository.ts';
import { runEvenkeel } from '../support/run-evenkeel.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const policy = `version: 1
services:
  shop:
    paths: [shop/**]
    config: [{ files: shop/*.json, schema: shop/limits.schema.json }, { files: shop/*.properties }]
approval: { required: 1 }
`;
const schema = '{"type": "object", "properties": {"size": {"maximum": 10}, "depth": {"maximum": 10}}}';
const base = {
  'evenkeel.yml': policy,
  'shop/limits.schema.json': schema,
  'shop/limits.json': '{\n  "size": 5,\n  "depth": 5\n}\n',
};

interface Answer {
  decision: string;
  reasonCode: string;
  result: {
    findings: { ruleId: string; fingerprint: string; path: string; waivedBy?: { isProposed: boolean } }[];
    verdict: { waivers: { owner: string }[] };
    counts: { waived: number };
  };
}

async function check(directory: string, ...options: string[]): Promise<Answer & { exitCode: number | null }> {
  const run = await runEvenkeel(['check', '--json', '--no-commands', ...options], { directory });
  assert.notEqual(run.stdout, '', run.stderr);
  return { ...(JSON.parse(run.stdout) as Answer), exitCode: run.exitCode };
}

function waiverOf(fingerprint: string, reason = 'the large size is tried for a month'): string {
  const expires = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  return JSON.stringify({
    version: 1,
    waivers: [{ fingerprint, owner: 'ada@example.com', reason, expires }],
  });
}

/** The same file with a value that its schema refuses, and the fingerprint of what is said about it. */
const tooLarge = '{\n  "size": 11,\n  "depth": 5\n}\n';
async function fingerprintOfTooLarge(context: TestContext): Promise<string> {
  const directory = temporaryDirectory(context);
  commitFiles(directory, 'base', base);
  commitFiles(directory, 'too large', { 'shop/limits.json': tooLarge });
  const { result, exitCode } = await check(directory, '--base', 'HEAD^');
  assert.equal(exitCode, 1);
  const found = result.findings.find(({ ruleId }) => ruleId === 'config/match-schema');
  return found?.fingerprint ?? '';
}

test('a waiver of the base covers its finding, which is still shown', async (context) => {
  const fingerprint = await fingerprintOfTooLarge(context);
  const directory = temporaryDirectory(context);
  commitFiles(directory, 'base', { ...base, 'evenkeel.waivers.yml': waiverOf(fingerprint) });
  commitFiles(directory, 'too large', { 'shop/limits.json': tooLarge });

  const answer = await check(directory, '--base', 'HEAD^');
  assert.equal(answer.exitCode, 0);
  assert.equal(answer.decision, 'allow');
  assert.equal(answer.result.counts.waived, 1);
  assert.equal(answer.result.verdict.waivers[0]?.owner, 'ada@example.com');

  const { stdout } = await runEvenkeel(['check', '--base', 'HEAD^', '--no-commands'], { directory });
  assert.match(stdout, /error, waived: \/size .*\[config\/match-schema\]/);
  assert.match(stdout, /waived by ada@example\.com until \d{4}-\d\d-\d\d: the large size/);
  assert.match(stdout, new RegExp(`fingerprint: ${fingerprint}`));

  const sarif = await runEvenkeel(['check', '--base', 'HEAD^', '--no-commands', '--sarif', '-'], {
    directory,
  });
  const log = JSON.parse(sarif.stdout) as { runs: { results: { suppressions?: { status: string }[] }[] }[] };
  const suppressed = log.runs[0]?.results.find(({ suppressions }) => suppressions !== undefined);
  assert.equal(suppressed?.suppressions?.[0]?.status, 'accepted');
});

test('a waiver that the change brings along waits for an approval', async (context) => {
  const fingerprint = await fingerprintOfTooLarge(context);
  const directory = temporaryDirectory(context);
  commitFiles(directory, 'base', base);
  commitFiles(directory, 'too large, and waived', {
    'shop/limits.json': tooLarge,
    'evenkeel.waivers.yml': waiverOf(fingerprint),
  });
  const answer = await check(directory, '--base', 'HEAD^');
  assert.equal(answer.exitCode, 3);
  assert.equal(answer.reasonCode, 'waiver-proposed');
});

test('moved lines keep the waiver, another value at the same place does not', async (context) => {
  const fingerprint = await fingerprintOfTooLarge(context);
  const directory = temporaryDirectory(context);
  commitFiles(directory, 'base', { ...base, 'evenkeel.waivers.yml': waiverOf(fingerprint) });
  commitFiles(directory, 'moved', { 'shop/limits.json': '{\n\n\n  "depth": 5,\n    "size":   11\n}\n' });
  assert.equal((await check(directory, '--base', 'HEAD^')).exitCode, 0);
  commitFiles(directory, 'worse', { 'shop/limits.json': '{\n  "size": 99,\n  "depth": 5\n}\n' });
  assert.equal((await check(directory, '--base', 'HEAD~2')).exitCode, 1);
});

test('--all shows what the base has already, and only then', async (context) => {
  const directory = temporaryDirectory(context);
  commitFiles(directory, 'base', { ...base, 'shop/limits.json': tooLarge });
  commitFiles(directory, 'elsewhere', { 'shop/readme.txt': 'hello\n' });
  const some = await check(directory, '--base', 'HEAD^');
  assert.deepEqual(
    some.result.findings.filter(({ ruleId }) => ruleId === 'config/match-schema'),
    [],
  );
  const all = await check(directory, '--base', 'HEAD^', '--all');
  assert.deepEqual(
    all.result.findings.filter(({ ruleId }) => ruleId === 'config/match-schema').map(({ path }) => path),
    ['shop/limits.json'],
  );
});

test('a waiver of one secret does not cover the next one in its place', async (context) => {
  // It has the form of a token, and never was one.
  const tokenOf = (letter: string) => `token=ghp_${letter}WPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx\n`;
  const fingerprints: string[] = [];
  for (const letter of ['w', 'w', 'v']) {
    const directory = temporaryDirectory(context);
    commitFiles(directory, 'base', base);
    commitFiles(directory, 'a token', { 'shop/token.properties': tokenOf(letter) });
    const { result } = await check(directory, '--base', 'HEAD^');
    const found = result.findings.filter(({ ruleId }) => ruleId === 'config/forbid-secrets');
    assert.equal(found.length, 1);
    fingerprints.push(found[0]?.fingerprint ?? '');
  }
  assert.equal(fingerprints[0], fingerprints[1]);
  assert.notEqual(fingerprints[0], fingerprints[2]);
});
