import { inputFailure } from '../../../stacks/failure.ts';

/** Inputs of a workflow dispatch that make up a command; every other one is the workflow's own. */
const words = ['release', 'digest', 'service', 'environment'] as const;

/**
 * The command that a workflow dispatch asks for, as it would be typed: the same grammar reads it. `command` may be all of
 * it. A trust boundary: every other input is one word (a reason may be several), so that none brings an option along.
 */
export function dispatchText(inputs: Readonly<Record<string, string>>): string {
  for (const name of words) {
    if (/\s|^--/.test(inputs[name]?.trim() ?? '')) {
      throw inputFailure(
        'input-invalid',
        `the input \`${name}\` of this dispatch is not one word; write it without blanks and without leading dashes`,
      );
    }
  }
  const [release, digest, service, environment] = words.map((name) => {
    const value = inputs[name]?.trim();
    return value === '' ? undefined : value;
  });
  const reason = inputs['reason']?.trim();
  return [
    inputs['command']?.trim() ?? '',
    ...(release === undefined ? [] : ['to', release]),
    ...(digest === undefined ? [] : [digest]),
    ...(service === undefined ? [] : ['--service', service]),
    ...(environment === undefined ? [] : ['--environment', environment]),
    ...(reason === undefined || reason === '' ? [] : [reason]),
  ].join(' ');
}
