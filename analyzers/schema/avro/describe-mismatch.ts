import { nameOf, targetOf, type AvroType, type ResolvedType } from './avro-type.ts';
import { describeLogicalType } from './logical-type.ts';
import { isNamed } from './match-schemas.ts';
import type { Mismatch, MismatchKind, Step } from './resolve-schemas.ts';
import type { avroRules } from './rules.ts';

export interface MismatchText {
  ruleId: (typeof avroRules)[number]['id'];
  message: string;
  key: string;
}

const ruleOf: Readonly<Record<MismatchKind, MismatchText['ruleId']>> = {
  type: 'avro/keep-type',
  promotion: 'avro/keep-promotable',
  name: 'avro/keep-name',
  size: 'avro/keep-fixed-size',
  symbols: 'avro/keep-symbol',
  'missing-field': 'avro/keep-field-default',
  branch: 'avro/keep-branch',
  meaning: 'avro/keep-logical-type',
  'unknown-meaning': 'avro/keep-logical-type',
  ambiguous: 'avro/question-match',
  annotation: 'avro/announce-logical-type',
  'skipped-field': 'avro/announce-field',
  'other-default': 'avro/announce-default',
};

/** The mismatch in words, and the structure that it stands at. `readers` says whose schema the reader's is. */
export function describeMismatch(
  mismatch: Mismatch,
  root: AvroType,
  sides: { reader: string; writer: string },
): MismatchText {
  const place = locate(root, mismatch.route);
  const { what, detail } = wordsOf(mismatch, place, sides);
  return {
    ruleId: ruleOf[mismatch.kind],
    message: what,
    key: `${mismatch.kind}:${place}:${detail}`,
  };
}

function wordsOf(
  { kind, reader, writer, field, symbols = [], route }: Mismatch,
  place: string,
  sides: { reader: string; writer: string },
): { what: string; detail: string } {
  const [r, w] = [nameOf(reader), nameOf(writer)];
  const change = `${w}->${r}`;
  const name = field?.name ?? '';
  switch (kind) {
    case 'type':
      return { what: `${place} is written as ${w} and cannot be read as ${r}`, detail: change };
    case 'promotion':
      return { what: `${place} is written as ${w}, which the smaller ${r} cannot take`, detail: change };
    case 'name':
      return {
        what: `${place} is written as ${w}, and ${r} is another name without an alias for it`,
        detail: change,
      };
    case 'size': {
      const [own, other] = [sizeOf(reader), sizeOf(writer)];
      return {
        what: `${place} is written with ${other} bytes and read with ${own}`,
        detail: `${other}->${own}`,
      };
    }
    case 'symbols': {
      const listed = symbols.slice(0, 5).join(', ') + (symbols.length > 5 ? ', …' : '');
      const what = `${w} is written with ${listed}, which ${sides.reader} does not have, nor a default in its place`;
      return { what, detail: symbols.join(',') };
    }
    case 'missing-field':
      return {
        what: `${sides.reader} has the field ${name} in ${r} without a default, and ${sides.writer} does not write it`,
        detail: `${r}.${name}`,
      };
    case 'branch': {
      const last = route.at(-1);
      const target =
        writer.kind === 'union' && typeof last === 'object' && 'branch' in last ? last.branch : undefined;
      const branch =
        target === undefined || writer.kind !== 'union' ? w : nameOf(writer.branches[target] ?? writer);
      const other =
        reader.kind === 'union' ? 'which is no branch of the union that reads it' : `which ${r} cannot take`;
      return { what: `${place} may be written as ${branch}, ${other}`, detail: `${branch}->${r}` };
    }
    case 'meaning':
    case 'unknown-meaning':
    case 'annotation': {
      const [own, other] = [reader, writer].map((type) =>
        describeLogicalType('logical' in type ? type.logical : undefined),
      );
      const ends = {
        meaning: 'so the same value means something else',
        'unknown-meaning': 'and what that does to its values is not known',
        annotation: 'so code sees another type',
      };
      return {
        what: `the logical type of ${place} is ${other ?? ''} where it is written and ${own ?? ''} where it is read, ${ends[kind]}`,
        detail: `${other ?? ''}->${own ?? ''}`,
      };
    }
    case 'ambiguous':
      if (field !== undefined) {
        const what = `the field ${name} of ${r} has the name of one field that is written and the alias of another`;
        return { what, detail: name };
      }
      return {
        what: `${place} is written as ${w}: the likeliest schema of ${sides.reader} cannot read it, and another can`,
        detail: change,
      };
    case 'skipped-field':
      return { what: `the field ${name} of ${w} is no longer read`, detail: name };
    case 'other-default':
      return {
        what: `the default of ${r}.${name} is another one`,
        detail: `${name}=${JSON.stringify(field?.fallback?.value)}`,
      };
  }
}

function sizeOf(type: ResolvedType): number {
  return type.kind === 'fixed' ? type.size : 0;
}

/** A name for the end of a route that survives moved lines: the last record on it, and the steps from there. */
function locate(root: AvroType, route: readonly Step[]): string {
  let type = targetOf(root);
  let place = isNamed(type) ? type.fullName : 'the schema';
  for (const step of route) {
    if (step === 'items' && type.kind === 'array') {
      place += '[]';
      type = targetOf(type.items);
    } else if (step === 'values' && type.kind === 'map') {
      place += '{}';
      type = targetOf(type.values);
    } else if (typeof step === 'object' && 'field' in step && type.kind === 'record') {
      place = `${type.fullName}.${step.field}`;
      const found = type.fields.find(({ name }) => name === step.field);
      if (found !== undefined) type = targetOf(found.type);
    } else if (typeof step === 'object' && 'branch' in step && type.kind === 'union') {
      type = targetOf(type.branches[step.branch] ?? type);
    }
  }
  return place;
}
