import { isObject } from '../document/document.ts';
import type { Move } from './compare-values.ts';
import { cronFrequency } from './cron-frequency.ts';
import { mayBeText } from './key-names.ts';
import { isSecretLiteral } from './question-secret.ts';
import { isReference, questionShape } from './question-shape.ts';
import { questionText } from './question-text.ts';
import { questionNumber, questionSiblingUnit } from './question-number.ts';
import { questionSafeguard } from './question-safeguard.ts';
import { questionWord } from './question-word.ts';
import { placeName, scalarMove, type Question, type ScalarMove } from './question.ts';

const asked = new WeakMap<Move, Question | null>();

/**
 * The one question that a moved value raises, or null. What is gone comes first, then what changed its type, then
 * what its name makes risky, then numbers, and words last.
 */
export function questionMove(move: Move): Question | null {
  let question = asked.get(move);
  if (question === undefined) {
    question = decide(scalarMove(move));
    asked.set(move, question);
  }
  return question;
}

function decide(scalar: ScalarMove): Question | null {
  const { before, after, move } = scalar;
  const place = placeName(move.after);
  if (isEmpty(before)) return null;
  const emptied = emptiness(after);
  if (emptied !== undefined) {
    return { rule: 'config/keep-value', message: `${place} had a value and ${emptied}`, detail: emptied };
  }
  const safeguard = questionSafeguard(scalar);
  if (safeguard !== undefined) return safeguard;
  if (isCollection(before) || isCollection(after)) return keepType(place, before, after);
  if (typeof before === 'boolean' || typeof after === 'boolean') {
    return typeof before === typeof after || isReference(after) ? null : keepType(place, before, after);
  }
  const unit = questionSiblingUnit(scalar);
  if (unit !== undefined) return unit;
  const measured = questionNumber(scalar);
  if (measured !== undefined) return measured;
  if (typeof before !== typeof after) return questionType(scalar);
  if (typeof before !== 'string' || typeof after !== 'string') return null;
  if (move.after.pointer === '' && before.trim() !== after.trim()) {
    const message = 'the document is one text, whose parts cannot be told apart';
    return { rule: 'config/keep-value', message, detail: 'one text' };
  }
  if (isSecretLiteral(move.names, after) && !isSecretLiteral(move.names, before)) {
    return { rule: 'config/question-secret', message: secretMessage(place), detail: 'literal' };
  }
  return (
    questionSchedule(before, after, place) ??
    questionShape(scalar, before, after) ??
    questionText(scalar, before, after, questionMove) ??
    questionWord(scalar)
  );
}

/** Text that stands for a value that was forgotten. */
const placeholder =
  /^(null|nil|none|undefined|nan|todo|tbd|fixme|xxx+|change[-_ ]?me|replace[-_ ]?me|your[-_ ].{1,40}|\[object object\]|<[^<>]{1,60}>|placeholder)$/i;

function isEmpty(value: unknown): boolean {
  return emptiness(value) !== undefined || (isObject(value) && Object.keys(value).length === 0);
}

function emptiness(value: unknown): string | undefined {
  if (value === null || value === undefined) return 'is null now';
  if (typeof value !== 'string') return undefined;
  if (value.trim() === '') return 'is empty now';
  return placeholder.test(value.trim()) ? 'is a placeholder now' : undefined;
}

function isCollection(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function questionType(scalar: ScalarMove): Question | null {
  const { before, after, words, move } = scalar;
  if (isReference(after) || isReference(before)) return null;
  // `version: 1.2` to `version: 1.2.1`, `tag: 12` to `tag: 12-alpine`: YAML's types, and not what was meant.
  if (mayBeText(words) && typeof after === 'string') return null;
  return keepType(placeName(move.after), before, after);
}

function keepType(place: string, before: unknown, after: unknown): Question {
  const [was, is] = [typeName(before), typeName(after)];
  return {
    rule: 'config/keep-type',
    message: `${place} was ${was} and is ${is} now`,
    detail: `${was}>${is}`,
  };
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? 'true or false' : 'a number';
}

function questionSchedule(before: string, after: string, place: string): Question | null {
  const [was, is] = [cronFrequency(before), cronFrequency(after)];
  if (was === undefined) return null;
  if (is === undefined) {
    if (isReference(after) || after.startsWith('@')) return null;
    return {
      rule: 'config/keep-type',
      message: `${place} was a schedule and is none now`,
      detail: 'schedule',
    };
  }
  const ratio = is / was;
  if (is === was || (ratio < 10 && ratio > 0.1)) return null;
  const runs = (frequency: number) => `${Math.round(frequency * 10) / 10} times a year`;
  return {
    rule: 'config/question-magnitude',
    message: `${place} is a schedule that fired ${runs(was)} and fires ${runs(is)} now`,
    detail: `${was}>${is}`,
  };
}

export function secretMessage(place: string): string {
  return `${place} holds what its name or its form calls a secret, written out`;
}
