import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { analyzeChanges } from '../../analyzers/analyze-changes.ts';
import type { SchemaScope } from '../../analyzers/scope.ts';
import { openDeployedVersions } from '../../action/repository/deployed-versions.ts';
import { readChanges } from '../../action/repository/read-changes.ts';
import { defaultScope } from '../support/fixtures.ts';
import { commitFiles, git } from '../support/git-repository.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** A repository with a schema of three versions: v1.0.0, v2.0.0 and the one that is about to be merged. */
async function findingsWith(context: TestContext, deployed: string[]) {
  const directory = temporaryDirectory(context);
  const write = (name: string, type: unknown) =>
    commitFiles(directory, name, { 'schema/order.json': JSON.stringify({ type }) });
  write('one', ['string', 'number', 'null']);
  git(directory, 'tag', '--annotate', '--message', 'one', 'v1.0.0');
  const base = write('two', ['string', 'number']);
  git(directory, 'tag', 'v2.0.0');
  const head = write('three', ['string', 'number', 'boolean']);
  const entry: SchemaScope = { files: ['schema/**'], kind: 'json-schema', direction: 'consumed', deployed };
  const scopes = [{ ...defaultScope, schemas: [entry] }];
  const read = await readChanges(directory, base, head);
  const { close, ...versions } = await openDeployedVersions(directory, scopes);
  try {
    const { changes, before, after } = read;
    const observations = { commands: [], previews: [] };
    const { findings } = await analyzeChanges({ changes, scopes, before, after, observations, ...versions });
    return findings.map(({ ruleId, message }) => [ruleId, message]);
  } finally {
    close();
    read.close();
  }
}

describe('versions that still run', () => {
  test('each of them is compared with the change, and named where only it breaks', async (context) => {
    assert.deepEqual(await findingsWith(context, ['v*']), [
      [
        'json-schema/keep-accepted-values',
        'the type was string or number or null and is string or number or boolean now; for example null (against v1.0.0)',
      ],
    ]);
  });

  test('a version that nobody names is of the past', async (context) => {
    assert.deepEqual(await findingsWith(context, ['v2.*']), []);
  });

  test('globs that no tag matches say so', async (context) => {
    const [finding] = await findingsWith(context, ['release-*']);
    assert.equal(finding?.[0], 'schema/know-contract');
  });
});
