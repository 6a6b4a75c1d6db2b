import type { Contract, ContractReport, ContractRequest } from '../contract.ts';
import { collisionsOf } from './find-collisions.ts';
import { compareTrees } from './compare-trees.ts';
import { protobufLevels, reportOf, spanOf, type Comparison } from './comparison.ts';
import { readTree, type ParseCache, type ProtoTree } from './proto-tree.ts';
import { protobufRules } from './rules.ts';

/**
 * Protobuf contracts, as a tree of .proto files. At `file` and `package` what breaks is code that was generated; at
 * `wire-json` and `wire` it is documents and messages, and then a real decoder (protobufjs) has to agree.
 */
export const protobufContract: Contract = {
  kind: 'protobuf',
  rules: protobufRules,
  levels: protobufLevels,
  compare: compareProtobuf,
};

async function compareProtobuf(request: ContractRequest): Promise<ContractReport[]> {
  const cache: ParseCache = new Map();
  const before = await readTree(request.before, cache);
  const after = await readTree(request.after, cache);
  const level = protobufLevels.find((one) => one === request.level) ?? protobufLevels[0];
  const comparison: Comparison = { before, after, level, direction: request.direction, differences: [] };
  compareTrees(comparison);
  const reports = comparison.differences.some(({ claim }) => claim !== undefined)
    ? await (await import('./confirm-claims.ts')).confirmedReports(comparison)
    : comparison.differences.map(reportOf);
  return [...syntaxReports(before, after), ...collisionReports(before, after), ...reports];
}

/** What cannot be read is not compared; a text that was as unreadable before is nothing that this change brings. */
function syntaxReports(before: ProtoTree, after: ProtoTree): ContractReport[] {
  const reports: ContractReport[] = [];
  const base = { ruleId: 'protobuf/parse-syntax', proof: 'unproven' } as const;
  for (const [path, { message, position, span }] of after.problems) {
    if (before.texts.get(path) === after.texts.get(path)) continue;
    const where = `line ${position.line}, column ${position.column}`;
    reports.push({
      ...base,
      path,
      key: 'syntax:after',
      message: `${path} cannot be read: ${message} (${where})`,
      span,
    });
  }
  for (const [path, { message, position, span }] of before.problems) {
    if (before.texts.get(path) === after.texts.get(path)) continue;
    const where = `line ${position.line}, column ${position.column}`;
    const told = `${path} could not be read before this change, so nothing can be compared with it: ${message} (${where})`;
    reports.push({ ...base, path, key: 'syntax:before', message: told, beforeSpan: span });
  }
  return reports;
}

/** protoc refuses such a file; only what the change brings is said. */
function collisionReports(before: ProtoTree, after: ProtoTree): ContractReport[] {
  const known = new Set(
    [...collisionsOf(before, after)].map(({ rule, key, place }) => `${rule} ${place.file.path} ${key}`),
  );
  return [...collisionsOf(after, before)]
    .filter(({ rule, key, place }) => !known.has(`${rule} ${place.file.path} ${key}`))
    .map(({ rule, key, message, place, symbol, proof }) => ({
      ruleId: `protobuf/${rule}`,
      path: place.file.path,
      key,
      message,
      span: spanOf(place),
      proof,
      ...(proof === 'breaking' && { witness: { symbol } }),
    }));
}
