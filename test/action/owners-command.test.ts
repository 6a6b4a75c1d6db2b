// `evenkeel owners` as a person or a script meets it: the command line as a process of its own, on a real repository.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { Ajv } from 'ajv';
import { commitFiles, git } from '../support/git-repository.ts';
import { runEvenkeel, type CliResult } from '../support/run-evenkeel.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const isAnswer = new Ajv({ strict: false, allErrors: true }).compile(
  JSON.parse(readFileSync('action/owners/owners.schema.json', 'utf8')) as object,
);

interface Answer {
  decision: string;
  reasonCode: string;
  result: {
    file: { path: string; commit: string | null };
    paths: { path: string; status: string; owners: string[]; line: number | null; pattern: string | null }[];
    skippedLines: number[];
    findings: {
      code: string;
      level: string;
      path: string;
      line?: number;
      column?: number;
      message: string;
    }[];
    uncovered: { count: number; leftToNobody: number; first: { directory: string; count: number }[] };
    people: { checkedWith: string | null; message: string };
    gitHub: { errors: unknown[] | null; message: string };
  };
}

function answerOf(run: CliResult): Answer {
  const answer: unknown = JSON.parse(run.stdout);
  assert.ok(isAnswer(answer), JSON.stringify(isAnswer.errors));
  return answer as Answer;
}

const files = {
  'src/a.ts': '1',
  'src/gen/b.ts': '2',
  'docs/a.md': '3',
  'docs/x/b.md': '4',
  'lib/q': '5',
  '.github/CODEOWNERS': '*.ts @ann\n/src/ @acme/shop\n/src/gen/\n!x @ann\ndocs/* ann@example.com\n',
};

function repositoryOf(context: TestContext, contents: Record<string, string> = files): string {
  const directory = temporaryDirectory(context);
  commitFiles(directory, 'first', contents);
  return directory;
}

