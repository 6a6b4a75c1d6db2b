import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analyzeChanges, boundAnalyzers } from '../../analyzers/analyze-changes.ts';
import type { Change, Content, FileVersion } from '../../analyzers/change.ts';
import { claimPaths } from '../../analyzers/claim.ts';
import type { ServiceScope } from '../../analyzers/scope.ts';
import { treeOf } from '../support/fixtures.ts';

const shop: ServiceScope = {
  name: 'shop',
  paths: ['shop/**'],
  config: [{ files: ['shop/config/*.{json,yaml}'], schema: 'shop/config/shop.schema.json' }],
  schemas: [{ files: ['shop/api/**', 'shop/both/**'], kind: 'openapi', direction: 'produced' }],
  migrations: { files: ['shop/migrations/*.sql', 'shop/both/**'], runner: 'psql' },
  code: { commands: [], timeoutSeconds: 60 },
  infra: { files: ['deploy/shop/**'], stateful: [] },
};
const search: ServiceScope = { ...shop, name: 'search', paths: ['search/**', 'shop/shared/**'] };

function version(path: string, content: Content = { form: 'text', text: '' }): FileVersion {
  return { path, mode: '100644', digest: JSON.stringify(content), content };
}

function added(path: string, content?: Content): Change {
  return { status: 'added', path, after: version(path, content) };
}

function analyze(changes: Change[], scopes = [shop]) {
  const after = new Map(
    changes.flatMap((change) => ('after' in change ? [[change.path, change.after]] : [])),
  );
  const observations = { commands: [], previews: [] };
  return analyzeChanges({ changes, scopes, before: treeOf(new Map()), after: treeOf(after), observations });
}

describe('every changed path has one kind', () => {
  const expected: [string, string | undefined][] = [
    ['shop/config/app.yaml', 'config'],
    ['shop/config/.hidden.json', 'config'],
    ['shop/config/shop.schema.json', 'schema'],
    ['shop/config/notes.txt', 'code'],
    ['shop/api/openapi.yaml', 'schema'],
    ['shop/both/1.sql', 'schema'],
    ['shop/migrations/1.sql', 'sql'],
    ['shop/src/main.ts', 'code'],
    ['shop/package-lock.json', 'code'],
    ['shop/logo.png', 'code'],
    ['deploy/shop/index.ts', 'infra'],
    ['evenkeel.yml', 'config'],
    ['.github/evenkeel.yml', 'config'],
    ['.github/workflows/ci.yml', undefined],
    ['README.md', undefined],
  ];
  for (const [path, kind] of expected) {
    test(`${path}: ${kind ?? 'unclaimed'}`, () => {
      const { claims, unclaimed } = claimPaths([added(path)], [shop], boundAnalyzers);
      assert.deepEqual(
        claims.map((claim) => claim.kind),
        kind === undefined ? [] : [kind],
      );
      assert.deepEqual(unclaimed, kind === undefined ? [path] : []);
    });
  }
});

test('a path that two services share is claimed once by each', () => {
  const { claims } = claimPaths([added('shop/shared/money.ts')], [shop, search], boundAnalyzers);
  assert.deepEqual(claims, [
    { path: 'shop/shared/money.ts', service: 'shop', kind: 'code' },
    { path: 'shop/shared/money.ts', service: 'search', kind: 'code' },
  ]);
});

test('both names of a rename are claimed', () => {
  const change: Change = {
    status: 'renamed',
    path: 'elsewhere/app.yaml',
    before: version('shop/config/app.yaml'),
    after: version('elsewhere/app.yaml'),
  };
  const { claims, unclaimed } = claimPaths([change], [shop], boundAnalyzers);
  assert.deepEqual(claims, [{ path: 'shop/config/app.yaml', service: 'shop', kind: 'config' }]);
  assert.deepEqual(unclaimed, ['elsewhere/app.yaml']);
});

test('a schema that is renamed away from its kind counts as removed', async () => {
  const text = 'openapi: 3.0.3\npaths: {}\n';
  const change: Change = {
    status: 'renamed',
    path: 'shop/docs/openapi.yaml',
    before: version('shop/api/openapi.yaml', { form: 'text', text }),
    after: version('shop/docs/openapi.yaml', { form: 'text', text }),
  };
  const { findings } = await analyze([change]);
  assert.deepEqual(
    findings
      .filter(({ ruleId }) => /^(schema|openapi)\//.test(ruleId))
      .map(({ ruleId, path }) => [ruleId, path]),
    [['openapi/keep-path', 'shop/api/openapi.yaml']],
  );
});

describe('what is not text does not pass in silence where a kind needs text', () => {
  const contents: Content[] = [
    { form: 'binary', bytes: 3 },
    { form: 'undecodable', bytes: 3, reason: 'not UTF-8' },
    { form: 'over-long', bytes: 9e9, limitBytes: 1e6 },
    { form: 'symlink', target: '/etc/passwd' },
    { form: 'submodule', commit: 'a'.repeat(40) },
  ];
  for (const content of contents) {
    for (const path of ['shop/config/app.yaml', 'shop/api/openapi.yaml']) {
      test(`${content.form} at ${path}`, async () => {
        const { findings } = await analyze([added(path, content)]);
        assert.deepEqual(
          findings.map(({ level, path: at, proof }) => [level, at, proof]),
          [['error', path, 'unproven']],
        );
      });
    }
  }
});

test('what two services say in the same words about a shared file is said once', async () => {
  const shared = 'shop/config/app.json';
  const { findings } = await analyze(
    [added(shared, { form: 'text', text: '{' })],
    [
      { ...shop, config: [{ files: [shared] }] },
      { ...search, config: [{ files: [shared] }] },
    ],
  );
  assert.equal(findings.filter(({ ruleId }) => ruleId === 'config/parse-syntax').length, 1);
});

test('the policy file is read for syntax and secrets, whatever the services say', async () => {
  const { findings } = await analyze([
    added('evenkeel.yml', { form: 'text', text: 'version: 1\nversion: 2\n' }),
  ]);
  assert.deepEqual(
    findings.map(({ ruleId, span }) => [ruleId, span?.start.line]),
    [['config/parse-syntax', 2]],
  );
});
