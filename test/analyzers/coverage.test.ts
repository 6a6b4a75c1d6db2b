// The coverage matrix: for every kind and everything that can be done to a part of it, a rule or a written reason.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coverageWaivers } from '../../analyzers/coverage-waivers.ts';
import { changeActions, coveredKinds, coverageOf } from '../../analyzers/coverage.ts';
import { ruleTable } from '../../analyzers/rules.generated.ts';
import { loadContract } from '../../analyzers/schema/contracts.ts';
import { contractKinds } from '../../analyzers/scope.ts';

const loadable = coveredKinds.filter((kind) => {
  const contract = contractKinds.find((known) => known === kind);
  return contract === undefined || loadContract[contract] !== undefined;
});
const cells = coverageOf(ruleTable).filter(({ kind }) => loadable.includes(kind));

test('there are rules to look at', () => {
  assert.ok(cells.some(({ ruleIds }) => ruleIds.length > 0));
  assert.equal(cells.length, loadable.length * changeActions.length);
});

for (const { kind, action, ruleIds, waiver } of cells) {
  test(`${kind}, ${action}: a rule or a written waiver, and not both`, () => {
    assert.ok(
      ruleIds.length > 0 || waiver !== undefined,
      'no rule covers it, and no waiver says why none has to',
    );
    assert.ok(
      ruleIds.length === 0 || waiver === undefined,
      `${ruleIds.join(', ')} covers it: remove the waiver`,
    );
  });
}

test('every waiver is one sentence, of a cell that there is', () => {
  const names = coveredKinds.flatMap((kind) => changeActions.map((action) => `${kind} ${action}`));
  for (const [cell, reason] of Object.entries(coverageWaivers)) {
    assert.ok(names.includes(cell), `${cell} is no cell`);
    assert.match(reason, /^[A-Z][^.]{20,}\.$/, cell);
  }
});