describe('who owns a path', () => {
  test('the owners, and the line that decided', async (context) => {
    const directory = repositoryOf(context);
    const run = await runEvenkeel(['owners', 'src/a.ts', 'src/gen/b.ts', './lib/q'], { directory });
    assert.equal(run.exitCode, 0, run.stderr);
    assert.deepEqual(
      run.stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
      [
        ['src/a.ts', '@acme/shop', '.github/CODEOWNERS:2 /src/'],
        ['src/gen/b.ts', 'nobody', '.github/CODEOWNERS:3 /src/gen/ takes ownership away'],
        ['lib/q', 'nobody', 'no line matches'],
      ],
    );
    assert.match(run.stderr, /GitHub skips a line of \.github\/CODEOWNERS/);
  });

  test('as JSON, with paths from standard input, relative to where one is', async (context) => {
    const directory = repositoryOf(context);
    const input = 'a.ts\r\n../docs/x/b.md\n\n';
    const run = await runEvenkeel(['owners', '--json', '-'], { directory: join(directory, 'src'), input });
    const { result } = answerOf(run);
    assert.deepEqual(
      result.paths.map(({ path, status, line }) => [path, status, line]),
      [
        ['src/a.ts', 'owned', 2],
        ['docs/x/b.md', 'unmatched', null],
      ],
    );
    assert.deepEqual(result.skippedLines, [4]);
    assert.equal(result.file.path, '.github/CODEOWNERS');
  });

  test('names between NULs may hold anything, and are shown so that they cannot steer a terminal', async (context) => {
    const directory = repositoryOf(context);
    const run = await runEvenkeel(['owners', '-'], { directory, input: 'src/\u001b[31m\n.ts\0docs/a.md\0' });
    assert.match(run.stdout, /^src\/\\u001b\[31m\\u000a\.ts +@acme\/shop/);
    assert.doesNotMatch(run.stdout, /\u001b/);
  });

  test('what decides on a change is the base: a branch cannot name other owners for itself', async (context) => {
    const directory = repositoryOf(context);
    git(directory, 'checkout', '--quiet', '-b', 'change');
    commitFiles(directory, 'mine', { '.github/CODEOWNERS': '* @mallory\n' });
    const base = await runEvenkeel(['owners', 'src/a.ts'], { directory });
    assert.match(base.stdout, /@acme\/shop/);
    const head = await runEvenkeel(['owners', '--ref', 'HEAD', 'src/a.ts'], { directory });
    assert.match(head.stdout, /@mallory/);
    writeFileSync(join(directory, 'draft'), 'src @carol\n');
    const file = await runEvenkeel(['owners', '--file', 'draft', 'src/a.ts'], { directory });
    assert.match(file.stdout, /@carol +draft:1 src/);
  });

  const refused: [args: string[], says: RegExp][] = [
    [['owners'], /name paths, or `-`/],
    [['owners', '/etc/passwd'], /lies outside of the repository/],
    [['owners', '../x'], /lies outside of the repository/],
    [['owners', 'docs/'], /is a directory, and files have owners/],
    [['owners', '--ref', 'nope', 'a'], /--ref "nope" does not exist/],
    [['owners', '--file', 'nope', 'a'], /nope cannot be read/],
    [['owners', '--ref', 'HEAD', '--file', 'x', 'a'], /give --ref or --file/],
    [['owners', '--directory', 'x', 'a'], /--directory is for --check/],
    [['owners', '--check', 'a'], /leave the paths out/],
    [['owners', '--check', '--directory', 'lib/q'], /"users" …|no directory|is no JSON/],
  ];
  for (const [args, says] of refused) {
    test(`${args.join(' ')} is refused`, async (context) => {
      const run = await runEvenkeel(args, { directory: repositoryOf(context) });
      assert.equal(run.exitCode, 2, run.stdout);
      assert.match(run.stderr, says);
      assert.doesNotMatch(run.stderr, /\n +at /, 'no stack trace');
    });
  }

  test('no CODEOWNERS, one that is not committed, one that is a link, one that is too long', async (context) => {
    const directory = repositoryOf(context, { a: '1' });
    const none = await runEvenkeel(['owners', 'a'], { directory });
    assert.equal(none.exitCode, 2);
    assert.match(
      none.stderr,
      /there is no CODEOWNERS in [0-9a-f]{12}; GitHub looks for \.github\/CODEOWNERS/,
    );
    mkdirSync(join(directory, 'docs'));
    symlinkSync('../a', join(directory, 'docs/CODEOWNERS'));
    const untracked = await runEvenkeel(['owners', 'a'], { directory });
    assert.match(untracked.stderr, /commit it, or name it with `--file docs\/CODEOWNERS`/);
    commitFiles(directory, 'a link', {});
    const link = await runEvenkeel(['owners', 'a'], { directory });
    assert.match(link.stderr, /docs\/CODEOWNERS in [0-9a-f]{12} is a link/);
    commitFiles(directory, 'too long', { CODEOWNERS: `${'#'.repeat(99)}\n`.repeat(30_001) });
    const long = await runEvenkeel(['owners', '--check'], { directory });
    assert.equal(long.exitCode, 2);
    assert.match(long.stderr, /CODEOWNERS in [0-9a-f]{12} has 3000100 bytes/);
  });
});

describe('what is wrong with the file', () => {
  test('faults with their lines, and files without an owner by directory', async (context) => {
    const directory = repositoryOf(context, {
      ...files,
      CODEOWNERS: '* @x\n',
      '.gitlab/CODEOWNERS': '* @x\n',
    });
    const run = await runEvenkeel(['owners', '--check', '--json'], { directory });
    assert.equal(run.exitCode, 1);
    const { decision, result } = answerOf(run);
    assert.equal(decision, 'faulty');
    assert.deepEqual(
      result.findings.map(({ code, level, path, line, column }) => [code, level, path, line, column]),
      [
        ['shadowed-line', 'warning', '.github/CODEOWNERS', 1, 1],
        ['invalid-line', 'error', '.github/CODEOWNERS', 4, 1],
        ['uncovered-paths', 'warning', '.github/CODEOWNERS', undefined, undefined],
        ['misplaced-file', 'warning', '.gitlab/CODEOWNERS', undefined, undefined],
        ['several-files', 'warning', 'CODEOWNERS', undefined, undefined],
      ],
    );
    assert.deepEqual([result.uncovered.count, result.uncovered.leftToNobody], [5, 1]);
    assert.equal(result.people.checkedWith, null);
    assert.match(result.people.message, /set GITHUB_TOKEN and GITHUB_REPOSITORY/);
    assert.equal(result.gitHub.errors, null);
    const text = await runEvenkeel(['owners', '--check'], { directory });
    assert.match(text.stdout, /^\.github\/CODEOWNERS: 5 faults\n/);
    assert.match(text.stdout, /\n {2}lib\/ +1 +lib\/q\n/);
    assert.match(text.stdout, /owners were not checked/);
  });

  test('owners are looked up in a directory, without a network', async (context) => {
    const directory = repositoryOf(context, {
      '.github/CODEOWNERS': '* @ann @bob @acme/shop @acme/none a@b.example\n',
    });
    const path = join(directory, 'people.json');
    const users = {
      Ann: { id: 1, type: 'User', role: 'write' },
      carol: { id: 2, type: 'User', role: 'read' },
    };
    writeFileSync(path, JSON.stringify({ users, teams: { 'acme/shop': ['carol'] } }));
    const run = await runEvenkeel(['owners', '--check', '--json', '--directory', 'people.json'], {
      directory,
    });
    const { result } = answerOf(run);
    assert.deepEqual(
      result.findings.map(({ code, level, line, column }) => [code, level, line, column]),
      [
        ['unknown-owner', 'error', 1, 8],
        ['owner-without-write', 'error', 1, 13],
        ['unknown-owner', 'error', 1, 24],
        ['owner-not-checked', 'note', 1, 35],
      ],
    );
    assert.equal(result.people.checkedWith, 'directory');

    for (const [text, says] of [
      ['{"users": {}, "teams": {}, "people": {}}', /has the key "people"/],
      ['{"users": {"a": {"id": "1"}}, "teams": {}}', /at \/users\/a/],
      ['[', /is no JSON/],
    ] as const) {
      writeFileSync(path, text);
      const bad = await runEvenkeel(['owners', '--check', '--directory', 'people.json'], { directory });
      assert.equal(bad.exitCode, 2);
      assert.match(bad.stderr, says);
    }
  });

  test('a file with nothing wrong: exit code 0', async (context) => {
    const directory = repositoryOf(context, { a: '1', '.github/CODEOWNERS': '* @ann\r\n' });
    const run = await runEvenkeel(['owners', '--check', '--json'], { directory });
    assert.equal(run.exitCode, 0, run.stdout);
    assert.deepEqual(answerOf(run).result.findings, []);
  });
});
