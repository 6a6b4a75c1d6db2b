import type { ContractReport, ContractVersion } from '../../../analyzers/schema/contract.ts';
import { protobufContract } from '../../../analyzers/schema/protobuf/contract.ts';
import type { Direction } from '../../../analyzers/scope.ts';

/** A tree of files by path, or one text at `a.proto`. */
export type Protos = string | Readonly<Record<string, string>>;

/** The body of a proto3 file of package `p`, unless the text says what syntax it is in. */
export function treeOf(protos: Protos): Readonly<Record<string, string>> {
  if (typeof protos !== 'string') return protos;
  const isWhole = /^\s*(syntax|edition)\b/.test(protos);
  return { 'a.proto': isWhole ? protos : `syntax = "proto3";\npackage p;\n${protos}` };
}

export function versionOf(protos: Protos): ContractVersion {
  const tree = treeOf(protos);
  return { paths: Object.keys(tree).sort(), read: (path) => Promise.resolve(tree[path]) };
}

export function compareProtos(
  before: Protos,
  after: Protos,
  level?: string,
  direction: Direction = 'both',
): Promise<ContractReport[]> {
  return protobufContract.compare({
    before: versionOf(before),
    after: versionOf(after),
    direction,
    ...(level !== undefined && { level }),
  });
}

/** What `compare` makes of reports. */
export function verdictOf(reports: readonly ContractReport[]): 'breaking' | 'unproven' | 'compatible' {
  if (reports.some(({ proof }) => proof === 'breaking')) return 'breaking';
  return reports.some(({ proof }) => proof === 'unproven') ? 'unproven' : 'compatible';
}

export function rulesOf(reports: readonly ContractReport[]): string[] {
  return [...new Set(reports.map(({ ruleId }) => ruleId.slice('protobuf/'.length)))].sort();
}
