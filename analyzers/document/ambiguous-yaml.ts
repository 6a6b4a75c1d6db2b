/**
 * Plain scalars that mean one thing to readers of YAML 1.1 (PyYAML, Ruby's Psych, Go's yaml.v2) and another to those of
 * YAML 1.2's core schema. `y` and `n` are left out, because the readers of 1.1 that are in use take them for text, and
 * so are dates, because both readings name the same day.
 */
const readings: readonly { pattern: RegExp; message: string }[] = [
  {
    pattern: /^(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/,
    message: 'is a boolean in YAML 1.1 and text in YAML 1.2',
  },
  { pattern: /^[-+]?0[0-7_]+$/, message: 'is octal in YAML 1.1 and decimal in YAML 1.2' },
  { pattern: /^[-+]?0[0-9]*[89][0-9]*$/, message: 'is text in YAML 1.1 and a number in YAML 1.2' },
  { pattern: /^0o[0-7]+$/, message: 'is text in YAML 1.1 and octal in YAML 1.2' },
  {
    pattern: /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9]){1,20}(?:\.[0-9_]*)?$/,
    message: 'counts in sixties in YAML 1.1 and is text in YAML 1.2',
  },
  { pattern: /^[-+]?0b[01_]+$/, message: 'is a binary number in YAML 1.1 and text in YAML 1.2' },
  { pattern: /^[-+]?[1-9][0-9]*(?:_[0-9]+)+$/, message: 'is a number in YAML 1.1 and text in YAML 1.2' },
  { pattern: /^[-+]0x[0-9a-fA-F]+$/, message: 'is a number in YAML 1.1 and text in YAML 1.2' },
  {
    pattern: /^[-+]?[0-9]+(?:[eE][-+]?[0-9]+|\.[0-9]*[eE][0-9]+)$/,
    message: 'is text in YAML 1.1 and a number in YAML 1.2',
  },
];

/** What is ambiguous about a plain scalar as written, or undefined. */
export function ambiguityOfPlainScalar(written: string): string | undefined {
  // Longer ones are text to everybody, or a number that is looked at elsewhere.
  if (written.length > 40) return undefined;
  return readings.find(({ pattern }) => pattern.test(written))?.message;
}
