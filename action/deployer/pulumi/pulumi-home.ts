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
import { recordsVariable } from '../../../stacks/provider/process-record.ts';
import { readFileIfPresent } from '../state-directory.ts';

/**
 * The Automation API wants a root directory with `bin/pulumi` in it. Ours is a script that puts itself on record and then
 * becomes the CLI that was found: a tool that is killed the moment after it started a CLI would not have come to it.
 */
export function linkCli(home: string, pulumiPath: string): string {
  const root = join(home, 'cli');
  mkdirSync(join(root, 'bin'), { recursive: true, mode: 0o700 });
  const link = join(root, 'pulumi');
  // Under another name first: several services may open their stacks at once.
  if (targetOf(link) !== pulumiPath) putInPlace(link, (staged) => symlinkSync(pulumiPath, staged));
  const script = join(root, 'bin', 'pulumi');
  if (readFileIfPresent(script) !== launcher)
    putInPlace(script, (staged) => writeFileSync(staged, launcher, { mode: 0o700 }));
  return root;
}

// The record's lines are the machine and the process's start; see stacks/provider/process-record.ts.
const launcher = `#!/bin/sh
start_of() { shift 19; start=$1; }
if [ -n "$${recordsVariable}" ]; then
  start=
  if [ -r "/proc/$$/stat" ]; then
    read -r line < "/proc/$$/stat"
    start_of \${line##*) }
  else
    start=$(ps -o lstart= -p $$)
  fi
  printf '%s\\n%s\\n' "$EVENKEEL_MACHINE" "$start" > "$${recordsVariable}/cli-$$"
fi
exec "\${0%/*}/../pulumi" "$@"
`;

function putInPlace(path: string, make: (staged: string) => void): void {
  const staged = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  make(staged);
  renameSync(staged, path);
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
