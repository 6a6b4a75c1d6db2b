/**
 * The Merkle tree of RFC 6962, section 2.1, with SHA-256. A leaf's hash and a node's hash start with different bytes, so
 * that no node can be passed off as an entry. Proofs are lists of hashes, nearest to the leaf first.
 */
import { createHash } from 'node:crypto';

/** 32 bytes. */
export type Hash = Buffer;

export const emptyRoot: Hash = createHash('sha256').digest();

export function leafHash(data: string | Uint8Array): Hash {
  return createHash('sha256').update(Buffer.of(0)).update(data).digest();
}

export function nodeHash(left: Hash, right: Hash): Hash {
  return createHash('sha256').update(Buffer.of(1)).update(left).update(right).digest();
}

/** The roots of the complete subtrees that a tree of `size` leaves consists of, largest first: enough to append. */
export interface CompactRange {
  size: number;
  hashes: readonly Hash[];
}

export const emptyRange: CompactRange = { size: 0, hashes: [] };

/** Costs as many hashes as `size` has trailing one bits. */
export function appendLeaf(range: CompactRange, leaf: Hash): CompactRange {
  const hashes = [...range.hashes];
  let last = leaf;
  for (let rest = range.size; rest % 2 === 1; rest = (rest - 1) / 2) {
    const left = hashes.pop();
    if (left === undefined) throw new RangeError('a compact range with fewer hashes than its size asks for');
    last = nodeHash(left, last);
  }
  return { size: range.size + 1, hashes: [...hashes, last] };
}

export function rootOfRange(range: CompactRange): Hash {
  return (
    range.hashes.reduceRight<Hash | null>(
      (right, left) => (right === null ? left : nodeHash(left, right)),
      null,
    ) ?? emptyRoot
  );
}

/** The root over the given leaf hashes. */
export function rootOf(leaves: readonly Hash[]): Hash {
  return rootOfRange(leaves.reduce(appendLeaf, emptyRange));
}

/** The audit path of one leaf (section 2.1.1). `index` is below the number of leaves. */
export function inclusionProof(leaves: readonly Hash[], index: number): Hash[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) {
    throw new RangeError(`no leaf ${index} among ${leaves.length}`);
  }
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  const left = leaves.slice(0, split);
  const right = leaves.slice(split);
  return index < split
    ? [...inclusionProof(left, index), rootOf(right)]
    : [...inclusionProof(right, index - split), rootOf(left)];
}

/** Why the tree over all leaves continues the one over the first `size` of them (section 2.1.2). */
export function consistencyProof(leaves: readonly Hash[], size: number): Hash[] {
  if (!Number.isInteger(size) || size < 1 || size > leaves.length) {
    throw new RangeError(`no tree of ${size} among ${leaves.length} leaves`);
  }
  return subproof(leaves, size, true);
}

function subproof(leaves: readonly Hash[], size: number, isKnown: boolean): Hash[] {
  if (size === leaves.length) return isKnown ? [] : [rootOf(leaves)];
  const split = splitOf(leaves.length);
  const left = leaves.slice(0, split);
  const right = leaves.slice(split);
  return size <= split
    ? [...subproof(left, size, isKnown), rootOf(right)]
    : [...subproof(right, size - split, false), rootOf(left)];
}

/** Whether a leaf stands at `index` in the tree of `size` leaves with that root. Total: bad proofs are false. */
export function verifyInclusion(
  leaf: Hash,
  index: number,
  size: number,
  proof: readonly Hash[],
  root: Hash,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false;
  let position = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      hash = nodeHash(sibling, hash);
      // A last node without a sibling moves up unchanged.
      while (position % 2 === 0 && position !== 0) {
        position /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && hash.equals(root);
}

/** Whether the larger tree continues the smaller one (RFC 9162, section 2.1.4.2). Total: bad proofs are false. */
export function verifyConsistency(
  smaller: { size: number; root: Hash },
  larger: { size: number; root: Hash },
  proof: readonly Hash[],
): boolean {
  if (smaller.size < 1 || smaller.size > larger.size) return false;
  if (smaller.size === larger.size) return proof.length === 0 && smaller.root.equals(larger.root);
  // A smaller tree that is complete is itself the first node of the proof.
  const path = isPowerOfTwo(smaller.size) ? [smaller.root, ...proof] : [...proof];
  const first = path.shift();
  if (first === undefined) return false;
  let position = smaller.size - 1;
  let last = larger.size - 1;
  while (position % 2 === 1) {
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  let smallerHash = first;
  let largerHash = first;
  for (const sibling of path) {
    if (last === 0) return false;
    if (position % 2 === 1 || position === last) {
      smallerHash = nodeHash(sibling, smallerHash);
      largerHash = nodeHash(sibling, largerHash);
      while (position % 2 === 0 && position !== 0) {
        position /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      largerHash = nodeHash(largerHash, sibling);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && smallerHash.equals(smaller.root) && largerHash.equals(larger.root);
}

/** The largest power of two below `size`. */
function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

function isPowerOfTwo(size: number): boolean {
  return Number.isInteger(Math.log2(size));
}
