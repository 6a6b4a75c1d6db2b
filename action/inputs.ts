/**
 * Every input and output of action.yml. A contract test compares the two in both directions, so that an input which
 * is read and not declared (GitHub would never pass it) or declared and never read cannot be shipped.
 */
export const inputNames = [
  'command',
  'token',
  'service',
  'environment',
  'base',
  'head',
  'evidence',
  'detach',
  'for',
] as const;
export const outputNames = ['decision', 'reason-code', 'result'] as const;

export type InputName = (typeof inputNames)[number];
export type OutputName = (typeof outputNames)[number];

/** The inputs of one run. An input that is absent or blank is undefined. */
export type Inputs = Readonly<Partial<Record<InputName, string>>>;

/** Reads every input through `getInput` of @actions/core. */
export function readInputs(getInput: (name: InputName) => string): Inputs {
  const inputs: Partial<Record<InputName, string>> = {};
  for (const name of inputNames) {
    const value = getInput(name).trim();
    if (value !== '') inputs[name] = value;
  }
  return inputs;
}
