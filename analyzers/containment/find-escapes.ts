import { isObject, pointerTo } from '../document/document.ts';
import type { Answer } from './answer.ts';
import { placesAfter, placesInPlace } from './counterparts.ts';
import type { Assertion, Step } from './keyword-reading.ts';
import { readSchemas, type SchemaReader } from './read-schema.ts';
import { findRecursion } from './recursion.ts';
import { findSameParts } from './same-parts.ts';
import { openDocuments } from './schema-documents.ts';
import type { SchemaPlace, SchemaSource } from './schema-source.ts';
import { refutingSample } from './sample-check.ts';
import { createSolver } from './solve.ts';
import {
  createStatements,
  never,
  valueTypes,
  type Literal,
  type Statement,
  type Statements,
} from './statement.ts';
import { validatorOf, type Validator } from './validator.ts';

export interface ContainmentOptions {
  /**
   * `any`: JSON Schema to the letter, where an open object may hold whatever is not described. `absent`: what the
   * accepting side does not describe is not sent, as people read API descriptions; describing a new property is then
   * no narrowing.
   */
  undeclared: 'any' | 'absent';
  /** In a request nobody has to send what is `readOnly`, and in a response nobody gets what is `writeOnly`. */
  view?: 'request' | 'response';
}

/** One way in which a value that `accepting` takes is, or may be, refused by `rejecting`. */
export interface Escape {
  outcome: 'breaking' | 'unproven';
  /** The keyword by which the rejecting side refuses; empty where it is no single one. */
  keyword: string;
  /** The property that it is about, for `required`, `properties` and the like. */
  name?: string;
  /** Where in an instance, as a JSON pointer; `*` stands for every element or every other key. */
  place: string;
  accepting: SchemaPlace;
  /** The keyword's value where it is written. */
  rejecting: SchemaPlace;
  /** Of what is `unproven`: what could not be decided, as the end of a sentence ("the pattern … is not regular"). */
  reason?: string;
  /** Of what is `breaking`: a whole document that ajv accepts under `accepting` and rejects under `rejecting`. */
  witness?: unknown;
}

const maxStepsInAll = 400_000;
const maxStepsPerPlace = 40_000;
const maxStepsPerSample = 2_000;
const maxEscapes = 200;

/**
 * Is everything that one schema accepts accepted by the other? No escapes: it is, and that is proved. The whole question
 * is asked first; where the answer is not a plain yes, it is asked again of every keyword of the rejecting schema, so
 * that each escape names the keyword, its place, and a document of its own.
 */
export function findEscapes(
  accepting: SchemaSource,
  rejecting: SchemaSource,
  options: ContainmentOptions,
): Escape[] {
  const comparison = openComparison(accepting, rejecting, options);
  const { ask, whole } = comparison;
  const answer = ask(whole.accepting, whole.rejecting, maxStepsInAll);
  const root = { keyword: '', place: '', accepting: placeOf(accepting), rejecting: placeOf(rejecting) };
  if (answer.outcome !== 'none') {
    const escapes = localize(comparison);
    if (escapes.length > 0) return escapes;
    // Every keyword on its own is fine, and all of them together are not: only where scopes are dynamic.
    const isProved = answer.outcome === 'unknown' && !comparison.isDynamic;
    if (!isProved) return [escapeOf(answer, comparison, root)];
  }
  const refuted = options.undeclared === 'any' ? comparison.refuted() : undefined;
  if (refuted === undefined) return [];
  const text = JSON.stringify(refuted.document).slice(0, 200);
  const reason = `ajv takes ${text} before and refuses it after, though the keywords say otherwise`;
  return [{ outcome: 'unproven', ...root, reason }];
}

