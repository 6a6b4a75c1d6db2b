import { randomBytes } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** The Automation API wants a root directory with `bin/pulumi` in it: a link to the CLI that was found. */
export function linkCli(home: string, pulumiPath: string): string {
  const root = join(home, 'cli');
  const link = join(root, 'bin', 'pulumi');
  mkdirSync(join(root, 'bin'), { recursive: true, mode: 0o700 });
  if (targetOf(link) === pulumiPath) return root;
  // Under another name first: several services may open their stacks at once.
  const staged = `${link}.${process.pid}.${randomBytes(4).toString('hex')}`;
  symlinkSync(pulumiPath, staged);
  renameSync(staged, link);
  return root;
}

function targetOf(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch {
    return null;
  }
}

/** The passphrase that protects the secrets in the local state: random, made once, readable by its owner only. */
export function passphraseOf(home: string): string {
  const file = join(home, 'passphrase');
  const staged = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    return readFileSync(file, 'utf8');
  } catch {
    writeFileSync(staged, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' });
  }
  try {
    // A link is made as a whole and never over an existing file: whoever comes second reads the first one's.
    linkSync(staged, file);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(staged, { force: true });
  }
  return readFileSync(file, 'utf8');
}
