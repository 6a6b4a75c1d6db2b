import { spawn } from 'node:child_process';
import type { Content } from '../../analyzers/change.ts';

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

export function openObjectReader(repository: string): ObjectReader {
  const git = spawn('git', ['cat-file', '--batch'], { cwd: repository, stdio: ['pipe', 'pipe', 'ignore'] });
  const waiting: Waiting[] = [];
  let received: Buffer[] = [];
  let receivedBytes = 0;
  let neededBytes = 0;

  git.stdout.on('data', (chunk: Buffer) => {
    received.push(chunk);
    receivedBytes += chunk.length;
    // Joining chunks only when a whole object can be there keeps a large one from being copied again and again.
    if (receivedBytes >= neededBytes) parse();
  });
  git.once('error', fail);
  git.once('close', () => fail(new Error('git cat-file ended')));

  function parse(): void {
    let rest = received.length === 1 ? (received[0] ?? Buffer.alloc(0)) : Buffer.concat(received);
    for (;;) {
      const end = rest.indexOf(0x0a);
      if (end === -1) break;
      const [, type, size] = rest.toString('latin1', 0, end).split(' ');
      if (type === 'missing' || size === undefined) {
        waiting.shift()?.reject(new Error(`git has no object ${rest.toString('latin1', 0, end)}`));
        rest = rest.subarray(end + 1);
        continue;
      }
      const bytes = Number(size);
      const total = end + 1 + bytes + 1;
      neededBytes = total;
      if (rest.length < total) break;
      waiting.shift()?.resolve(contentOf(rest.subarray(end + 1, end + 1 + bytes)));
      rest = rest.subarray(total);
      neededBytes = 0;
    }
    received = [rest];
    receivedBytes = rest.length;
  }

  function fail(error: Error): void {
    for (const waiter of waiting.splice(0)) waiter.reject(error);
  }

  return {
    read(digests) {
      if (digests.length === 0) return Promise.resolve([]);
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

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function contentOf(bytes: Buffer): Content {
  if (bytes.length > textLimitBytes)
    return { form: 'over-long', bytes: bytes.length, limitBytes: textLimitBytes };
  // Git's own test for a binary file: a NUL among the first 8,000 bytes.
  if (bytes.subarray(0, 8000).includes(0)) return { form: 'binary', bytes: bytes.length };
  try {
    return { form: 'text', text: decoder.decode(bytes) };
  } catch {
    return { form: 'undecodable', bytes: bytes.length, reason: 'it is not valid UTF-8' };
  }
}
