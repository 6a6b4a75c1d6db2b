import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { policyPaths } from '../../analyzers/claim.ts';
import { describeProblem, loadPolicy } from '../../policies/policy-file/load-policy.ts';
import { effectFailure, inputFailure } from '../../stacks/failure.ts';
import { guessPolicy } from '../repository/guess-policy.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import { advanceWorkflow } from '../workflows/advance-workflow.ts';
import { approvalWorkflow } from '../workflows/approval-workflow.ts';
import { checkWorkflow } from '../workflows/check-workflow.ts';
import { deployWorkflow } from '../workflows/deploy-workflow.ts';
import type { Command } from './command.ts';

export const initCommand: Command = {
  name: 'init',
  summary: 'write evenkeel.yml and the workflows for this repository',
  usage: 'evenkeel init [--directory DIR] [--pin COMMIT] [--force]',
  example: 'evenkeel init',
  options: { directory: { type: 'string' }, pin: { type: 'string' }, force: { type: 'boolean' } },
  optionHelp: {
    pin: 'the commit of the Evenkeel release that the workflows use (default: the tag of this version)',
    directory: 'the repository (default: where you are)',
    force: 'replace files that are there already',
  },
  run({ values }, context) {
    const { directory } = values;
    const repository = repositoryRoot(
      typeof directory === 'string' ? resolve(context.workingDirectory, directory) : context.workingDirectory,
    );
    const files = filesFor(repository, commitToPin(values['pin']));
    // A second policy file would silently take the place of the first.
    const existing = [...new Set([...Object.keys(files), ...policyPaths])].filter((path) =>
      existsSync(join(repository, path)),
    );
    const inTheWay = values['force'] === true ? existing.filter((path) => !(path in files)) : existing;
    if (inTheWay.length > 0) {
      const isOtherPolicy = values['force'] === true;
      throw inputFailure(
        'file-exists',
        isOtherPolicy
          ? `${inTheWay.join(', ')} is a policy file already, and evenkeel.yml would take its place; nothing was written (move or delete it first)`
          : `${inTheWay.join(', ')} is there already; nothing was written (--force replaces it)`,
      );
    }
    for (const [path, text] of Object.entries(files)) write(repository, path, text);
    const written = [...Object.keys(files), ...(ignoreState(repository) ? ['.gitignore'] : [])];
    return Promise.resolve({
      exitCode: 0,
      decision: 'done',
      reasonCode: 'written',
      result: { files: written },
      text: [
        ...written.map((path) => `wrote ${path}`),
        '',
        'Next: read evenkeel.yml, correct what was guessed, and open a pull request with it.',
        'Until it has landed, `evenkeel check` reports, and blocks nothing but errors in evenkeel.yml.',
        'Then have a branch rule require the checks `evenkeel check`, `Evenkeel / check` and `Evenkeel / approval`.',
        'Deployments and commands in comments run on a runner of yours (`self-hosted`), where the state of rollouts is; without one, remove evenkeel-deploy.yml, evenkeel-advance.yml and the job `commands` of evenkeel-approval.yml.',
      ].join('\n'),
    });
  },
};

/** Null: none was given. A short hash could come to mean another commit. */
function commitToPin(value: unknown): string | null {
  if (value === undefined) return null;
  if (typeof value === 'string' && /^[0-9a-f]{40}$/.test(value)) return value;
  throw inputFailure(
    'pin-invalid',
    '--pin is not a full commit hash; give the 40 characters of the commit of an Evenkeel release',
  );
}

function filesFor(repository: string, commit: string | null): Record<string, string> {
  const policy = guessPolicy(repository);
  const loaded = loadPolicy(policy, 'evenkeel.yml');
  if (!loaded.ok)
    throw new Error(
      `init wrote a policy that does not load: ${loaded.problems.map(describeProblem).join('; ')}`,
    );
  return {
    'evenkeel.yml': policy,
    '.github/workflows/evenkeel-check.yml': checkWorkflow(commit),
    '.github/workflows/evenkeel-approval.yml': approvalWorkflow(commit),
    '.github/workflows/evenkeel-deploy.yml': deployWorkflow(defaultBranch(repository), commit),
    '.github/workflows/evenkeel-advance.yml': advanceWorkflow(commit),
  };
}

function write(repository: string, path: string, text: string): void {
  const target = join(repository, path);
  try {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw effectFailure('file-not-written', `${target} cannot be written (${code}); make room for it`, true);
  }
}

function ignoreState(repository: string): boolean {
  const path = join(repository, '.gitignore');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const isIgnored = text.split(/\r?\n/).some((line) => /^\/?\.evenkeel\/?$/.test(line.trim()));
  if (isIgnored) return false;
  write(repository, '.gitignore', `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}.evenkeel/\n`);
  return true;
}

/** What a push has to be to for a deployment: what the remote calls its default, else the branch that is checked out. */
function defaultBranch(repository: string): string {
  for (const args of [
    ['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD'],
    ['symbolic-ref', '--quiet', '--short', 'HEAD'],
  ]) {
    try {
      const printed = execFileSync('git', args, { cwd: repository, encoding: 'utf8', stdio: 'pipe' });
      return printed.trim().replace(/^origin\//, '');
    } catch {
      // There is no such reference; the next one may be there.
    }
  }
  return 'main';
}
