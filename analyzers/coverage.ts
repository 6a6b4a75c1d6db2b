import type { ChangeAction, RuleDescription } from './analyzer.ts';
import { coverageWaivers } from './coverage-waivers.ts';
import { contractKinds, type ContractKind, type Kind } from './scope.ts';

/** The rows of the matrix. The kind `schema` has none: each of its contracts is a row of its own. */
export type CoveredKind = Exclude<Kind, 'schema'> | ContractKind;
export const coveredKinds: readonly CoveredKind[] = ['config', ...contractKinds, 'sql', 'code', 'infra'];

/** What can be done to a part of a document: the columns. */
export const changeActions: readonly ChangeAction[] = ['add', 'remove', 'narrow', 'widen', 'rename'];

/** One cell: the rules that stand in it, or why nothing can go wrong there. */
export interface CoverageCell {
  kind: CoveredKind;
  action: ChangeAction;
  ruleIds: string[];
  waiver?: string;
}

/** Every cell, row by row. A cell with neither a rule nor a waiver is a hole: a test fails on it. */
export function coverageOf(rules: readonly RuleDescription[]): CoverageCell[] {
  return coveredKinds.flatMap((kind) =>
    changeActions.map((action): CoverageCell => {
      const waiver = coverageWaivers[`${kind} ${action}`];
      const ruleIds = rules
        .filter((rule) => rule.id.startsWith(`${kind}/`) && rule.covers?.includes(action) === true)
        .map(({ id }) => id);
      return { kind, action, ruleIds, ...(waiver === undefined ? {} : { waiver }) };
    }),
  );
}
