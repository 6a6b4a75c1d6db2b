/**
 * A tree's head as others can check it: a C2SP tlog-checkpoint (origin, size, root) inside a signed note, signed with
 * Ed25519. Trust boundary: everything read here may have been written by somebody else. As the note specification asks,
 * lines by unknown signers are passed over, and a bad signature by the known one refuses the whole note.
 */
import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import type { Hash } from './merkle-tree.ts';

export interface Checkpoint {
  /** Names the log; the same in all of its checkpoints, and the name of its key. */
  origin: string;
  size: number;
  root: Hash;
}

/** Who signs: `name` is the log's origin, `keyId` the first four bytes of the digest over name and key. */
export interface Verifier {
  name: string;
  keyId: Buffer;
  publicKey: KeyObject;
}

export interface Signer extends Verifier {
  privateKey: KeyObject;
}

export type CheckpointRefusal =
  'checkpoint-unreadable' | 'signature-missing' | 'signer-unknown' | 'signature-invalid' | 'origin-wrong';

export type OpenedCheckpoint =
  | { outcome: 'verified'; checkpoint: Checkpoint }
  | { outcome: 'refused'; reasonCode: CheckpointRefusal; message: string };

const ed25519 = 1;
/** The 16 bytes before the seed in a PKCS #8 Ed25519 private key (RFC 8410). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A signer from a 32-byte seed. The origin is derived from the public key, unless a name is given. */
export function signerOf(seed: Buffer, name?: string): Signer {
  const privateKey = createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey(privateKey);
  const raw = rawKeyOf(publicKey);
  const origin = name ?? `evenkeel.local/${createHash('sha256').update(raw).digest('hex').slice(0, 16)}`;
  return { name: origin, keyId: keyIdOf(origin, raw), publicKey, privateKey };
}

/** The private key's text, as Go's `sumdb/note` writes it. */
export function signerText(name: string, seed: Buffer): string {
  const { keyId } = signerOf(seed, name);
  const data = Buffer.concat([Buffer.of(ed25519), seed]).toString('base64');
  return `PRIVATE+KEY+${name}+${keyId.toString('hex')}+${data}`;
}

/** Null when the text is not a private key, or was changed. */
export function parseSigner(text: string): Signer | null {
  const prefix = 'PRIVATE+KEY+';
  const parsed = text.startsWith(prefix) ? parseKeyText(text.slice(prefix.length)) : null;
  if (parsed === null) return null;
  const signer = signerOf(parsed.key, parsed.name);
  return signer.keyId.equals(parsed.keyId) ? signer : null;
}

/** The public key's text (`name+id+key`), which a reader pins. */
export function verifierText(verifier: Verifier): string {
  const data = Buffer.concat([Buffer.of(ed25519), rawKeyOf(verifier.publicKey)]).toString('base64');
  return `${verifier.name}+${verifier.keyId.toString('hex')}+${data}`;
}

/** Null when the text is not a public key, or was changed. */
export function parseVerifier(text: string): Verifier | null {
  const parsed = parseKeyText(text);
  if (parsed === null || !keyIdOf(parsed.name, parsed.key).equals(parsed.keyId)) return null;
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: parsed.key.toString('base64url') },
    format: 'jwk',
  });
  return { name: parsed.name, keyId: parsed.keyId, publicKey };
}

/** The signed note of one head. */
export function signCheckpoint(size: number, root: Hash, signer: Signer): string {
  const text = `${signer.name}\n${size}\n${root.toString('base64')}\n`;
  const signature = sign(null, Buffer.from(text), signer.privateKey);
  return `${text}\n— ${signer.name} ${Buffer.concat([signer.keyId, signature]).toString('base64')}\n`;
}

/** The head in a note, if the verifier's key has signed it and it is this log's. */
export function openCheckpoint(note: string, verifier: Verifier): OpenedCheckpoint {
  const parsed = parseNote(note);
  if (parsed === null) return refuse('checkpoint-unreadable', 'it is not a signed note with a checkpoint');
  const { text, checkpoint, signatures } = parsed;
  if (signatures.length === 0) return refuse('signature-missing', 'it carries no signature');
  if (checkpoint.origin !== verifier.name) {
    return refuse('origin-wrong', `it is of the log ${checkpoint.origin}, and this log is ${verifier.name}`);
  }
  const own = signatures.find(({ name, keyId }) => name === verifier.name && keyId.equals(verifier.keyId));
  if (own === undefined) {
    const names = signatures.map(({ name, keyId }) => `${name}+${keyId.toString('hex')}`);
    return refuse(
      'signer-unknown',
      `it is signed by ${names.join(', ')}, and not by ${verifier.name}+${verifier.keyId.toString('hex')}`,
    );
  }
  return verify(null, Buffer.from(text), verifier.publicKey, own.signature)
    ? { outcome: 'verified', checkpoint }
    : refuse('signature-invalid', 'its signature does not belong to its text');
}

interface NoteSignature {
  name: string;
  keyId: Buffer;
  signature: Buffer;
}

interface Note {
  text: string;
  checkpoint: Checkpoint;
  signatures: NoteSignature[];
}

const maxNoteCharacters = 1_000_000;

function parseNote(note: string): Note | null {
  const cut = note.lastIndexOf('\n\n');
  if (cut === -1 || !note.endsWith('\n') || note.length > maxNoteCharacters) return null;
  const text = note.slice(0, cut + 1);
  const checkpoint = parseCheckpoint(text);
  const signatures = note
    .slice(cut + 2)
    .split('\n')
    .slice(0, -1)
    .map(parseSignature);
  const known = signatures.filter((signature) => signature !== null);
  return checkpoint === null || known.length < signatures.length
    ? null
    : { text, checkpoint, signatures: known };
}

function parseCheckpoint(text: string): Checkpoint | null {
  const [origin, size, root, ...extensions] = text.slice(0, -1).split('\n');
  if (origin === undefined || origin === '' || size === undefined || root === undefined) return null;
  if (!/^(0|[1-9][0-9]{0,14})$/.test(size) || extensions.includes('')) return null;
  const hash = decodeBase64(root);
  return hash?.length === 32 ? { origin, size: Number(size), root: hash } : null;
}

function parseSignature(line: string): NoteSignature | null {
  const match = /^— ([^\s+]+) (\S+)$/.exec(line);
  const data = decodeBase64(match?.[2] ?? '');
  if (match?.[1] === undefined || data === null || data.length < 5) return null;
  return { name: match[1], keyId: data.subarray(0, 4), signature: data.subarray(4) };
}

function parseKeyText(text: string): { name: string; keyId: Buffer; key: Buffer } | null {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text.trim());
  const data = decodeBase64(match?.[3] ?? '');
  if (match?.[1] === undefined || match[2] === undefined || data?.length !== 33 || data[0] !== ed25519)
    return null;
  return { name: match[1], keyId: Buffer.from(match[2], 'hex'), key: data.subarray(1) };
}

/** Node takes almost anything for base64; only the one proper spelling is taken here. */
function decodeBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : null;
}

function keyIdOf(name: string, rawKey: Buffer): Buffer {
  return createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.of(ed25519))
    .update(rawKey)
    .digest()
    .subarray(0, 4);
}

function rawKeyOf(publicKey: KeyObject): Buffer {
  return Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
}

function refuse(reasonCode: CheckpointRefusal, message: string): OpenedCheckpoint {
  return { outcome: 'refused', reasonCode, message };
}
