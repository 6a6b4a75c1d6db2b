// `evenkeel rules`: the matrix, every rule, one rule with its example; what does not exist is said.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ruleTable } from '../../analyzers/rules.generated.ts';
import { runEvenkeel } from '../support/run-evenkeel.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface Listed {
  result: { coverage: { kind: string }[]; rules: { id: string; problem: string; remedy: string }[] };
}

test('every rule is listed, below a row for each kind', async (context) => {
  const { stdout, exitCode } = await runEvenkeel(['rules'], { directory: temporaryDirectory(context) });
  assert.equal(exitCode, 0);
  assert.match(stdout, /^kind +add +remove +narrow +widen +rename\nconfig +\d/);
  for (const { id } of ruleTable) assert.ok(stdout.includes(`\n${id} (`), id);
});

test('--kind and --json: the rules of one kind', async (context) => {
  const directory = temporaryDirectory(context);
  const { stdout } = await runEvenkeel(['rules', '--kind', 'sql', '--json'], { directory });
  const { result } = JSON.parse(stdout) as Listed;
  assert.deepEqual(new Set(result.coverage.map(({ kind }) => kind)), new Set(['sql']));
  assert.ok(result.rules.length > 3);
  for (const { id, problem, remedy } of result.rules) {
    assert.match(id, /^sql\//);
    assert.ok(problem.length > 0 && remedy.length > 0, id);
  }
});

test('one rule comes with its remedy and an example', async (context) => {
  const directory = temporaryDirectory(context);
  const { stdout } = await runEvenkeel(['rules', 'sql/keep-name'], { directory });
  assert.match(stdout, /remedy: +Add the new name beside the present one/);
  assert.match(stdout, /\n {2}\+ALTER TABLE orders RENAME TO purchases;/);
});

const wrong: [args: string[], says: RegExp][] = [
  [['sql/keep-nam'], /there is no rule "sql\/keep-nam"; did you mean sql\/keep-name\?/],
  [['--kind', 'openap'], /there is no kind "openap"/],
  [['a', 'b'], /one rule at a time/],
];
for (const [args, says] of wrong) {
  test(`rules ${args.join(' ')}: exit code 2`, async (context) => {
    const { stderr, exitCode } = await runEvenkeel(['rules', ...args], {
      directory: temporaryDirectory(context),
    });
    assert.equal(exitCode, 2);
    assert.match(stderr, says);
  });
}
