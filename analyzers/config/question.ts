import type { RuleDescription } from '../analyzer.ts';
import { parentOf } from '../document/document.ts';
import type { Report } from '../finding.ts';
import { meaningOf } from './key-names.ts';
import type { LoneValue, Move } from './compare-values.ts';
import type { ConfigSubject } from './document.ts';

/** What a move looks like, and which rule says it: one place is questioned once. */
export interface Question {
  rule: RuleDescription['id'];
  message: string;
  /** What tells this question from a later one at the same place; harmless values only. */
  detail: string;
}

/** A scalar that moved, with the words that tell what it is about. */
export interface ScalarMove {
  move: Move;
  before: unknown;
  after: unknown;
  words: readonly string[];
}

export function scalarMove(move: Move): ScalarMove {
  return { move, before: move.before.value, after: move.after.value, words: meaningOf(move.names) };
}

/** How a place is called in a message. */
export function placeName({ pointer }: { pointer: string }): string {
  return pointer === '' ? 'the document' : pointer;
}

/** A question as a report: valid to every schema, undecidable without a person, and so `unproven`. */
export function reportMove(subject: ConfigSubject, move: Move, question: Question): Report {
  const span = subject.document?.ok === true ? spanIn(subject.document, move.after) : undefined;
  const before = subject.before()?.document;
  const beforeSpan = before?.ok === true ? spanIn(before, move.before) : undefined;
  return {
    path: subject.path,
    key: `${move.label}:${question.detail}`,
    message: question.message,
    proof: 'unproven',
    ...(span && { span }),
    ...(beforeSpan && { beforeSpan }),
  };
}

type Spans = Pick<Extract<ConfigSubject['document'], { ok: true }>, 'spanOf' | 'keySpanOf'>;

function spanIn(document: Spans, place: { pointer: string; documentIndex: number }) {
  return document.spanOf(place.pointer, place.documentIndex);
}

/** A report on something that is gone: its place before, and what held it after. */
export function reportGone(subject: ConfigSubject, gone: LoneValue, message: string): Report {
  const before = subject.before()?.document;
  const after = subject.document;
  const { documentIndex, pointer } = gone.place;
  const beforeSpan =
    before?.ok === true
      ? (before.keySpanOf(pointer, documentIndex) ?? before.spanOf(pointer, documentIndex))
      : undefined;
  const holder = gone.otherParent;
  const span =
    after?.ok === true
      ? ((holder && (after.keySpanOf(holder.pointer, holder.documentIndex) ?? spanIn(after, holder))) ??
        after.spanOf('', 0))
      : undefined;
  return {
    path: subject.path,
    key: gone.label,
    message,
    ...(span && { span }),
    ...(beforeSpan && { beforeSpan }),
  };
}

/** A report on something that came: its place after, and what it was put into. */
export function reportAdded(subject: ConfigSubject, added: LoneValue, message: string): Report {
  const before = subject.before()?.document;
  const after = subject.document;
  const { documentIndex, pointer } = added.place;
  const span =
    after?.ok === true
      ? (after.keySpanOf(pointer, documentIndex) ?? after.spanOf(pointer, documentIndex))
      : undefined;
  const holder = added.otherParent;
  const beforeSpan =
    before?.ok === true && holder
      ? (before.keySpanOf(holder.pointer, holder.documentIndex) ?? spanIn(before, holder))
      : undefined;
  return {
    path: subject.path,
    key: added.label,
    message,
    ...(span && { span }),
    ...(beforeSpan && { beforeSpan }),
  };
}

/** The last key of a pointer's parent, for messages about entries of a list. */
export function holderName(gone: LoneValue): string {
  const parent = parentOf(gone.place.pointer);
  return parent === '' ? 'the document' : parent;
}
