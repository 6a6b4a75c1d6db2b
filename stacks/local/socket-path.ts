import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';

// Linux allows 107 bytes for the path of a Unix socket, macOS 103; HAProxy adds a suffix of its own while binding.
const maxSocketPathBytes = 80;

/** The path itself, or a short stand-in in a private temporary directory when a Unix socket could not have it. */
export function socketPath(path: string): string {
  if (Buffer.byteLength(path) <= maxSocketPathBytes) return path;
  const digest = createHash('sha256').update(path).digest('hex').slice(0, 24);
  const short = join(tmpdir(), `evenkeel-${userInfo().uid}`, `${digest}.sock`);
  mkdirSync(dirname(short), { recursive: true, mode: 0o700 });
  return short;
}
