// `evenkeel compare` as a person or a script meets it: the command line as a process of its own, files, git, batches.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { Ajv, type ValidateFunction } from 'ajv';
import { openComparisonRunner } from '../../action/compare/comparison-runner.ts';
import type { Comparison } from '../../analyzers/compare/comparison.ts';
import { commitFiles } from '../support/git-repository.ts';
import { runEvenkeel, type CliResult } from '../support/run-evenkeel.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface Answer {
  id: string | number | null;
  verdict: string;
  findings: { ruleId: string; message: string; path?: string; span?: { start: { line: number } } }[];
}

function directoryWith(context: TestContext, files: Record<string, string>): string {
  const directory = temporaryDirectory(context);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, path, '..'), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

async function batch(
  context: TestContext,
  lines: readonly unknown[],
): Promise<CliResult & { answers: Answer[] }> {
  const input = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const run = await runEvenkeel(['compare', '--batch'], { directory: temporaryDirectory(context), input });
  const answers = run.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Answer);
  return { ...run, answers };
}

/** The published schema of one part of the output, closed, so that a key which it does not tell of is found. */
function schemaOf(part: 'answer' | 'batchAnswer'): ValidateFunction {
  const published = JSON.parse(readFileSync('action/compare/compare.schema.json', 'utf8')) as object;
  return new Ajv({ strict: false, allErrors: true }).compile({
    ...published,
    oneOf: [{ $ref: `#/definitions/${part}` }],
  });
}

const created = 'create table orders (id int);\n';
const added = 'create table customers (id int);\n';
const dropped = 'drop table orders;\n';

describe('two versions', () => {
  const files = {
    'config.yaml': 'timeout: 30\n',
    'near.yaml': '# a comment\ntimeout:   30\n',
    'far.yaml': 'timeout: 30000\n',
    'broken.yaml': 'timeout: [30\n',
    '1.sql': created,
    '2.sql': added,
    '3.sql': dropped,
    'letter.txt': 'Dear reader\n',
  };
  const cases: [args: string[], exitCode: number, says: RegExp][] = [
    [['config.yaml', 'near.yaml'], 0, /^compatible: near\.yaml \(config\)/],
    [['config.yaml', 'far.yaml'], 3, /^unproven: far\.yaml \(config\)[^]*1:10 unproven: \/timeout moved/],
    [['config.yaml', 'broken.yaml'], 1, /^breaking: broken\.yaml/],
    [['--kind', 'config', 'config.yaml', 'near.yaml'], 0, /^compatible/],
    [['1.sql', '2.sql'], 0, /^compatible: 2\.sql \(sql\)/],
    [
      ['1.sql', '3.sql'],
      1,
      /^breaking: 3\.sql[^]*1:1 breaking: DROP TABLE orders[^]*\| drop table orders;\n +\| \^{17}\n/,
    ],
    [['/dev/null', '3.sql'], 1, /DROP TABLE orders destroys data/],
    [['config.yaml', 'nowhere.yaml'], 2, /nowhere\.yaml does not exist; name a file/],
    [['config.yaml'], 2, /name two versions/],
    [['letter.txt', 'letter.txt'], 2, /say it with --kind, one of config, json-schema, openapi/],
    [['1.sql', 'config.yaml'], 2, /these files are sql and config; say it with --kind/],
    [['--kind', 'open_api', '1.sql', '2.sql'], 2, /there is no kind "open_api"/],
    [['--direction', 'up', '1.sql', '2.sql'], 2, /--direction has to be one of/],
    [['--levle', 'x', '1.sql', '2.sql'], 2, /did you mean --level\?/],
    [['--batch', '--kind', 'sql'], 2, /every line says its own "kind"/],
  ];
  for (const [args, exitCode, says] of cases) {
    test(`compare ${args.join(' ')}: exit code ${exitCode}`, async (context) => {
      const run = await runEvenkeel(['compare', ...args], { directory: directoryWith(context, files) });
      assert.equal(run.exitCode, exitCode, run.stderr + run.stdout);
      assert.match(run.stdout + run.stderr, says);
      assert.doesNotMatch(run.stderr, /\n +at /, 'no stack trace');
    });
  }

  test('a revision of git and a file', async (context) => {
    const directory = temporaryDirectory(context);
    commitFiles(directory, 'base', { 'shop/config.yaml': 'timeout: 30\n' });
    writeFileSync(join(directory, 'shop/config.yaml'), 'timeout: 30000\n');
    const file = await runEvenkeel(['compare', 'HEAD:shop/config.yaml', 'shop/config.yaml'], { directory });
    assert.equal(file.exitCode, 3, file.stderr);
    const tree = await runEvenkeel(['compare', 'HEAD:shop', 'shop'], { directory });
    assert.equal(tree.exitCode, 3, tree.stderr);
    const none = await runEvenkeel(['compare', 'HEAD:nope', 'shop'], { directory });
    assert.match(none.stderr, /HEAD:nope is neither a file here nor one that git knows/);
  });

  test('two directories of migrations: what is edited, and what is new', async (context) => {
    const directory = directoryWith(context, {
      'a/1.sql': created,
      'b/1.sql': created.replace('int', 'bigint'),
      'b/2.sql': added,
    });
    const run = await runEvenkeel(['compare', '--json', 'a', 'b'], { directory });
    assert.equal(run.exitCode, 1);
    const answer = JSON.parse(run.stdout) as { result: { findings: { ruleId: string; path: string }[] } };
    assert.deepEqual(
      answer.result.findings.map(({ ruleId, path }) => `${path} ${ruleId}`),
      ['1.sql sql/forbid-edited-migration'],
    );
    const isAnswer = schemaOf('answer');
    assert.ok(isAnswer(answer), JSON.stringify(isAnswer.errors));
  });
});

