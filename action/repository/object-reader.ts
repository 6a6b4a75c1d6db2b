import { spawn } from 'node:child_process';
import type { Content } from '../../analyzers/change.ts';
import { decodeContent } from '../../analyzers/decode-content.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { decodePath } from './path-name.ts';

/** Files longer than this are not read as text: nobody reviews them, and no rule should spend its time on them. */
export const textLimitBytes = 10 * 1024 * 1024;

/** Reads git objects through one `git cat-file --batch`, however many there are. */
export interface ObjectReader {
  /** The content behind each object id, in order. Asking for many at once is what makes it fast. */
  read(digests: readonly string[]): Promise<Content[]>;
  /** The entries of a directory by name, read by its object id or that of a commit; names are UTF-8 or left out. */
  readTree(digest: string): Promise<ReadonlyMap<string, TreeEntry>>;
  close(): void;
}

export interface TreeEntry {
  mode: string;
  digest: string;
}

/** One object as git gives it; `bytes` is undefined where it is longer than the limit for text. */
interface GitObject {
  type: string;
  size: number;
  bytes: Buffer | undefined;
}

interface Waiting {
  resolve(object: GitObject): void;
  reject(error: Error): void;
}

/** Starts git; it ends with `close`. Reading fails with one sentence when an object is missing or git ends early. */
export function openObjectReader(repository: string): ObjectReader {
  const git = spawn('git', ['--no-replace-objects', 'cat-file', '--batch'], {
    cwd: repository,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const waiting: Waiting[] = [];
  let received: Buffer[] = [];
  let receivedBytes = 0;
  let neededBytes = 0;
  /** Bytes of an over-long object, and the newline after it, that go by without being kept. */
  let skippedBytes = 0;
  let failure: Error | null = null;

  git.stdout.on('data', (chunk: Buffer) => {
    const rest = chunk.subarray(Math.min(skippedBytes, chunk.length));
    skippedBytes -= chunk.length - rest.length;
    received.push(rest);
    receivedBytes += rest.length;
    // Joining chunks only when a whole object can be there keeps a large one from being copied again and again.
    if (receivedBytes >= neededBytes) parse();
  });
  git.once('error', fail);
  git.once('close', () => fail(unreadable('git ended before it had read everything')));
  // What could not be written is said by `close`, which follows.
  git.stdin.on('error', () => undefined);

  function parse(): void {
    let rest = received.length === 1 ? (received[0] ?? Buffer.alloc(0)) : Buffer.concat(received);
    for (;;) {
      neededBytes = 0;
      const end = rest.indexOf(0x0a);
      if (end === -1) break;
      const header = rest.toString('latin1', 0, end);
      const [, type, size] = header.split(' ');
      if (type === 'missing' || size === undefined) {
        waiting.shift()?.reject(unreadable(`git has no object ${header.split(' ')[0] ?? ''} here`));
        rest = rest.subarray(end + 1);
        continue;
      }
      const bytes = Number(size);
      const total = end + 1 + bytes + 1;
      if (bytes > textLimitBytes && type !== 'tree') {
        waiting.shift()?.resolve({ type: type ?? '', size: bytes, bytes: undefined });
        skippedBytes = Math.max(0, total - rest.length);
        rest = rest.subarray(Math.min(total, rest.length));
        continue;
      }
      neededBytes = total;
      if (rest.length < total) break;
      const own = rest.subarray(end + 1, end + 1 + bytes);
      waiting.shift()?.resolve({ type: type ?? '', size: bytes, bytes: own });
      rest = rest.subarray(total);
    }
    received = [rest];
    receivedBytes = rest.length;
  }

  function fail(error: Error): void {
    failure ??= error;
    for (const waiter of waiting.splice(0)) waiter.reject(failure);
  }

  function ask<Read>(names: readonly string[], toRead: (object: GitObject) => Read): Promise<Read[]> {
    if (names.length === 0) return Promise.resolve([]);
    if (failure !== null) return Promise.reject(failure);
    // Turned into what is wanted at once, so that the bytes of a thousand objects are not all kept.
    const answers = names.map(
      () =>
        new Promise<Read>((resolve, reject) =>
          waiting.push({ resolve: (object) => resolve(toRead(object)), reject }),
        ),
    );
    git.stdin.write(`${names.join('\n')}\n`);
    return Promise.all(answers);
  }

  return {
    read: (digests) => ask(digests, contentOf),
    async readTree(digest) {
      if (!/^[0-9a-f]{40,64}$/.test(digest)) throw new Error('a tree is read by its object id');
      const [entries] = await ask([`${digest}^{tree}`], ({ bytes }) =>
        entriesOf(bytes ?? Buffer.alloc(0), digest.length / 2),
      );
      return entries ?? new Map<string, TreeEntry>();
    },
    close() {
      git.stdin.end();
      git.kill();
    },
  };
}

function unreadable(what: string): Error {
  const cure = 'fetch the rest of the repository (`git fetch`), or run `git fsck`';
  return effectFailure('object-missing', `${what}; ${cure}`, true);
}

function contentOf({ size, bytes }: GitObject): Content {
  return bytes === undefined
    ? { form: 'over-long', bytes: size, limitBytes: textLimitBytes }
    : decodeContent(bytes);
}

// `mode SP name NUL digest`, over and over; a digest has as many bytes as the repository's hash gives.
function entriesOf(bytes: Buffer, digestBytes: number): ReadonlyMap<string, TreeEntry> {
  const entries = new Map<string, TreeEntry>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, space);
    if (space === -1 || end === -1) break;
    const mode = bytes.toString('latin1', at, space).padStart(6, '0');
    const { path, isText } = decodePath(bytes.subarray(space + 1, end));
    at = end + 1 + digestBytes;
    if (isText) entries.set(path, { mode, digest: bytes.toString('hex', end + 1, at) });
  }
  return entries;
}
