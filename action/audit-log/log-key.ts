import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  parseSigner,
  parseVerifier,
  signerOf,
  signerText,
  verifierText,
  type Signer,
  type Verifier,
} from '../../policies/audit/checkpoint.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { readFileIfPresent, writeFileAtomically } from '../deployer/state-directory.ts';

export function keyPath(directory: string): string {
  return join(directory, 'key');
}

export function publicKeyPath(directory: string): string {
  return join(directory, 'key.pub');
}

/** A key of its own for a new log: `key` (0600) and `key.pub`, in the text forms of Go's `sumdb/note`. */
export function createKey(directory: string): Signer {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const seed = randomBytes(32);
  const signer = signerOf(seed);
  writeFileAtomically(publicKeyPath(directory), `${verifierText(signer)}\n`);
  writeFileAtomically(keyPath(directory), `${signerText(signer.name, seed)}\n`);
  return signer;
}

/** Null when there is none. Fails when it is there and is no key. */
export function readSigner(directory: string): Signer | null {
  const text = readFileIfPresent(keyPath(directory));
  if (text === null) return null;
  const signer = parseSigner(text.trim());
  if (signer !== null) return signer;
  throw inputFailure(
    'audit-key-unreadable',
    `${keyPath(directory)} is not the key of an audit log; restore it from a backup`,
  );
}

/** Whose signatures count when a log is verified: the pinned key, or the one that lies beside the log. */
export function readVerifier(directory: string, pinned: string | undefined): Verifier {
  const text = pinned ?? readFileIfPresent(publicKeyPath(directory));
  const verifier = text === null ? null : parseVerifier(text);
  if (verifier !== null) return verifier;
  throw inputFailure(
    'audit-key-unreadable',
    pinned === undefined
      ? `${publicKeyPath(directory)} is missing or is not a public key; restore it, or pin the key with --key`
      : `${JSON.stringify(pinned)} is not a public key; give it as \`name+id+key\`, the text of the log's key.pub`,
  );
}
