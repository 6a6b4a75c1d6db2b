import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillZones } from '../../policies/policy-file/fill-zones.ts';
import type { PolicyFault } from '../../policies/policy-file/schema-faults.ts';

const at = (...parts: (string | number)[]): string => `/services/shop/${parts.join('/')}`;

const rows: [string, Parameters<typeof fillZones>[0], string | null][] = [
  ['nothing is said', {}, null],
  ['two zones, and half may go', { instances: 4, zones: ['east', 'west'], minHealthy: 2 }, null],
  ['more healthy ones than there are', { instances: 2, minHealthy: 3 }, '/services/shop/run/minHealthy'],
  ['a zone without an instance', { instances: 1, zones: ['east', 'west'] }, '/services/shop/run/zones'],
];
for (const [name, raw, pointer] of rows) {
  test(`zones: ${name}`, () => {
    const faults: PolicyFault[] = [];
    const filled = fillZones(raw, at, faults);
    assert.deepEqual(
      faults.map((fault) => fault.pointer),
      pointer === null ? [] : [pointer],
    );
    assert.deepEqual(filled, { zones: raw.zones ?? [], minHealthy: raw.minHealthy ?? null });
  });
}
