import { ownCheckNames } from '../own-check.ts';
import { blockUnless, waitUnless, type Check, type Situation } from './situation.ts';

/**
 * Each named check of the head has succeeded, in every run of that name: one app's success does not hide another's
 * failure. Only `success` is one; a check that was skipped has looked at nothing.
 */
export function requireChecks({ policy, evidence }: Situation): Check[] {
  return (policy.checks ?? []).map((name): Check => {
    const title = `the check ${name} succeeded`;
    // It shows the answer to this very question, and a question does not wait for its own answer.
    if (name === ownCheckNames.approval)
      return waitUnless('check-missing', title, true, `${name} is this decision itself`);
    if (evidence.checks === undefined)
      return blockUnless(
        'check-unknown',
        title,
        false,
        `the check ${name} is required and could not be read`,
      );
    const runs = evidence.checks.filter((check) => check.name === name);
    const failed = runs.find(({ status, conclusion }) => status === 'completed' && conclusion !== 'success');
    if (failed !== undefined) {
      const { conclusion } = failed;
      const detail =
        conclusion === null
          ? `the check ${name} is completed without a conclusion`
          : `the check ${name} ended with ${conclusion}: have it succeed on the head`;
      return blockUnless(conclusion === null ? 'check-unknown' : 'check-failed', title, false, detail);
    }
    const waiting = runs.some(({ status }) => status !== 'completed');
    return waitUnless(
      'check-missing',
      title,
      runs.length > 0 && !waiting,
      waiting ? `the check ${name} is still running` : `the check ${name} has not run on the head`,
    );
  });
}
