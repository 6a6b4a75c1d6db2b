import assert from 'node:assert/strict';
import { Failure } from '../../stacks/failure.ts';

/** The failure that some work must end with. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return error;
  }
  return assert.fail('it succeeded');
}
