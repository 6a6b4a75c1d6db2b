/** The policy that `evenkeel init` writes loads as it is, and with everything that it only suggests. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { guessPolicy } from '../../action/repository/guess-policy.ts';
import { describeProblem, loadPolicy } from '../../policies/policy-file/load-policy.ts';
import type { Policy } from '../../policies/policy-file/policy.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

function repositoryWith(context: TestContext, paths: readonly string[]): string {
  const directory = temporaryDirectory(context);
  execFileSync('git', ['init', '--quiet'], { cwd: directory });
  for (const path of paths) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), path.endsWith('.json') ? '{}\n' : '');
  }
  return directory;
}

function loaded(text: string): Policy {
  const result = loadPolicy(text, 'evenkeel.yml');
  assert.ok(result.ok, result.ok ? '' : `${result.problems.map(describeProblem).join('\n')}\n${text}`);
  return result.policy;
}

const repositories: [string, string[], string][] = [
  ['empty', [], 'docs/runbook.md'],
  ['with a little of all', ['api/openapi.yaml', 'config/a.json', 'db/migrations/1.sql'], 'docs/runbook.md'],
  ['with a runbook', ['ops/RUNBOOK.md'], 'ops/RUNBOOK.md'],
  ['with awkward names', ['a "b"/config/{x}.json', "it's/runbook.md"], "it's/runbook.md"],
];
for (const [name, paths, runbook] of repositories) {
  test(`a repository ${name}: nothing is rolled out yet, and all that is suggested fits`, (context) => {
    const text = guessPolicy(repositoryWith(context, paths));
    assert.deepEqual(
      loaded(text).services.map(({ target, runbooks }) => [target, runbooks]),
      [[null, {}]],
    );
    const suggested = loaded(text.replace(/^ {4}# (?=[a-z]+: )/gm, '    '));
    assert.deepEqual(
      suggested.services.map(({ target, runbooks }) => [target, runbooks]),
      [['local', { 'rolled-back': runbook }]],
    );
  });
}
