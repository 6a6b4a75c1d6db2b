import { execFile } from 'node:child_process';

/**
 * What git prints, byte for byte, or null when it fails; callers say what that means. No shell reads the arguments, a
 * path is never taken for a pattern, and objects are the real ones, whatever `git replace` says.
 */
export function runGit(
  repository: string,
  args: readonly string[],
  input: string | Buffer = '',
): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const child = execFile(
      'git',
      ['--no-replace-objects', '--literal-pathspecs', ...args],
      { cwd: repository, encoding: 'buffer', maxBuffer: 1 << 30 },
      (error, stdout) => resolve(error === null ? stdout : null),
    );
    // Git may have ended before it read anything; its exit code says what is to be said.
    child.stdin?.on('error', () => undefined).end(input);
  });
}

/** As `runGit`, for what is text without surprises: object ids, branch names. */
export async function readGit(repository: string, args: readonly string[]): Promise<string | null> {
  const printed = await runGit(repository, args);
  return printed === null ? null : printed.toString('utf8').trim();
}
