import type { Finding } from '../finding.ts';
import type { Contract, ContractReport, ContractVersion } from '../schema/contract.ts';
import { loadContract } from '../schema/contracts.ts';
import type { ContractKind, Direction } from '../scope.ts';
import type { Comparison, TextTree } from './comparison.ts';
import { detectKind } from './detect-kind.ts';
import { findingOf } from './outcome-of.ts';
import { compareRules } from './rules.ts';

/** A description of one's own API is what one produces for its clients; everything else is mostly what one reads. */
const defaultDirection: Partial<Record<ContractKind, Direction>> = {
  openapi: 'produced',
  asyncapi: 'produced',
  graphql: 'produced',
  // Messages go both ways, and during a roll both versions write them.
  protobuf: 'both',
};

/** Kinds in which every file is a contract of its own; the files of the others make up one together. */
const perFileKinds: readonly ContractKind[] = ['json-schema', 'openapi', 'asyncapi'];

/** Compares `after` with the version before it, or with every earlier one when the level is transitive. */
export async function compareContract(comparison: Comparison, kind: ContractKind): Promise<Finding[]> {
  const load = loadContract[kind];
  const [path = ''] = comparison.after.keys();
  if (load === undefined) {
    const message = `two versions of kind ${kind} cannot be compared by this version of Evenkeel`;
    return [findingOf(compareRules.knowKind, { path, key: kind, message, proof: 'unproven' })];
  }
  const contract = await load();
  const { level, fault } = levelOf(contract, comparison.level);
  if (fault !== undefined) {
    return [findingOf(compareRules.readInput, { path, key: 'level', message: fault, proof: 'unproven' })];
  }
  const isTransitive = level?.endsWith('-transitive') === true;
  const earlier = isTransitive ? comparison.before : comparison.before.slice(-1);
  const found = new Map<string, Finding>();
  const pairs = earlier.length === 0 ? [emptyTree] : earlier;
  for (const [index, before] of pairs.entries()) {
    const against = pairs.length > 1 ? ` (against version ${index + 1} of ${pairs.length})` : '';
    for (const finding of await comparePair(contract, withLevel(comparison, level), before)) {
      // What the newest version says is what people can act on, so a later one replaces an earlier one's words.
      found.set(finding.fingerprint, { ...finding, message: `${finding.message}${against}` });
    }
  }
  return [...found.values()];
}

const emptyTree: TextTree = new Map();

/** Registries write BACKWARD_TRANSITIVE for backward-transitive. */
function levelOf({ kind, levels }: Contract, named: string | undefined): { level?: string; fault?: string } {
  if (named === undefined) return {};
  const level = named.toLowerCase().replaceAll('_', '-');
  if (levels.includes(level)) return { level };
  const shown = JSON.stringify(named.slice(0, 100));
  if (levels.length > 0)
    return { fault: `${shown} is no level of kind ${kind}; it is one of ${levels.join(', ')}` };
  return { fault: `kind ${kind} has no levels, so ${shown} is none of them; leave the level out` };
}

function withLevel({ level: _, ...comparison }: Comparison, level: string | undefined): Comparison {
  return level === undefined ? comparison : { ...comparison, level };
}

async function comparePair(contract: Contract, comparison: Comparison, before: TextTree): Promise<Finding[]> {
  const { kind } = contract;
  const { after } = comparison;
  const findings: Finding[] = [];
  for (const [earlier, later] of pairsOf(kind, before, after)) {
    const reports = await contract.compare({
      before: versionOf(before, earlier),
      after: versionOf(after, later),
      direction: comparison.direction ?? defaultDirection[kind] ?? 'consumed',
      ...(comparison.level === undefined ? {} : { level: comparison.level }),
      ...(comparison.at === undefined ? {} : { at: comparison.at }),
      ...(comparison.operations === undefined
        ? {}
        : { operations: versionOf(comparison.operations, [...comparison.operations.keys()].sort()) }),
    });
    findings.push(...reports.map((report) => contractFinding(contract, report)));
    // Whatever a contract says of it: a document that is gone never is compatible.
    if (later.length === 0 && !reports.some(({ proof }) => proof === 'breaking')) {
      findings.push(...earlier.map((path) => removed(path, contract)));
    }
  }
  return findings;
}

/** Which paths before belong to which paths after; the files of a pair are compared as one contract. */
function pairsOf(kind: ContractKind, before: TextTree, after: TextTree): [string[], string[]][] {
  const [earlier, later] = [contractPaths(kind, before), contractPaths(kind, after)];
  const isOne = earlier.length <= 1 && later.length <= 1;
  if (isOne || !perFileKinds.includes(kind)) return [[earlier, later]];
  const paths = [...new Set([...earlier, ...later])].sort();
  return paths.map((path) => [earlier.includes(path) ? [path] : [], later.includes(path) ? [path] : []]);
}

/** The files of a tree that are contracts of the kind; the rest is there for them to refer to. */
function contractPaths(kind: ContractKind, tree: TextTree): string[] {
  const paths = [...tree.keys()].sort();
  if (paths.length < 2 || kind === 'json-schema') return paths;
  const own = paths.filter((path) => detectKind(path, tree.get(path) ?? '') === kind);
  return own.length > 0 ? own : paths;
}

function versionOf(tree: TextTree, paths: readonly string[]): ContractVersion {
  return { paths, read: (path) => Promise.resolve(tree.get(path)) };
}

function contractFinding(contract: Contract, { ruleId, ...report }: ContractReport): Finding {
  const rule = contract.rules.find(({ id }) => id === ruleId);
  // A rule that is not in its table is still said; the table's own test finds that it is missing.
  return findingOf(rule ?? { id: ruleId, level: 'error', problem: '', remedy: '' }, report);
}

function removed(path: string, { kind }: Contract): Finding {
  const message = `${path} (${kind}) is removed, and whoever relies on it has nothing to rely on`;
  return findingOf(compareRules.keepDocument, { path, key: 'removed', message, proof: 'breaking' });
}
