/** What a change means at each level: tables from before and after to the verdict at file, package, wire-json and wire. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { protobufLevels } from '../../../analyzers/schema/protobuf/comparison.ts';
import { cardinalityChanges } from './cardinality-changes.ts';
import { m, p3 } from './change-row.ts';
import { compareProtos, rulesOf, verdictOf } from './compare-protos.ts';
import { declarationChanges } from './declaration-changes.ts';
import { fieldChanges } from './field-changes.ts';

const tables = { ...fieldChanges, ...cardinalityChanges, ...declarationChanges };
for (const [table, rows] of Object.entries(tables)) {
  describe(table, () => {
    for (const [name, before, after, verdicts, rules] of rows) {
      test(name, async () => {
        const found = await Promise.all(protobufLevels.map((level) => compareProtos(before, after, level)));
        const explained = found
          .flat()
          .map(({ ruleId, proof, message }) => `${ruleId} ${proof ?? ''} ${message}`);
        assert.equal(found.map((reports) => verdictOf(reports)[0]).join(''), verdicts, explained.join('\n'));
        if (rules !== undefined) assert.deepEqual(rulesOf(found[0] ?? []), rules);
      });
    }
  });
}

test('the default level is the strictest', async () => {
  const [moved] = await compareProtos({ 'a.proto': p3(m('')) }, { 'b.proto': p3(m('')) });
  assert.ok(moved !== undefined && moved.proof === 'breaking');
});