interface Comparison {
  statements: Statements;
  readers: { accepting: SchemaReader; rejecting: SchemaReader };
  accepts: SchemaSource;
  rejects: SchemaSource;
  whole: { accepting: Literal; rejecting: Literal };
  /** Whether what a schema means depends on the way to it; then its keywords are not looked at one by one for a proof. */
  isDynamic: boolean;
  ask(accepting: Literal, rejecting: Literal, maxSteps: number): Answer;
  matches(pattern: string, text: string): boolean;
  /** True: ajv accepts the document on one side and rejects it on the other. */
  confirms(document: unknown): true | string;
  /** A document that stands against a proof that all is well. */
  refuted(): { document: unknown } | undefined;
}

function openComparison(
  accepts: SchemaSource,
  rejects: SchemaSource,
  { undeclared, view }: ContainmentOptions,
): Comparison {
  const statements = createStatements();
  const [from, to] = [openDocuments(accepts), openDocuments(rejects)];
  const [fromRecursion, toRecursion] = [findRecursion(from), findRecursion(to)];
  const declares = undeclared === 'absent';
  const isSame = findSameParts([to, toRecursion], from);
  const seen = view === undefined ? {} : { view };
  const accepting = readSchemas(from, statements, {
    name: 'accepting',
    isAccepting: true,
    declares,
    recursion: fromRecursion,
    ...seen,
  });
  const rejecting = readSchemas(to, statements, {
    name: 'rejecting',
    isAccepting: false,
    declares: false,
    recursion: toRecursion,
    // A part that declares its names says more than one that does not.
    ...(!declares && { sharedName: (place) => (isSame(place) ? 'accepting' : undefined) }),
    ...seen,
  });
  const partOf = (target: string): Literal =>
    accepting.partOf(target) ?? rejecting.partOf(target) ?? unreadable(statements, target);
  const solver = createSolver(statements, { partOf });
  const whole = {
    accepting: accepting.literalOf(placeOf(accepts)),
    rejecting: rejecting.literalOf(placeOf(rejects)),
  };
  let stepsLeft = maxStepsInAll;
  let validators: [Validator, Validator] | undefined;
  const judges = () => (validators ??= [validatorOf(accepts, seen), validatorOf(rejects, seen)]);
  return {
    statements,
    readers: { accepting, rejecting },
    accepts,
    rejects,
    whole,
    isDynamic: accepting.isDynamic || rejecting.isDynamic,
    ask: (one, other, maxSteps) => {
      if (stepsLeft <= 0) return { outcome: 'unknown', reason: 'the schemas differ in too many places' };
      const steps = Math.min(maxSteps, stepsLeft);
      const answer = solver.ask([one, -other], steps);
      stepsLeft -= solver.stepsTaken();
      return answer;
    },
    matches: solver.matches,
    confirms: (document) => {
      const [one, other] = judges();
      if (!one.ok) return one.message;
      if (!other.ok) return other.message;
      if (one.accepts(document) && other.rejects(document)) return true;
      return 'ajv does not confirm the counterexample that was found';
    },
    refuted: () => {
      if (whole.accepting === whole.rejecting) return undefined;
      const samples = valueTypes.flatMap((type) => {
        const answer = solver.ask([whole.accepting, statements.type([type])], maxStepsPerSample);
        return answer.outcome === 'some' ? [answer.value] : [];
      });
      return refutingSample(samples, ...judges());
    },
  };
}

function unreadable(statements: Statements, target: string): Literal {
  return statements.intern({ op: 'opaque', about: target, reason: 'a part of the schema could not be read' });
}

function placeOf({ uri, pointer }: SchemaSource): SchemaPlace {
  return { uri: uri ?? '', pointer };
}

type Where = Pick<Escape, 'keyword' | 'name' | 'place' | 'accepting' | 'rejecting'>;

function escapeOf(answer: Answer, { confirms }: Comparison, where: Where): Escape {
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

function localize(comparison: Comparison): Escape[] {
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
        if (position.open.has(keyOf(assertion.inner.place))) {
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
      open: new Set([...position.open, keyOf(inner.place)]),
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
    open: new Set([keyOf(placeOf(rejects))]),
  });
  return escapes;
}

function keyOf({ uri, pointer }: SchemaPlace): string {
  return `${uri}#${pointer}`;
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