describe('a batch', () => {
  test('answers every line, in order, and says which line was none', async (context) => {
    const { answers, exitCode } = await batch(context, [
      { id: 'same', kind: 'config', before: 'a: 1\n', after: 'a: 1\n' },
      'not JSON',
      '[]',
      { kind: 'config', before: 'a: 1\n', after: 'a: 1\n' },
      { id: 'kind', kind: 'xml', before: '', after: '' },
      { id: 'none', kind: 'sql' },
      { id: 'empty', kind: 'sql', before: null, after: null },
      { id: 'number', kind: 'sql', before: 1, after: 'x' },
      { id: 'direction', kind: 'sql', before: '', after: 'x', direction: 'up' },
      '',
      { id: 7, kind: 'sql', before: created, after: dropped },
    ]);
    assert.deepEqual(
      answers.map(({ id, verdict, findings }) => [id, verdict, findings[0]?.ruleId ?? null]),
      [
        ['same', 'compatible', null],
        [null, 'unproven', 'compare/read-input'],
        [null, 'unproven', 'compare/read-input'],
        [null, 'unproven', 'compare/read-input'],
        ['kind', 'unproven', 'compare/read-input'],
        ['none', 'unproven', 'compare/read-input'],
        ['empty', 'unproven', 'compare/read-input'],
        ['number', 'unproven', 'compare/read-input'],
        ['direction', 'unproven', 'compare/read-input'],
        [7, 'breaking', 'sql/forbid-destructive'],
      ],
    );
    assert.equal(answers[1]?.findings[0]?.span?.start.line, 2);
    assert.equal(exitCode, 2);
    const isAnswer = schemaOf('batchAnswer');
    for (const answer of answers) assert.ok(isAnswer(answer), JSON.stringify(isAnswer.errors));
  });

  const worst: [exitCode: number, lines: unknown[]][] = [
    [0, []],
    [0, [{ id: 1, kind: 'sql', before: created, after: added }]],
    [3, [{ id: 1, kind: 'config', before: 'timeout: 30\n', after: 'timeout: 30000\n' }]],
    [
      1,
      [
        { id: 1, kind: 'config', before: 'timeout: 30\n', after: 'timeout: 30000\n' },
        { id: 2, kind: 'sql', before: created, after: dropped },
      ],
    ],
  ];
  for (const [exitCode, lines] of worst) {
    test(`exit code ${exitCode} for ${lines.length} lines`, async (context) => {
      assert.equal((await batch(context, lines)).exitCode, exitCode);
    });
  }

  test('texts, trees and histories', async (context) => {
    const { answers } = await batch(context, [
      {
        id: 'tree',
        kind: 'sql',
        before: { 'm/1.sql': created },
        after: { 'm/1.sql': created, 'm/2.sql': dropped },
      },
      { id: 'gone', kind: 'sql', before: { 'm/1.sql': created }, after: {} },
      { id: 'history', kind: 'sql', before: [created, added], after: dropped },
      { id: 'whole history', kind: 'sql', before: [created], after: [created, added] },
      { id: 'appended', kind: 'sql', before: created, after: `${created}\n${dropped}` },
      { id: 'edited', kind: 'sql', before: created, after: created.replace('int', 'text') },
      { id: 'new', kind: 'config', after: 'a: 1\n' },
    ]);
    assert.deepEqual(
      answers.map(({ id, verdict, findings }) => [
        id,
        verdict,
        findings[0]?.path,
        findings[0]?.span?.start.line,
      ]),
      [
        ['tree', 'breaking', 'm/2.sql', 1],
        ['gone', 'breaking', 'm/1.sql', undefined],
        ['history', 'breaking', undefined, 1],
        ['whole history', 'compatible', undefined, undefined],
        ['appended', 'breaking', undefined, 3],
        ['edited', 'breaking', undefined, 1],
        ['new', 'compatible', undefined, undefined],
      ],
    );
  });

  test('a file, with a byte order mark, line ends of Windows and a last line without one', async (context) => {
    const line = JSON.stringify({ id: 'a', kind: 'config', before: 'a: 1\n', after: 'a: 1\n' });
    const directory = directoryWith(context, { 'in.jsonl': `\uFEFF${line}\r\n\r\n${line}` });
    const run = await runEvenkeel(['compare', '--batch', 'in.jsonl'], { directory });
    assert.equal(run.exitCode, 0, run.stderr);
    assert.equal(run.stdout.split('\n').length, 3);
    const missing = await runEvenkeel(['compare', '--batch', 'nope.jsonl'], { directory });
    assert.equal(missing.exitCode, 2);
    assert.match(missing.stderr, /nope\.jsonl does not exist/);
  });

  test('documents that nobody should have to read, and the one after them', async (context) => {
    const deep = 100_000;
    const hostile: [string, string][] = [
      ['nested lists', '['.repeat(deep)],
      ['nested mappings', '{"a":'.repeat(deep) + '1' + '}'.repeat(deep)],
      ['aliases that explode', bomb(9)],
      ['nothing but NUL', '\0'.repeat(1_000)],
      ['one long line', `a: "${'x'.repeat(5_000_000)}"`],
    ];
    const { answers, exitCode } = await batch(context, [
      ...hostile.map(([id, after]) => ({ id, kind: 'config', before: 'a: 1\n', after })),
      { id: 'sane', kind: 'config', before: 'a: 1\n', after: 'a: 1\n' },
    ]);
    assert.deepEqual(
      answers.map(({ id }) => id),
      [...hostile.map(([id]) => id), 'sane'],
    );
    assert.equal(answers.at(-1)?.verdict, 'compatible');
    for (const { id, verdict } of answers.slice(0, 4)) assert.notEqual(verdict, 'compatible', String(id));
    assert.notEqual(exitCode, 4);
  });
});

