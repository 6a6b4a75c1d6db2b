import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parse } from 'yaml';
import { inputNames, outputNames, readInputs } from '../../action/inputs.ts';

const declared: unknown = parse(readFileSync(new URL('../../action.yml', import.meta.url), 'utf8'));

function keysAt(value: unknown, key: string): string[] {
  assert.ok(typeof value === 'object' && value !== null && key in value);
  const part: unknown = Reflect.get(value, key);
  assert.ok(typeof part === 'object' && part !== null);
  return Object.keys(part);
}

test('action.yml declares exactly the inputs and outputs that are in use', () => {
  assert.deepEqual(keysAt(declared, 'inputs'), [...inputNames]);
  assert.deepEqual(keysAt(declared, 'outputs'), [...outputNames]);
  assert.ok([...inputNames].length < 10);
});

test('action.yml runs the committed bundle on the runtime it is written for', () => {
  assert.ok(typeof declared === 'object' && declared !== null && 'runs' in declared);
  assert.deepEqual(declared.runs, { using: 'node24', main: 'action/dist/index.js' });
});

test('a blank input is an absent one', () => {
  const given: Record<string, string> = { service: ' shop ', base: '  ' };
  assert.deepEqual(
    readInputs((name) => given[name] ?? ''),
    { service: 'shop' },
  );
});
