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
  let module: unknown;
  try {
    module = await import(pathToFileURL(path).href);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw inputFailure('target-unreadable', `the target ${name} cannot be loaded from ${path}: ${reason}`);
  }
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
      program: (...given) => inTime(name, () => found.program(...given)),
      ...(fast === undefined ? {} : { fast }),
      modulePath: path,
    };
  }
  throw inputFailure(
    'target-invalid',
    `the target ${name} must export \`target\` with a function \`program(exposure, service, stateDirectory)\``,
  );
}

/** Declaring resources is quick; what takes long is done by Pulumi afterwards. */
const programDeadlineMs = 120_000;

/** Trust boundary: somebody's program, which must not keep a rollout waiting for ever. */
async function inTime<Value>(name: string, run: () => Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const message = `the program of the target ${name} did not end within ${programDeadlineMs / 1000} s; let it declare its resources and leave the waiting to them`;
    // As one word, which comes through the CLI whole.
    reject(new Error(encodeFailure(inputFailure('target-hangs', message))));
  }, programDeadlineMs);
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