function bomb(levels: number): string {
  const lines = ['a0: &a0 [x]'];
  for (let level = 1; level <= levels; level++) {
    const aliases = Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ');
    lines.push(`a${level}: &a${level} [${aliases}]`);
  }
  return `${lines.join('\n')}\n`;
}

// The limits are set so low here that any comparison meets them; what the real ones allow is not shown by this.
describe('a comparison that meets its limit', () => {
  const tree = (text: string): Map<string, string> => new Map([['file.json', text]]);
  const small: Comparison = { kind: 'config', before: [tree('{"a": 1}')], after: tree('{"a": 1}') };

  test('of time: unproven, which names it', async () => {
    const signal = new AbortController().signal;
    const runner = openComparisonRunner({ seconds: 0.001, memoryMegabytes: 512 }, signal);
    const { verdict, findings } = await runner.run(small);
    await runner.close();
    assert.equal(verdict, 'unproven');
    assert.match(findings[0]?.message ?? '', /could not be compared: it took longer than 0\.001 s/);
  });

  test('of memory: unproven, which names it, and the next one is answered', async () => {
    const signal = new AbortController().signal;
    const runner = openComparisonRunner({ seconds: 120, memoryMegabytes: 96 }, signal);
    const many = JSON.stringify(
      Array.from({ length: 800_000 }, (_, index) => ({ [`key ${index}`]: { a: [index] } })),
    );
    const large: Comparison = { kind: 'config', before: [tree('[]')], after: tree(many) };
    const { verdict, findings } = await runner.run(large);
    assert.equal(verdict, 'unproven');
    assert.match(findings[0]?.message ?? '', /it needed more memory than 96 MB/);
    assert.equal((await runner.run(small)).verdict, 'compatible');
    await runner.close();
  });

  test('an interruption ends it', async () => {
    const abort = new AbortController();
    const runner = openComparisonRunner({ seconds: 120, memoryMegabytes: 512 }, abort.signal);
    const running = runner.run(small);
    abort.abort();
    await assert.rejects(running, /interrupted/);
    await runner.close();
  });
});
