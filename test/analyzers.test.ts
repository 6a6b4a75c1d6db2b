/**
 * Every rule of every kind over its fixtures: exactly these findings, at exactly these places. To write a new case,
 * make its folder (see test/support/fixtures.ts), run with EVENKEEL_WRITE_FIXTURES=1, and read what was written.
 */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { analyzeChanges } from '../analyzers/analyze-changes.ts';
import { compareContract } from '../analyzers/compare/compare-contract.ts';
import { ruleTable } from '../analyzers/rules.generated.ts';
import { loadContract } from '../analyzers/schema/contracts.ts';
import { contractKinds } from '../analyzers/scope.ts';
import { findFixtures, textsOf, toExpected, treeOf, type Fixture } from './support/fixtures.ts';
import { staleFiles } from './support/generate.ts';

const fixtures = findFixtures().filter(({ ruleId }) => isKnown(ruleId));

describe('rules', () => {
  for (const fixture of fixtures) {
    test(`${fixture.ruleId}: ${fixture.name}`, async () => {
      assert.ok(
        ruleTable.some((rule) => rule.id === fixture.ruleId),
        `${fixture.directory} names a rule that does not exist`,
      );
      const found = await findingsOf(fixture);
      const file = join(fixture.directory, 'findings.json');
      if (process.env['EVENKEEL_WRITE_FIXTURES'] === '1' && !existsSync(file)) {
        writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
        return;
      }
      assert.ok(existsSync(file), `${file} is missing: a silent case says []`);
      assert.deepEqual(found, fixture.expected);
    });
  }

  for (const rule of ruleTable) {
    test(`${rule.id} has a firing and a silent fixture`, () => {
      const own = fixtures.filter((fixture) => fixture.ruleId === rule.id);
      assert.ok(
        own.some((fixture) => fixture.expected.length > 0),
        'no firing case',
      );
      assert.ok(
        own.some((fixture) => fixture.expected.length === 0),
        'no silent case',
      );
    });
  }
});

test('the generated files say what the rules say', async () => {
  assert.deepEqual(await staleFiles(), [], 'run `npm run generate`');
});

/** The contract that a rule belongs to; undefined for the rules that `evenkeel check` runs by themselves. */
function contractOf(ruleId: string) {
  return contractKinds.find((kind) => ruleId.startsWith(`${kind}/`));
}

/** A contract that cannot be loaded yet has nothing to say about its fixtures. */
function isKnown(ruleId: string): boolean {
  const kind = contractOf(ruleId);
  return kind === undefined || loadContract[kind] !== undefined;
}

async function findingsOf(fixture: Fixture) {
  const kind = contractOf(fixture.ruleId);
  if (kind !== undefined) {
    const [before, after] = [textsOf(fixture.before), textsOf(fixture.after)];
    const found = await compareContract({ kind, ...fixture.request, before: [before], after }, kind);
    return found.filter(({ ruleId }) => ruleId === fixture.ruleId).map(toExpected);
  }
  const { findings } = await analyzeChanges({
    changes: fixture.changes,
    scopes: [fixture.scope],
    before: treeOf(fixture.before),
    after: treeOf(fixture.after),
    observations: fixture.observations,
  });
  return findings.filter((finding) => finding.ruleId === fixture.ruleId).map(toExpected);
}
