import { spawn } from 'node:child_process';
import type { Content } from '../../analyzers/change.ts';
import { decodeContent } from '../../analyzers/decode-content.ts';
import { effectFailure } from '../../stacks/failure.ts';

/** Files longer than this are not read as text: nobody reviews them, and no rule should spend its time on them. */
export const textLimitBytes = 10 * 1024 * 1024;

/** Reads git objects through one `git cat-file --batch`, however many there are. */
export interface ObjectReader {
  /** The content behind each object id, in order. Asking for many at once is what makes it fast. */
  read(digests: readonly string[]): Promise<Content[]>;
  close(): void;
}

interface Waiting {
  resolve(content: Content): void;
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
      if (bytes > textLimitBytes) {
        waiting.shift()?.resolve({ form: 'over-long', bytes, limitBytes: textLimitBytes });
        skippedBytes = Math.max(0, total - rest.length);
        rest = rest.subarray(Math.min(total, rest.length));
        continue;
      }
      neededBytes = total;
      if (rest.length < total) break;
      waiting.shift()?.resolve(decodeContent(rest.subarray(end + 1, end + 1 + bytes)));
      rest = rest.subarray(total);
    }
    received = [rest];
    receivedBytes = rest.length;
  }

  function fail(error: Error): void {
    failure ??= error;
    for (const waiter of waiting.splice(0)) waiter.reject(failure);
  }

  return {
    read(digests) {
      if (digests.length === 0) return Promise.resolve([]);
      if (failure !== null) return Promise.reject(failure);
      const contents = digests.map(
        () => new Promise<Content>((resolve, reject) => waiting.push({ resolve, reject })),
      );
      git.stdin.write(`${digests.join('\n')}\n`);
      return Promise.all(contents);
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
