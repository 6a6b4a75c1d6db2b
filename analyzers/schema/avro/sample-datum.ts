import { nameOf, targetOf, type AvroType, type PrimitiveName, type ResolvedType } from './avro-type.ts';
import type { Step } from './resolve-schemas.ts';

/** Values that one datum may hold; hostile schemas have no smallest one that fits into memory. */
const maxValues = 20_000;
const maxRoute = 200;

// Values that only the larger types hold, so that a witness shows what a smaller one loses.
const samples: Readonly<Record<PrimitiveName, unknown>> = {
  null: null,
  boolean: true,
  int: 1,
  long: 2147483648,
  float: 0.5,
  double: 1e300,
  bytes: '\u0001',
  string: 'x',
};

/**
 * A datum in Avro's JSON encoding (unions as `{ "type": value }`, bytes as characters) that the schema can write and
 * that has what the route leads to; `leaf`, where given, is the value at its end. Everything off the route is as small
 * as can be. Undefined when there is none, or none of a reasonable size.
 */
export function sampleDatum(
  root: AvroType,
  route: readonly Step[],
  leaf?: string,
): { datum: unknown } | undefined {
  if (route.length > maxRoute) return undefined;
  const sampling = { values: maxValues, open: new Set<ResolvedType>() };
  const datum = sampleAlong(root, route, 0, leaf, sampling);
  return datum === undefined ? undefined : { datum };
}

interface Sampling {
  values: number;
  /** Records that are being made: one within itself has no end. */
  open: Set<ResolvedType>;
}

function sampleAlong(
  type: AvroType,
  route: readonly Step[],
  at: number,
  leaf: string | undefined,
  sampling: Sampling,
): unknown {
  const target = targetOf(type);
  const step = route[at];
  if (step === undefined) return leaf ?? sampleOf(target, sampling);
  const inner = (part: AvroType) => sampleAlong(part, route, at + 1, leaf, sampling);
  if (target.kind === 'array' && step === 'items') {
    const item = inner(target.items);
    return item === undefined ? undefined : [item];
  }
  if (target.kind === 'map' && step === 'values') {
    const value = inner(target.values);
    return value === undefined ? undefined : { key: value };
  }
  if (typeof step !== 'object') return undefined;
  if (target.kind === 'union' && 'branch' in step) {
    const branch = target.branches[step.branch];
    return branch === undefined ? undefined : inBranch(branch, inner(branch));
  }
  if (target.kind !== 'record' || !('field' in step)) return undefined;
  const members: [string, unknown][] = [];
  for (const field of target.fields) {
    const value = field.name === step.field ? inner(field.type) : sampleOf(targetOf(field.type), sampling);
    if (value === undefined) return undefined;
    members.push([field.name, value]);
  }
  return Object.fromEntries(members);
}

function inBranch(branch: AvroType, value: unknown): unknown {
  if (value === undefined || value === null) return value;
  return { [nameOf(branch)]: value };
}

function sampleOf(type: ResolvedType, sampling: Sampling): unknown {
  if (sampling.values-- <= 0) return undefined;
  switch (type.kind) {
    case 'primitive':
      return samples[type.name];
    case 'array':
      return [];
    case 'map':
      return {};
    case 'enum':
      return type.symbols[0];
    case 'fixed':
      return type.size > maxValues ? undefined : '\u0000'.repeat(type.size);
    case 'union': {
      // What cannot hold another record first: it always ends.
      const rank = (branch: AvroType) => (targetOf(branch).kind === 'record' ? 1 : 0);
      for (const branch of [...type.branches].sort((a, b) => rank(a) - rank(b))) {
        const value = inBranch(branch, sampleOf(targetOf(branch), sampling));
        if (value !== undefined) return value;
      }
      return undefined;
    }
    case 'record': {
      if (sampling.open.has(type) || sampling.open.size > maxRoute) return undefined;
      sampling.open.add(type);
      const members: [string, unknown][] = [];
      for (const field of type.fields) {
        const value = sampleOf(targetOf(field.type), sampling);
        if (value === undefined) break;
        members.push([field.name, value]);
      }
      sampling.open.delete(type);
      return members.length === type.fields.length ? Object.fromEntries(members) : undefined;
    }
  }
}
