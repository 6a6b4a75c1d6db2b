/** The earlier texts of configuration files, out of a real repository, and what a whole check makes of them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runCheck } from '../../action/commands/run-check.ts';
import { readHistory } from '../../action/repository/read-history.ts';
import { commitFiles, git } from '../support/git-repository.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const policy = [
  'version: 1',
  'services:',
  '  shop:',
  '    paths: ["**"]',
  '    config:',
  '      - files: config/**',
  '        relations: [{ rule: doc.pool >= doc.least, message: the pool is smaller than its least size }]',
  'approval: { required: 1 }',
  '',
].join('\n');

function repositoryWithHistory(context: TestContext): string {
  const repository = join(temporaryDirectory(context), 'shop');
  for (let pool = 10; pool < 22; pool++) {
    commitFiles(repository, `pool ${pool}`, {
      'evenkeel.yml': policy,
      'config/shop shop.yaml': `pool: ${pool}\nleast: 1\n`,
    });
  }
  return repository;
}

test('the texts come newest first, without those of other files', async (context) => {
  const repository = repositoryWithHistory(context);
  const history = await readHistory(repository, 'HEAD', ['config/shop shop.yaml', 'config/none.yaml']);
  assert.deepEqual(Object.keys(history), ['config/shop shop.yaml']);
  const texts = history['config/shop shop.yaml'] ?? [];
  assert.deepEqual(
    [texts.length, texts[0], texts.at(-1)],
    [12, 'pool: 21\nleast: 1\n', 'pool: 10\nleast: 1\n'],
  );
});

test('a removed file has the texts from before, and an unknown revision has none', async (context) => {
  const repository = repositoryWithHistory(context);
  git(repository, 'rm', '--quiet', 'config/shop shop.yaml');
  git(repository, 'commit', '--quiet', '--message', 'gone');
  const path = 'config/shop shop.yaml';
  assert.equal((await readHistory(repository, 'HEAD', [path]))[path]?.length, 12);
  assert.deepEqual(await readHistory(repository, '4b825dc642cb6eb9a060e54bf8d69288fbee4904', [path]), {});
});

test('a check questions a value that the file never had, and a relation that breaks', async (context) => {
  const repository = repositoryWithHistory(context);
  const rulesAfter = async (text: string): Promise<string[]> => {
    commitFiles(repository, 'change', { 'config/shop shop.yaml': text });
    const { findings } = await runCheck({
      directory: repository,
      base: 'HEAD~1',
      head: 'HEAD',
      runsCommands: false,
      context: {
        now: () => new Date('2026-01-05T00:00:00Z'),
        env: {},
        progress: () => undefined,
        signal: AbortSignal.timeout(60_000),
      },
    });
    return findings.map(({ ruleId }) => ruleId);
  };
  assert.deepEqual(await rulesAfter('pool: 30\nleast: 1\n'), []);
  assert.deepEqual(await rulesAfter('pool: 120\nleast: 1\n'), ['config/leave-range']);
  assert.deepEqual(
    await rulesAfter('pool: 100\nleast: 101\n'),
    ['config/keep-relation', 'config/question-magnitude'].sort(),
  );
});

test('a relation that is no CEL is a problem of the policy, at its place', async (context) => {
  const repository = repositoryWithHistory(context);
  commitFiles(repository, 'policy', { 'evenkeel.yml': policy.replace('doc.least', 'doc.') });
  const { findings } = await runCheck({
    directory: repository,
    base: 'HEAD~1',
    head: 'HEAD',
    runsCommands: false,
    context: {
      now: () => new Date('2026-01-05T00:00:00Z'),
      env: {},
      progress: () => undefined,
      signal: AbortSignal.timeout(60_000),
    },
  });
  const [problem] = findings;
  assert.deepEqual(
    [problem?.ruleId, problem?.level, problem?.span?.start.line],
    ['config/read-policy', 'error', 7],
  );
  assert.match(problem?.message ?? '', /no CEL expression/);
});
