import { renameSync, writeFileSync } from 'node:fs';

/** Replaces a private file at once, so that nobody ever reads half of it. */
export function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}
