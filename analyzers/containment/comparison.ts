/** Two schemas opened for comparison: one set of statements, one solver, and ajv for what is found. */
import type { Answer } from './solving/answer.ts';
import type { ContainmentOptions } from './escape.ts';
import { readSchemas, type SchemaReader } from './reading/read-schema.ts';
import { findRecursion } from './reading/recursion.ts';
import { findSameParts } from './reading/same-parts.ts';
import { refutingSample } from './sample-check.ts';
import { openDocuments } from './reading/schema-documents.ts';
import type { SchemaPlace, SchemaSource } from './schema-source.ts';
import { createSolver } from './solving/solve.ts';
import { createStatements, valueTypes, type Literal, type Statements } from './statement.ts';
import { validatorOf, type Validator } from './judging/validator.ts';

export const maxStepsInAll = 400_000;
const maxStepsPerSample = 2_000;

export interface Comparison {
  statements: Statements;
  readers: { accepting: SchemaReader; rejecting: SchemaReader };
  accepts: SchemaSource;
  rejects: SchemaSource;
  whole: { accepting: Literal; rejecting: Literal };
  /** Whether what a schema means depends on the way to it; then its keywords are not looked at one by one for a proof. */
  isDynamic: boolean;
  /** What the letter says of a keyword that means something else to ajv; undefined where there is none. */
  readOtherwise(): string | undefined;
  ask(accepting: Literal, rejecting: Literal, maxSteps: number): Answer;
  matches(pattern: string, text: string): boolean;
  /** True: ajv accepts the document on one side and rejects it on the other. */
  confirms(document: unknown): true | string;
  /** A document that stands against a proof that all is well. */
  refuted(): { document: unknown } | undefined;
}

export function openComparison(
  accepts: SchemaSource,
  rejects: SchemaSource,
  { undeclared, view }: ContainmentOptions,
  readsAsAjv: boolean,
): Comparison {
  const statements = createStatements();
  const [from, to] = [openDocuments(accepts), openDocuments(rejects)];
  const [fromRecursion, toRecursion] = [findRecursion(from), findRecursion(to)];
  const declares = undeclared === 'absent';
  const isSame = findSameParts([to, toRecursion], from);
  const seen = view === undefined ? {} : { view };
  let readOtherwise: string | undefined;
  const reading = {
    readsAsAjv,
    onDifference: (letter: string) => {
      readOtherwise ??= letter;
    },
  };
  const accepting = readSchemas(from, statements, {
    name: 'accepting',
    ...reading,
    declares,
    recursion: fromRecursion,
    ...seen,
  });
  const rejecting = readSchemas(to, statements, {
    name: 'rejecting',
    ...reading,
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
    readOtherwise: () => readOtherwise,
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

export function placeOf({ uri, pointer }: SchemaSource): SchemaPlace {
  return { uri: uri ?? '', pointer };
}
