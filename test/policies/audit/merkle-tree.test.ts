import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  appendLeaf,
  consistencyProof,
  emptyRange,
  emptyRoot,
  inclusionProof,
  leafHash,
  rootOf,
  rootOfRange,
  verifyConsistency,
  verifyInclusion,
  type Hash,
} from '../../../policies/audit/merkle-tree.ts';

// The inputs, roots and proofs that implementations of Certificate Transparency share.
const leaves = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => leafHash(Buffer.from(hex, 'hex')));
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test('the known roots of 0 to 8 leaves', () => {
  assert.equal(emptyRoot.toString('hex'), roots[0]);
  for (const [size, root] of roots.entries()) {
    assert.equal(rootOf(leaves.slice(0, size)).toString('hex'), root);
  }
});

test('known inclusion proofs', () => {
  assert.deepEqual(hexOf(inclusionProof(leaves.slice(0, 5), 1)), [
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  ]);
  assert.deepEqual(hexOf(inclusionProof(leaves, 5)), [
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
});

test('known consistency proofs', () => {
  assert.deepEqual(hexOf(consistencyProof(leaves.slice(0, 5), 2)), [
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  ]);
  assert.deepEqual(hexOf(consistencyProof(leaves, 6)), [
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
});

const tree = fc.integer({ min: 1, max: 40 }).map(leavesOf);

test('a compact range keeps as many hashes as its size has bits, and its root is the tree’s', () => {
  fc.assert(
    fc.property(tree, (all) => {
      const range = all.reduce(appendLeaf, emptyRange);
      assert.equal(range.hashes.length, all.length.toString(2).replaceAll('0', '').length);
      // Both ends of an inclusion proof agree with the recursive definition of the RFC.
      assert.ok(verifyInclusion(leafAt(all, 0), 0, all.length, inclusionProof(all, 0), rootOfRange(range)));
    }),
  );
});

test('an inclusion proof holds for its leaf, its place, its size and its root only', () => {
  fc.assert(
    fc.property(tree, fc.nat(), fc.nat(), (all, pick, pickOther) => {
      const index = pick % all.length;
      const other = pickOther % all.length;
      const leaf = leafAt(all, index);
      const proof = inclusionProof(all, index);
      const root = rootOf(all);
      assert.ok(verifyInclusion(leaf, index, all.length, proof, root));
      assert.equal(verifyInclusion(leafAt(all, other), index, all.length, proof, root), other === index);
      assert.equal(verifyInclusion(leaf, other, all.length, proof, root), other === index);
      assert.ok(!verifyInclusion(leaf, index, all.length, [...proof, root], root));
      assert.ok(!verifyInclusion(leaf, index, all.length, proof, leafHash('another')));
      assert.ok(!verifyInclusion(leaf, index, index, proof, root));
      if (proof.length > 0) assert.ok(!verifyInclusion(leaf, index, all.length, proof.slice(1), root));
    }),
  );
});

test('a consistency proof holds for a tree that was only appended to', () => {
  fc.assert(
    fc.property(tree, fc.nat(), fc.nat(), (all, pick, pickEdited) => {
      const size = 1 + (pick % all.length);
      const proof = consistencyProof(all, size);
      const smaller = { size, root: rootOf(all.slice(0, size)) };
      const larger = { size: all.length, root: rootOf(all) };
      assert.ok(verifyConsistency(smaller, larger, proof));
      const edited = all.with(pickEdited % size, leafHash('edited'));
      const rewritten = { size: all.length, root: rootOf(edited) };
      assert.ok(!verifyConsistency(smaller, rewritten, consistencyProof(edited, size)));
      assert.ok(!verifyConsistency(smaller, larger, [...proof, larger.root]));
      if (proof.length > 0) assert.ok(!verifyConsistency(smaller, larger, proof.slice(1)));
    }),
  );
});

function leavesOf(count: number): Hash[] {
  return Array.from({ length: count }, (_, index) => leafHash(`entry ${index}`));
}

function leafAt(all: readonly Hash[], index: number): Hash {
  const leaf = all[index];
  assert.ok(leaf !== undefined);
  return leaf;
}

function hexOf(hashes: readonly Hash[]): string[] {
  return hashes.map((hash) => hash.toString('hex'));
}
