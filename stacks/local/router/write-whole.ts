import { closeSync, openSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { isDiskFull } from '../../disk-full.ts';

/**
 * Replaces a private file at once, so that nobody ever reads half of it. On a full disk the space that the file has must
 * do: shares that are live have to be found again by a router that is restarted, above all when users were just taken off.
 */
export function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: 0o600 });
  } catch (error) {
    rmSync(temporary, { force: true });
    if (!isDiskFull(error) || !overwrite(path, text)) throw error;
    return;
  }
  renameSync(temporary, path);
}

/** In one write, filled up with empty lines, which mean nothing to JSON and to maps; false when it does not fit. */
function overwrite(path: string, text: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  const bytes = Buffer.from(text);
  if (stats === undefined || bytes.length > stats.blocks * 512) return false;
  const filled = Buffer.concat([bytes, Buffer.alloc(Math.max(0, stats.size - bytes.length), '\n')]);
  const file = openSync(path, 'r+');
  try {
    return writeSync(file, filled, 0, filled.length, 0) === filled.length;
  } finally {
    closeSync(file);
  }
}
