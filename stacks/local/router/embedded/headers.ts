/**
 * Headers on their way through. A trust boundary: what a client sends under our own names is dropped, so that nobody
 * outside can pin himself or pose as the router, and nothing that belongs to one hop goes on to the next.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { ownCookie } from './user-key.ts';

const ownPrefix = 'x-evenkeel-';
export const pinHeader = 'x-evenkeel-pin';
export const releaseHeader = 'x-evenkeel-release';

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'http2-settings',
  'expect',
]);

/** What the router itself has to know of a request, and the headers it passes on (names and values in turn). */
export interface ReadHeaders {
  forwarded: string[];
  pin: string | null;
  hasKey: boolean;
  isChunked: boolean;
  contentLength: number;
}

export function readHeaders(rawHeaders: readonly string[], remoteAddress: string): ReadHeaders {
  const read: ReadHeaders = { forwarded: [], pin: null, hasKey: false, isChunked: false, contentLength: 0 };
  let named: Set<string> | null = null;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    const lower = name.toLowerCase();
    if (lower === 'connection') named = namedIn(value, named);
    else if (lower === 'transfer-encoding') read.isChunked = true;
    else if (lower === pinHeader) read.pin = value;
    if (hopByHop.has(lower) || lower.startsWith(ownPrefix)) continue;
    if (lower === 'content-length') read.contentLength = Number(value);
    else if (lower === 'idempotency-key') read.hasKey ||= value !== '';
    read.forwarded.push(name, value);
  }
  if (named !== null) {
    read.forwarded = without(read.forwarded, named);
    // A key that stays here protects nobody from a second time.
    if (named.has('idempotency-key')) read.hasKey = false;
  }
  read.forwarded.push('x-forwarded-for', remoteAddress);
  return read;
}

/** An answer's headers as Node writes them. */
export function answerHeaders(
  received: IncomingHttpHeaders,
  release: string,
  newUser: string | null,
): string[] {
  const headers: string[] = [];
  for (const name in received) {
    const value = received[name];
    if (value === undefined || hopByHop.has(name) || name === releaseHeader) continue;
    if (typeof value === 'string') headers.push(name, value);
    else for (const one of value) headers.push(name, one);
  }
  headers.push(releaseHeader, release);
  if (newUser !== null) headers.push('set-cookie', cookieOf(newUser));
  return headers;
}

export function cookieOf(user: string): string {
  return `${ownCookie}=${user}; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax`;
}

/** A client may name further headers of its own hop; `keep-alive` and `close` are the usual ones and no headers. */
function namedIn(value: string, before: Set<string> | null): Set<string> | null {
  if (value === 'keep-alive' || value === 'close') return before;
  const names = value.split(',').map((name) => name.trim().toLowerCase());
  // What the message is made of is nobody's to take away.
  return new Set([
    ...(before ?? []),
    ...names.filter((name) => name !== 'content-length' && name !== 'host'),
  ]);
}

function without(headers: readonly string[], names: ReadonlySet<string>): string[] {
  const left: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] ?? '';
    if (!names.has(name.toLowerCase())) left.push(name, headers[index + 1] ?? '');
  }
  return left;
}
