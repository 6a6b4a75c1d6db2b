import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FastFlip, Target } from './exposure.ts';
import { inputFailure } from './failure.ts';
import { encodeFailure } from './provider/failure-line.ts';

/**
 * `local`, or a module of the user's own that exports `target`, resolved in the release that is deployed. Fails with
 * `target-unreadable` or `target-invalid`.
 */
export async function loadTarget(name: string, directory: string): Promise<Target> {
  if (name === 'local') return (await import('./local/local-target.ts')).target;
  const path = resolve(directory, name);
  const module = await loadModule(name, path);
  const found: unknown =
    typeof module === 'object' && module !== null && 'target' in module ? module.target : undefined;
  if (isTarget(found)) {
    const { fast } = found;
    if (fast !== undefined && !isFastFlip(fast)) {
      throw inputFailure(
        'target-invalid',
        `the target ${name} has a \`fast\` without the functions \`flip(candidateBasisPoints, service, stateDirectory)\` and \`read(service, stateDirectory)\`; add them, or leave \`fast\` out`,
      );
    }
    return {
      program: (...given) => runInTime(name, () => found.program(...given)),
      ...(fast === undefined ? {} : { fast }),
      modulePath: path,
    };
  }
  throw inputFailure(
    'target-invalid',
    `the target ${name} must export \`target\` with a function \`program(exposure, service, stateDirectory)\``,
  );
}

/** Declaring resources is quick; what takes long is done by Pulumi afterwards. So is loading what declares them. */
const programDeadlineMs = 120_000;
const importDeadlineMs = 60_000;

async function loadModule(name: string, path: string): Promise<unknown> {
  const hangs = inputFailure(
    'target-hangs',
    `the target ${name} could not be loaded from ${path} within ${importDeadlineMs / 1000} s; let it wait for nothing at its top level`,
  );
  try {
    return await inTime(importDeadlineMs, hangs, () => import(pathToFileURL(path).href));
  } catch (error) {
    if (error === hangs) throw error;
    throw inputFailure(
      'target-unreadable',
      `the target ${name} cannot be loaded from ${path}: ${reasonOf(error)}`,
    );
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  // Who imported it is our own file, which helps nobody.
  const said = message.replace(/ imported from .*load-target\S*$/, '');
  return code === 'ERR_MODULE_NOT_FOUND' && said.includes('package')
    ? `${said}; install it beside the module (\`npm install\`)`
    : said;
}

/** Runs the program; a failure of ours as one word, which comes through the CLI whole. */
function runInTime<Value>(name: string, run: () => Promise<Value>): Promise<Value> {
  const message = `the program of the target ${name} did not end within ${programDeadlineMs / 1000} s; let it declare its resources and leave the waiting to them`;
  return inTime(programDeadlineMs, new Error(encodeFailure(inputFailure('target-hangs', message))), run);
}

/** Trust boundary: somebody's code, which must not keep a rollout waiting for ever. */
async function inTime<Value>(deadlineMs: number, tooLate: Error, run: () => Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(tooLate), deadlineMs);
  try {
    return await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}

function isFastFlip(value: unknown): value is FastFlip {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'flip' in value && typeof value.flip === 'function' && 'read' in value && typeof value.read === 'function'
  );
}

/** A module that has a program; what else it holds is looked at where it is used. */
function isTarget(value: unknown): value is Pick<Target, 'program'> & { fast?: unknown } {
  return (
    typeof value === 'object' && value !== null && 'program' in value && typeof value.program === 'function'
  );
}
