/**
 * A rollback is never gated: the machine, its shell and the effects cannot even reach the error budget. Only a widening
 * is, through the port that the shell is given. Read from the imports that are there at run time. That the shell asks
 * the port before a widening and never before a way back is shown in drive-rollout.test.ts.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';

const root = join(import.meta.dirname, '../../..');

/** Relative imports of a file that are left when types are gone. */
function importsOf(path: string): string[] {
  const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
    compilerOptions: {
      module: ts.ModuleKind.ESNext,
      target: ts.ScriptTarget.ESNext,
      verbatimModuleSyntax: true,
    },
  });
  return ts
    .preProcessFile(outputText, true, true)
    .importedFiles.map(({ fileName }) => join(dirname(path), fileName))
    .filter((imported) => imported.endsWith('.ts') && existsSync(imported));
}

function reachableFrom(start: string): Set<string> {
  const found = new Set([join(root, start)]);
  for (const path of found) for (const imported of importsOf(path)) found.add(imported);
  return found;
}

const isOfGate = (path: string): boolean => /\/(action|policies)\/slo\//.test(path);

test('what carries a rollback out never reaches the error budget', () => {
  for (const start of [
    'action/deployer/drive-rollout.ts',
    'action/deployer/effects.ts',
    'policies/rollout/transition.ts',
  ]) {
    assert.deepEqual([...reachableFrom(start)].filter(isOfGate), [], start);
  }
});

test('deploy does, so that the walk is seen to find what it looks for', () => {
  const reached = [...reachableFrom('action/commands/deploy.ts')].filter(isOfGate);
  assert.ok(reached.some((path) => path.endsWith('/policies/slo/decide-start.ts')));
});
