import type { Protos } from './compare-protos.ts';

/**
 * What a change means at file, package, wire-json and wire: one letter each, b for breaking, u for unproven, c for
 * compatible. Then the rules that speak at the level `file`.
 */
export type ChangeRow = readonly [
  name: string,
  before: Protos,
  after: Protos,
  verdicts: string,
  rules?: readonly string[],
];

/** One message; a file of proto2, of proto3, of edition 2023. */
export const m = (body: string): string => `message M { ${body} }`;
export const p2 = (body: string): string => `syntax = "proto2"; package p; ${body}`;
export const p3 = (body: string): string => `syntax = "proto3"; package p; ${body}`;
export const e23 = (body: string): string => `edition = "2023"; package p; ${body}`;
