import type { ASTNode } from 'graphql';
import type { graphqlRules } from './rules.ts';

/** An operation that may show a change: valid before, invalid after. Nothing counts until `validate` has said so. */
export interface Probe {
  /** Where in the first schema it starts: a composite type, a field of it, an argument, an input type or field. */
  on: 'type' | 'field' | 'argument' | 'input' | 'directive';
  /** What it does there. */
  use: 'select' | 'spread' | 'omit' | 'variable' | 'value' | 'null';
  /** The coordinate it needs a way to: `[type]`, `[type, field]`, `[type, field, argument]`, `[directive]`. */
  at: readonly string[];
  /** A type condition, or an enum value. */
  name?: string;
}

/** One difference between two schemas, in the terms of those who use the first and meet the second. */
export interface SchemaChange {
  ruleId: (typeof graphqlRules)[number]['id'];
  severity: 'breaking' | 'dangerous' | 'note';
  /** Names from the outside in: type, field, argument; of a directive `@name` and what is in it. */
  coordinate: readonly string[];
  /** What changed, where the coordinate does not say it: both types, the value, the location. */
  detail?: string;
  message: string;
  before?: ASTNode | null | undefined;
  after?: ASTNode | null | undefined;
  probes?: readonly Probe[];
  /** What a client may receive now and could not before, where an operation does not show it. */
  response?: unknown;
}
