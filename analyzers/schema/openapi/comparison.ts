/**
 * What a comparison of two descriptions runs on. `from` is what the other side holds on to, `to` what it meets: for a
 * served description the former and the new version, for one that we are the client of, and within callbacks, the
 * other way round. What a shared component brings about is said once, with the operations that it reaches.
 */
import type { Level } from '../../finding.ts';
import type { Escape } from '../../containment/escape.ts';
import type { ChangedParts } from './changed-parts.ts';
import type { Description, Place } from './description.ts';
import type { SchemaUse } from './operation.ts';
import type { AsyncapiRuleId } from '../asyncapi/rules.ts';
import type { OpenapiRuleId } from './rules.ts';

export interface Draft {
  ruleId: OpenapiRuleId | AsyncapiRuleId;
  /** Where in the description, in words: `GET /pets, query parameter "limit"`. */
  where: string;
  /** What is wrong there, as the rest of a sentence. */
  message: string;
  /** What happened, apart from others at the same place; with limits and names where the place has several. */
  what: string;
  from?: Place | undefined;
  to?: Place | undefined;
  level?: Level;
  proof?: 'breaking' | 'unproven';
  witness?: unknown;
}

/** A draft with the operations that it was found in. */
export interface CollectedDraft extends Draft {
  isReversed: boolean;
  operations: readonly string[];
}

/** An escape, and the schemas whose places it names. */
export interface Found {
  escape: Escape;
  /** It is one to the letter only, and no break. */
  isAdvice: boolean;
  from: SchemaUse;
  to: SchemaUse;
}

export interface Comparison {
  from: Description;
  to: Description;
  isReversed: boolean;
  /** Whether the operation is one that we call on others: in a callback or a webhook. */
  isCall: boolean;
  /** What the two versions are called in a message. */
  fromName: string;
  toName: string;
  changed: ChangedParts;
  /** The operation that is being compared; reports are filed under it. */
  operation: string;
  collected: Map<string, CollectedDraft & { operations: string[] }>;
  /** How long the texts are: what is affordable for a small description is not for a big one. */
  textLength: number;
  /** What was found about pairs of schemas, by view and places. */
  differences: Map<string, readonly Found[]>;
  /** The components for which a whole message was asked about. */
  asked: Set<string>;
}

/** Files a draft, or adds the present operation to the one that says the same about the same places. */
export function report(comparison: Comparison, draft: Draft): void {
  const { from, to, ruleId, what } = draft;
  const isWithin = from !== undefined && to !== undefined && isShared(from) && isShared(to);
  const places = [from, to].map((place) => (place === undefined ? '' : `${place.uri}#${place.pointer}`));
  const key = JSON.stringify([ruleId, what, ...places, comparison.isReversed, isWithin ? '' : draft.where]);
  const known = comparison.collected.get(key);
  if (known === undefined) {
    const { isReversed, operation } = comparison;
    comparison.collected.set(key, { ...draft, isReversed, operations: operation === '' ? [] : [operation] });
  } else if (comparison.operation !== '' && !known.operations.includes(comparison.operation)) {
    known.operations.push(comparison.operation);
  }
}

/** The same comparison with the sides changed: what a callback asks is sent by us and answered by others. */
export function turnedRound(comparison: Comparison): Comparison {
  const { from, to, fromName, toName, changed } = comparison;
  return {
    ...comparison,
    from: to,
    to: from,
    fromName: toName,
    toName: fromName,
    isReversed: !comparison.isReversed,
    isCall: !comparison.isCall,
    differences: new Map(),
    asked: new Set(),
    changed: {
      ...changed,
      isUnchanged: (one, oneUri, other, otherUri) => changed.isUnchanged(other, otherUri, one, oneUri),
      referencesIfSame: (one, uri, other) => changed.referencesIfSame(other, uri, one),
    },
  };
}

/** Whether a place is a component, which any number of operations may use. */
export function isShared({ pointer }: Place): boolean {
  return !pointer.startsWith('/paths/') && !pointer.startsWith('/webhooks/');
}
