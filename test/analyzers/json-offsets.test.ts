import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findNodeAtLocation, parseTree } from 'jsonc-parser';
import { pointerTo } from '../../analyzers/document/document.ts';
import { jsonLocator } from '../../analyzers/document/json-offsets.ts';
import '../support/seed.ts';

test('places of a JSON text are those of its syntax tree', () => {
  const text = fc.tuple(fc.json(), fc.constantFrom(undefined, 1, '\t')).map(([json, indent]) => {
    const value: unknown = JSON.parse(json);
    return JSON.stringify(value, undefined, indent);
  });
  fc.assert(
    fc.property(text, (json) => {
      const tree = parseTree(json);
      const locate = jsonLocator(json);
      for (const path of pathsOf(JSON.parse(json))) {
        const node = tree && findNodeAtLocation(tree, path);
        const found = locate(path.reduce<string>(pointerTo, ''));
        const key = node?.parent?.type === 'property' ? node.parent.children?.[0] : undefined;
        assert.deepEqual(
          [found?.start, found?.end, found?.key?.start],
          [node?.offset, (node?.offset ?? 0) + (node?.length ?? 0), key?.offset],
        );
      }
    }),
  );
});

test('escapes in keys, equal keys and places that are not there', () => {
  const locate = jsonLocator(String.raw`{"a\"\\": [1, {"~/": "x\\"}], "b": 1, "b": 22}`);
  assert.deepEqual(locate(String.raw`/a"\/1/~0~1`), { start: 21, end: 26, key: { start: 15, end: 19 } });
  assert.deepEqual(locate('/b'), { start: 43, end: 45, key: { start: 38, end: 41 } });
  for (const pointer of ['/c', '/b/c', String.raw`/a"\/2`]) assert.equal(locate(pointer), undefined);
});

function pathsOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  const children: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [path, ...children.flatMap(([key, child]) => pathsOf(child, [...path, key]))];
}
