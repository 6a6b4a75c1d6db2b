import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  openCheckpoint,
  parseSigner,
  parseVerifier,
  signCheckpoint,
  signerOf,
  signerText,
  verifierText,
} from '../../../policies/audit/checkpoint.ts';
import { leafHash } from '../../../policies/audit/merkle-tree.ts';

const seed = Buffer.alloc(32, 7);
const signer = signerOf(seed);
const root = leafHash('entry');
const note = signCheckpoint(3, root, signer);

test('a checkpoint is a signed note: origin, size, root, and a line that signs them', () => {
  const [origin, size, hash, blank, signature, ...rest] = note.split('\n');
  assert.deepEqual([origin, size, hash], [signer.name, '3', root.toString('base64')]);
  assert.equal(blank, '');
  assert.match(signature ?? '', /^— evenkeel\.local\/[0-9a-f]{16} [A-Za-z0-9+/]{91}=$/);
  assert.deepEqual(rest, ['']);
});

test('it opens with the key that signed it, also next to signatures of witnesses', () => {
  const witness = signerOf(Buffer.alloc(32, 8), 'witness.example/w1');
  const cosignature = signCheckpoint(3, root, witness).split('\n').at(-2) ?? '';
  for (const text of [note, `${note}${cosignature}\n`]) {
    assert.deepEqual(openCheckpoint(text, signer), {
      outcome: 'verified',
      checkpoint: { origin: signer.name, size: 3, root },
    });
  }
});

test('it is refused, with the reason, when it is not what this log signed', () => {
  const other = signerOf(Buffer.alloc(32, 8), signer.name);
  const cases: [string, string][] = [
    ['signature-invalid', note.replace('\n3\n', '\n4\n')],
    ['signature-missing', note.slice(0, note.indexOf('—'))],
    ['signer-unknown', signCheckpoint(3, root, other)],
    ['origin-wrong', signCheckpoint(3, root, signerOf(seed, 'another.example/log'))],
    ['checkpoint-unreadable', note.replace('\n3\n', '\n03\n')],
    ['checkpoint-unreadable', note.replace('\n3\n', '\n-3\n')],
    ['checkpoint-unreadable', note.trimEnd()],
    ['checkpoint-unreadable', note.replace('— ', '- ')],
    ['checkpoint-unreadable', ''],
  ];
  for (const [reasonCode, text] of cases) {
    const opened = openCheckpoint(text, signer);
    assert.equal(opened.outcome === 'refused' ? opened.reasonCode : 'verified', reasonCode, text);
  }
});

test('keys are written as Go’s sumdb/note writes them', () => {
  // The key pair of that package's own documentation.
  const privateText = 'PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
  const publicText = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  const known = parseSigner(privateText);
  assert.ok(known !== null);
  assert.equal(verifierText(known), publicText);
  const verifier = parseVerifier(publicText);
  assert.equal(verifier === null ? null : verifierText(verifier), publicText);
});

test('a key whose text was changed is no key', () => {
  const text = signerText(signer.name, seed);
  const again = parseSigner(text);
  assert.equal(again?.name, signer.name);
  assert.equal(parseSigner(text.replace('evenkeel.local', 'evenkeel.other')), null);
  assert.equal(parseSigner(verifierText(signer)), null);
  assert.equal(parseVerifier(verifierText(signer).replace(/.{4}$/, 'AAAA')), null);
});
