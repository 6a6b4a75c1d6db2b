import type { RuleDescription } from '../analyzer.ts';
import type { Report } from '../finding.ts';
import type { ContractKind, Direction } from '../scope.ts';

/** One version of a contract: its own files, and whatever of the same revision they refer to. */
export interface ContractVersion {
  /** The files that make up the contract, in code-unit order; most kinds have one. */
  paths: readonly string[];
  /** Any text of this revision by its path; undefined where there is none. */
  read(path: string): Promise<string | undefined>;
  /** The file that stands in for a URL, which is never fetched. */
  fileOf?(url: string): string | undefined;
}

export interface ContractRequest {
  before: ContractVersion;
  after: ContractVersion;
  /** Seen from the service: `consumed` is what others send to it, `produced` what it sends to them. */
  direction: Direction;
  /** How strict the other side is; one of the contract's own `levels`. */
  level?: string;
  /** For schemas of what people write by hand: what they do not describe is not there. JSON Schema alone heeds it. */
  undeclared?: 'any' | 'absent';
  /** GraphQL documents that clients are known to send. */
  operations?: ContractVersion;
  /** The day on which `after` is to hold, as `YYYY-MM-DD`: what was announced to be gone by then may go. */
  at?: string;
}

/** What two versions of a contract mean to each other at one place. `ruleId` is one of the contract's own rules. */
export interface ContractReport extends Report {
  ruleId: RuleDescription['id'];
}

/**
 * One kind of contract. `compare` never throws for what stands in a file: a text that cannot be read or decided is a
 * report, `unproven` or an error. A report without `proof` does not stand in the way of `compatible`.
 */
export interface Contract {
  kind: ContractKind;
  rules: readonly RuleDescription[];
  /** The levels it knows, the default first; empty: it has one. */
  levels: readonly string[];
  compare(request: ContractRequest): Promise<ContractReport[]>;
}
