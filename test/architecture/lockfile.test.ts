import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

// Our own file, written by npm.
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, { version?: string; resolved?: string; link?: boolean; integrity?: string }>;
};

test('every locked package has a version and a digest, so that `npm ci` works everywhere', () => {
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === '' || entry.link === true) continue;
    assert.ok(entry.version !== undefined && entry.integrity !== undefined, `${path} is not locked`);
  }
});

test('the lockfile names no registry: whoever installs uses their own', () => {
  // After `npm install`, delete the `resolved` members. npm's own option for it forgets packages of other platforms.
  for (const [path, entry] of Object.entries(lock.packages)) assert.equal(entry.resolved, undefined, path);
});
