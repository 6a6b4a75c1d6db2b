import type { Finding } from '../finding.ts';
import { contractKinds, type ContractKind, type Direction } from '../scope.ts';

/** What `evenkeel compare` takes two versions of. */
export type ComparedKind = ContractKind | 'config' | 'sql';
export const comparedKinds: readonly ComparedKind[] = ['config', ...contractKinds, 'sql'];

export const directions: readonly Direction[] = ['consumed', 'produced', 'both'];

/** Texts by path: one version of whatever is compared. An empty one stands for "there is none". */
export type TextTree = ReadonlyMap<string, string>;

/** One question. Only plain values and maps, so that it can be handed to another thread. */
export interface Comparison {
  kind: ComparedKind;
  /** Undefined: as the kind is mostly used (a description of one's own API is `produced`, all else `consumed`). */
  direction?: Direction;
  /** Undefined: the contract's own default. */
  level?: string;
  /** GraphQL documents that clients are known to send. */
  operations?: TextTree;
  /** Every earlier version, the newest last; none: the thing is new. */
  before: readonly TextTree[];
  after: TextTree;
  /** The day on which `after` is to hold, as `YYYY-MM-DD`: what was announced to be gone by then may go. */
  at?: string;
}

export type ComparedVerdict = 'compatible' | 'breaking' | 'unproven';

/** The answer, the same for every kind. */
export interface ComparisonOutcome {
  verdict: ComparedVerdict;
  findings: Finding[];
}

/** More findings than this help nobody; the last one says how many there are. */
export const maxFindings = 200;
