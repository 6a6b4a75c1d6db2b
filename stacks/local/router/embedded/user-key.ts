/**
 * Who a request is of, from its raw header lines. Both routers must answer the same for every byte that a client may
 * send, since otherwise a change of router would move users: the last header of a name counts, the first cookie, a
 * header's bytes are taken as they are, and an empty value is none.
 */
import { crc32 } from 'node:zlib';
import type { UserKey } from '../router.ts';

export const ownCookie = 'evenkeel_uid';

/** The user's key, or null for somebody new. `rawHeaders` are names and values in turn, as Node reads them. */
export function userOf(rawHeaders: readonly string[], key: UserKey): string | null {
  const chosen = 'header' in key ? lastHeader(rawHeaders, key.header) : cookieIn(rawHeaders, key.cookie);
  return chosen ?? cookieIn(rawHeaders, ownCookie);
}

/** 0 to 9999. Node reads header bytes as Latin-1, so that is how they become bytes again. */
export function bucketOf(user: string): number {
  return crc32(Buffer.from(user, 'latin1')) % 10_000;
}

function lastHeader(rawHeaders: readonly string[], name: string): string | null {
  const wanted = name.toLowerCase();
  let found: string | null = null;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index] ?? '';
    if (candidate.length === wanted.length && candidate.toLowerCase() === wanted)
      found = rawHeaders[index + 1] ?? '';
  }
  return found === '' ? null : found;
}

function cookieIn(rawHeaders: readonly string[], name: string): string | null {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index] ?? '';
    if (header.length !== 6 || header.toLowerCase() !== 'cookie') continue;
    for (const pair of (rawHeaders[index + 1] ?? '').split(';')) {
      const equals = pair.indexOf('=');
      if (equals === -1 || pair.slice(0, equals).trim() !== name) continue;
      const value = pair.slice(equals + 1).trim();
      if (value !== '') return value;
    }
  }
  return null;
}
