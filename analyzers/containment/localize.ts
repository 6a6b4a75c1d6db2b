import { isObject, pointerTo } from '../document/document.ts';
import type { Answer } from './solving/answer.ts';
import { placeOf, type Comparison } from './comparison.ts';
import { placesAfter, placesInPlace } from './counterparts.ts';
import type { Escape } from './escape.ts';
import type { Assertion, Step } from './reading/keyword-reading.ts';
import { keyOfPlace, type SchemaPlace } from './schema-source.ts';
import { never, type Literal, type Statement } from './statement.ts';

const maxStepsPerPlace = 40_000;
const maxEscapes = 200;

export type Where = Pick<Escape, 'keyword' | 'name' | 'place' | 'accepting' | 'rejecting'>;

/** What an answer about one demand means; a document counts once ajv has confirmed it. */
export function escapeOf(answer: Answer, { confirms }: Comparison, where: Where): Escape {
  if (answer.outcome !== 'some') {
    const reason = answer.outcome === 'unknown' ? answer.reason : 'it could not be decided';
    return { outcome: 'unproven', ...where, reason };
  }
  const confirmed = confirms(answer.value);
  if (confirmed !== true) return { outcome: 'unproven', ...where, reason: confirmed };
  return { outcome: 'breaking', ...where, witness: answer.value };
}

/** Where the walk through the rejecting schema stands. */
interface Position {
  place: SchemaPlace;
  path: string;
  /** What the accepting side says about the same part of the value. */
  counterparts: readonly SchemaPlace[];
  /** Turns a demand on this part into one on the whole value. */
  wrap(literal: Literal): Literal;
  open: ReadonlySet<string>;
}

/** Asks the whole question again of every keyword of the rejecting schema; what fails is an escape, at its place. */
export function localize(comparison: Comparison): Escape[] {
  const { accepts, rejects, readers } = comparison;
  const escapes: Escape[] = [];
  const reported = new Set<string>();
  /** Grows with every failing demand that needs no further report: it has one, or stands around a circle. */
  let explained = 0;

  const report = (answer: Answer, where: Where) => {
    const key = JSON.stringify([where.rejecting, where.keyword, where.name]);
    explained++;
    if (reported.has(key) || escapes.length >= maxEscapes) return;
    reported.add(key);
    escapes.push(escapeOf(answer, comparison, where));
  };

  const visit = (position: Position) => {
    for (const assertion of readers.rejecting.assertionsOf(position.place)) {
      if (escapes.length >= maxEscapes) return;
      const answer = comparison.ask(
        comparison.whole.accepting,
        position.wrap(assertion.literal),
        maxStepsPerPlace,
      );
      if (answer.outcome === 'none') continue;
      const before = explained;
      const statement = comparison.statements.of(assertion.literal);
      if (statement.op === 'object-others' && statement.value === never) {
        visitOthers(position, assertion, statement);
      } else if (assertion.inner !== undefined) {
        // Around a circle it is the same keywords again, and they are reported where they were met first.
        if (position.open.has(keyOfPlace(assertion.inner.place))) {
          explained++;
          continue;
        }
        descend(position, assertion.inner);
      }
      if (explained === before) report(answer, whereOf(comparison, position, assertion));
    }
  };

  const descend = (position: Position, inner: NonNullable<Assertion['inner']>) => {
    const counterparts = placesAfter(readers.accepting.documents, position.counterparts, inner.step);
    // A part that the accepting side does not describe is reported as a whole.
    if (inner.step.to === 'property' && counterparts.length === 0) return;
    visit({
      place: inner.place,
      path: position.path + tokenOf(inner.step),
      counterparts,
      wrap: (literal) => position.wrap(inner.wrap(literal)),
      open: new Set([...position.open, keyOfPlace(inner.place)]),
    });
  };

  /** A closed object: the keys that the accepting side describes one by one, and then any others. */
  const visitOthers = (
    position: Position,
    assertion: Assertion,
    statement: Statement & { op: 'object-others' },
  ) => {
    const { documents } = readers.accepting;
    const described = new Set<string>();
    for (const place of placesInPlace(documents, position.counterparts)) {
      const schema = documents.valueOf(place);
      const properties = isObject(schema) ? schema['properties'] : undefined;
      for (const name of isObject(properties) ? Object.keys(properties) : []) described.add(name);
    }
    for (const name of described) {
      if (statement.names.includes(name) || isMatched(comparison, statement.patterns, name)) continue;
      const closed = comparison.statements.intern({ op: 'object-property', name, value: never });
      const answer = comparison.ask(comparison.whole.accepting, position.wrap(closed), maxStepsPerPlace);
      if (answer.outcome !== 'none') report(answer, { ...whereOf(comparison, position, assertion), name });
    }
    const rest = comparison.statements.intern({
      ...statement,
      names: [...new Set([...statement.names, ...described])].sort(),
    });
    const answer = comparison.ask(comparison.whole.accepting, position.wrap(rest), maxStepsPerPlace);
    if (answer.outcome !== 'none') report(answer, whereOf(comparison, position, assertion));
  };

  visit({
    place: placeOf(rejects),
    path: '',
    counterparts: [placeOf(accepts)],
    wrap: (literal) => literal,
    open: new Set([keyOfPlace(placeOf(rejects))]),
  });
  return escapes;
}

function isMatched({ matches }: Comparison, patterns: readonly string[], name: string): boolean {
  try {
    return patterns.some((pattern) => matches(pattern, name));
  } catch {
    return true;
  }
}

function whereOf({ readers }: Comparison, { path, counterparts }: Position, assertion: Assertion): Where {
  const { keyword, name, place, inner } = assertion;
  const { documents } = readers.accepting;
  const places = placesInPlace(documents, counterparts);
  const own = places.find((one) => {
    const schema = documents.valueOf(one);
    return isObject(schema) && Object.hasOwn(schema, keyword);
  });
  const [first] = counterparts;
  const accepting: SchemaPlace =
    own === undefined
      ? (first ?? { uri: '', pointer: '' })
      : { uri: own.uri, pointer: pointerTo(own.pointer, keyword) };
  const isPart = inner !== undefined && inner.step.to === 'property';
  return {
    keyword,
    ...(name !== undefined && { name }),
    place: isPart ? path + tokenOf(inner.step) : path,
    accepting,
    rejecting: place,
  };
}

function tokenOf(step: Step): string {
  switch (step.to) {
    case 'self':
      return '';
    case 'property':
      return pointerTo('', step.name);
    case 'element':
      return step.index === undefined ? '/*' : `/${step.index}`;
    case 'others':
      return '/*';
  }
}
