import { compileMachine } from './pattern-machine.ts';
import { mayRunLong } from '../judging/pattern-cost.ts';
import type { Budget } from './machine.ts';
import type { Condition } from './product-search.ts';
import {
  isKnownFormat,
  isValidFormat,
  languageOf,
  restrictsStrings,
  type Language,
} from './string-formats.ts';
import type { StringConstraints } from './string-values.ts';

/** What a set of constraints asks beyond lengths, as automata. */
export interface StringConditions {
  /** Everything that keeps the constraints keeps these; more may. If nothing keeps these, nothing keeps the constraints. */
  wide: Condition[];
  /** Everything that keeps these keeps the constraints, as far as automata go; undefined where that cannot be said. */
  narrow: Condition[] | undefined;
  /** No string that keeps the constraints is longer. */
  maxLength: number;
  /** What the two differ in, as the end of a sentence: why something may stay undecided. */
  reason: string | undefined;
  /** Checks that automata do not make, by the validators themselves; undefined: it would not be safe to run. */
  confirms(text: string): boolean | undefined;
}

/** `never`: a constraint that no string keeps, such as not being in a format that takes all. */
export function conditionsOf(constraints: StringConstraints): StringConditions | 'never' {
  const { patterns, notPatterns, formats, notFormats } = constraints;
  const gathered: Gathered = { wide: [], narrow: [], maxLength: Infinity, reasons: [], checks: [] };
  for (const format of new Set(notFormats)) {
    if (!isKnownFormat(format)) {
      const reason = `only its own validator knows the format ${JSON.stringify(format)}`;
      gathered.reasons.push(reason);
      gathered.narrow = undefined;
      gathered.checks.push(() => undefined);
    } else if (!restrictsStrings(format)) return 'never';
    else addFormat(gathered, format, false);
  }
  for (const format of new Set(formats)) {
    // A validator that does not know the format takes any string, and so does this.
    if (isKnownFormat(format) && restrictsStrings(format)) addFormat(gathered, format, true);
  }
  for (const pattern of new Set(patterns)) addPattern(gathered, pattern, true);
  for (const pattern of new Set(notPatterns)) addPattern(gathered, pattern, false);
  const { wide, narrow, reasons, checks } = gathered;
  const confirms = (text: string) => {
    let isSure = true;
    for (const check of checks) {
      const result = check(text);
      if (result === false) return false;
      if (result === undefined) isSure = false;
    }
    return isSure ? true : undefined;
  };
  return { wide, narrow, maxLength: gathered.maxLength, reason: reasons[0], confirms };
}

interface Gathered {
  wide: Condition[];
  narrow: Condition[] | undefined;
  maxLength: number;
  reasons: string[];
  checks: ((text: string) => boolean | undefined)[];
}

function addFormat(gathered: Gathered, format: string, isWanted: boolean): void {
  const { lower, upper } = languageOf(format);
  if (isWanted) gathered.maxLength = Math.min(gathered.maxLength, upper.maxLength ?? Infinity);
  gathered.checks.push((text) => isValidFormat(format, text) === isWanted);
  const wide = machineOf(isWanted ? upper : lower);
  if (wide !== undefined) gathered.wide.push({ machine: wide, isWanted });
  const narrow = machineOf(isWanted ? lower : upper);
  if (narrow === undefined) gathered.narrow = undefined;
  else gathered.narrow?.push({ machine: narrow, isWanted });
  const isExact = lower.source === upper.source && wide !== undefined;
  if (!isExact) gathered.reasons.push(`the format ${JSON.stringify(format)} is not regular`);
}

function addPattern(gathered: Gathered, pattern: string, isWanted: boolean): void {
  const compiled = compileMachine(pattern, 'u');
  if (compiled.outcome === 'compiled') {
    gathered.wide.push({ machine: compiled.value, isWanted });
    gathered.narrow?.push({ machine: compiled.value, isWanted });
    return;
  }
  gathered.narrow = undefined;
  const loose = isWanted ? compileMachine(pattern, 'u', true) : undefined;
  if (loose?.outcome === 'compiled') gathered.wide.push({ machine: loose.value, isWanted });
  gathered.reasons.push(`the pattern ${shown(pattern)} ${compiled.reason}`);
  let expression: RegExp | undefined;
  try {
    expression = new RegExp(pattern, 'u');
  } catch {
    // Not a pattern: nothing is sure about it.
  }
  gathered.checks.push((text) => {
    if (expression === undefined || mayRunLong(pattern, text.length)) return undefined;
    return expression.test(text) === isWanted;
  });
}

function machineOf({ source, flags }: Language) {
  const compiled = compileMachine(source, flags);
  return compiled.outcome === 'compiled' ? compiled.value : undefined;
}

/** Enough of a pattern to know it by. */
export function shown(pattern: string): string {
  return JSON.stringify(pattern.length > 80 ? `${pattern.slice(0, 77)}...` : pattern);
}

/** What one question may cost. */
export function freshBudget(): Budget {
  return { left: 1_000_000 };
}
