import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capacityCheck, type CapacityInstance } from '../../../policies/failback/capacity-check.ts';

const one = (name: string, changes: Partial<CapacityInstance> = {}): CapacityInstance => ({
  name,
  zone: Number(name.slice(1)) % 2 === 0 ? 'east' : 'west',
  isHealthy: true,
  weight: 100,
  ...changes,
});
const four = ['i0', 'i1', 'i2', 'i3'].map((name) => one(name));
const east = ['i0', 'i2'];

const rows: [string, Parameters<typeof capacityCheck>[0], string][] = [
  [
    'all but one, unless the policy says',
    { instances: four, leaving: ['i0'], fullCapacity: 4, minHealthy: null },
    'ok 3/3',
  ],
  [
    'two are one too many',
    { instances: four, leaving: east, fullCapacity: 4, minHealthy: null },
    'capacity-too-low',
  ],
  [
    'a zone, where two carry the load',
    { instances: four, leaving: east, fullCapacity: 4, minHealthy: 2 },
    'ok 2/2',
  ],
  [
    'the last one never',
    { instances: [one('i0')], leaving: ['i0'], fullCapacity: 1, minHealthy: null },
    'capacity-too-low',
  ],
  [
    'one of two, since one may be missing',
    { instances: four.slice(0, 2), leaving: ['i0'], fullCapacity: 2, minHealthy: null },
    'ok 1/1',
  ],
  [
    'a sick one does not count among those that stay',
    {
      instances: [one('i1', { isHealthy: false }), ...four.slice(2), one('i0')],
      leaving: ['i0'],
      fullCapacity: 4,
      minHealthy: null,
    },
    'capacity-too-low',
  ],
  [
    'nor one that is on its way back',
    {
      instances: [one('i1', { weight: 50 }), ...four.slice(2), one('i0')],
      leaving: ['i0'],
      fullCapacity: 4,
      minHealthy: null,
    },
    'capacity-too-low',
  ],
  [
    'the sick one itself may go',
    {
      instances: [one('i0', { isHealthy: false }), ...four.slice(1)],
      leaving: ['i0'],
      fullCapacity: 4,
      minHealthy: null,
    },
    'ok 3/3',
  ],
  [
    'nobody knows it',
    { instances: four, leaving: ['i9'], fullCapacity: 4, minHealthy: null },
    'instance-unknown',
  ],
];
for (const [name, question, expected] of rows) {
  test(`capacity: ${name}`, () => {
    const answer = capacityCheck(question);
    const said = answer.ok ? `ok ${answer.staying}/${answer.needed}` : answer.reasonCode;
    assert.equal(said, expected);
    if (!answer.ok && answer.reasonCode === 'capacity-too-low')
      assert.match(answer.message, /would stay, and \d+ (?:is|are) needed/);
  });
}
