/** `failback` as a command: what it is about, how it is written, and what it refuses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideCommand } from '../../../policies/command/decide-command.ts';
import type { ReturningInstance } from '../../../policies/command/command-situation.ts';
import { formatCommand } from '../../../policies/command/format-command.ts';
import { parseCommand } from '../../../policies/command/parse-command.ts';
import { ada, inputOf, placeWith, rita, rolloutAt } from '../../support/command-input.ts';

const returning: ReturningInstance[] = [
  { name: 'shop-bbbbbbbbbbbb-0', zone: 'east', needsPerson: true, message: 'ada drained it' },
  { name: 'shop-bbbbbbbbbbbb-1', zone: 'west', needsPerson: false, message: 'held at 5 %' },
];
const situation = { places: [placeWith(rolloutAt(), { returning })], debts: [] };

const rows: [string, typeof ada, string, string[]][] = [
  ['failback', ada, 'execute permitted', ['shop-bbbbbbbbbbbb-0', 'shop-bbbbbbbbbbbb-1']],
  ['failback --zone east', ada, 'execute permitted', ['shop-bbbbbbbbbbbb-0']],
  ['failback --instance shop-bbbbbbbbbbbb-1', ada, 'execute permitted', ['shop-bbbbbbbbbbbb-1']],
  ['failback --zone north', ada, 'refused instance-unknown', []],
  ['failback', rita, 'refused not-permitted', []],
];
for (const [text, requester, expected, instances] of rows) {
  test(`${text}, asked by ${requester.login}: ${expected}`, () => {
    const { decision, reasonCode, effect } = decideCommand(inputOf(text, { requester, situation }));
    assert.equal(`${decision} ${reasonCode}`, expected);
    assert.deepEqual(effect?.kind === 'failback' ? effect.instances : [], instances);
  });
}

test('it is written as it is read; a zone and an instance are one too many', () => {
  for (const text of ['failback --zone east', 'failback --instance shop-1 --service shop']) {
    const reading = parseCommand(text);
    assert.ok(reading.ok);
    assert.equal(formatCommand(reading.command), text);
  }
  for (const text of [
    'failback --zone east --instance shop-1',
    'abort --zone east',
    'failback --zone ../x',
  ]) {
    assert.equal(parseCommand(text).ok, false, text);
  }
});
