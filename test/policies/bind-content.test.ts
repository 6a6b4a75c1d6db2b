import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bindContent, type ContentToBind } from '../../policies/approval/bind-content.ts';

const id = (digit: string): string => digit.repeat(40);
const merged: ContentToBind = {
  deployedCommit: id('1'),
  deployedTree: id('a'),
  approvedCommit: id('2'),
  mergedTree: id('a'),
  foreignCommits: [],
};

test('B1: merging what was approved gives the tree that is deployed', () => {
  assert.deepEqual(bindContent(merged), { ok: true });
  assert.match(messageOf({ ...merged, mergedTree: id('b') }), /holds something else/);
});

test('B2: a merge that brings a commit of no pull request is not what was approved', () => {
  assert.match(messageOf({ ...merged, foreignCommits: [id('3')] }), /brings 333333333333 along/);
});

test('B3: unknown is never equal, not even to unknown', () => {
  const unknowns: Partial<ContentToBind>[] = [
    { mergedTree: null },
    { mergedTree: null, deployedTree: null },
    { mergedTree: '', deployedTree: '' },
    { foreignCommits: null },
    { approvedCommit: '' },
    { deployedCommit: 'HEAD' },
    { approvedCommit: '--all' },
  ];
  for (const unknown of unknowns) assert.notEqual(messageOf({ ...merged, ...unknown }), '');
});

function messageOf(content: ContentToBind): string {
  const binding = bindContent(content);
  assert.equal(binding.ok, false);
  return binding.message;
}
