import type { ProtoOption, Syntax } from './proto-file.ts';

/**
 * What a declaration means once edition, syntax and overrides are taken together
 * (https://protobuf.dev/editions/features/). proto2 and proto3 are the editions before 2023.
 */
export interface Features {
  presence: string;
  enumType: string;
  repeatedEncoding: string;
  utf8Validation: string;
  messageEncoding: string;
  jsonFormat: string;
}

const edition: Features = {
  presence: 'EXPLICIT',
  enumType: 'OPEN',
  repeatedEncoding: 'PACKED',
  utf8Validation: 'VERIFY',
  messageEncoding: 'LENGTH_PREFIXED',
  jsonFormat: 'ALLOW',
};
const defaults: Readonly<Record<Syntax, Features>> = {
  proto2: {
    presence: 'EXPLICIT',
    enumType: 'CLOSED',
    repeatedEncoding: 'EXPANDED',
    utf8Validation: 'NONE',
    messageEncoding: 'LENGTH_PREFIXED',
    jsonFormat: 'LEGACY_BEST_EFFORT',
  },
  proto3: { ...edition, presence: 'IMPLICIT' },
  '2023': edition,
  '2024': edition,
};
const optionNames: readonly (readonly [keyof Features, string])[] = [
  ['presence', 'features.field_presence'],
  ['enumType', 'features.enum_type'],
  ['repeatedEncoding', 'features.repeated_field_encoding'],
  ['utf8Validation', 'features.utf8_validation'],
  ['messageEncoding', 'features.message_encoding'],
  ['jsonFormat', 'features.json_format'],
];

export function defaultFeatures(syntax: Syntax): Features {
  return defaults[syntax];
}

/** The features inside a declaration; the same object where it overrides nothing. */
export function featuresWithin(outer: Features, options: readonly ProtoOption[]): Features {
  if (!options.some(({ name }) => name.startsWith('features.'))) return outer;
  const own = { ...outer };
  for (const [feature, name] of optionNames) {
    own[feature] = options.findLast((option) => option.name === name)?.value ?? own[feature];
  }
  return own;
}
