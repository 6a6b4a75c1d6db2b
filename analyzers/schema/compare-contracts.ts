import type { AnalysisContext } from '../analyzer.ts';
import { textOf, type FileVersion } from '../change.ts';
import { matchesGlobs } from '../claim.ts';
import type { Span } from '../finding.ts';
import type { Tree } from '../scope.ts';
import type { Contract, ContractReport, ContractVersion } from './contract.ts';
import { loadContract } from './contracts.ts';
import type { SchemaSubject } from './document.ts';

/**
 * Compares a contract with what it was at the base, and with every version of it that is still deployed. What is said
 * about the base is said once; what only shows against a deployed version names that version.
 */
export async function compareContracts(
  subject: SchemaSubject,
  context: AnalysisContext,
): Promise<ContractReport[]> {
  const { entry, before, after } = subject;
  const contract = await loadContract[entry.kind]?.();
  const path = (after[0] ?? before[0])?.path ?? '';
  if (contract === undefined) {
    return [
      unknown(path, entry.kind, `contracts of the kind ${entry.kind} cannot be compared by this version`),
    ];
  }
  const { level } = entry;
  if (level !== undefined && !contract.levels.includes(level)) {
    const known = contract.levels.length === 0 ? 'it has none' : `it has ${contract.levels.join(', ')}`;
    const message = `the policy asks for the level ${JSON.stringify(level.slice(0, 60))}, which ${entry.kind} does not have (${known})`;
    return [unknown(path, 'level', message)];
  }
  const reports = await compareWith({ files: before, tree: context.before }, contract, subject, context);
  const seen = new Set(reports.map(placeOf));
  for (const { name, files, tree } of await deployedVersions(subject, context)) {
    for (const report of await compareWith({ files, tree }, contract, subject, context)) {
      if (seen.has(placeOf(report))) continue;
      seen.add(placeOf(report));
      // Positions in the deployed version are none in the base.
      reports.push(withoutBeforeSpan({ ...report, message: `${report.message} (against ${name})` }));
    }
  }
  return [...reports, ...unresolvedVersions(path, subject, context)];
}

interface Revision {
  files: readonly FileVersion[];
  tree: Tree;
}

async function compareWith(
  earlier: Revision,
  contract: Contract,
  { entry, undeclared, after }: SchemaSubject,
  context: AnalysisContext,
): Promise<ContractReport[]> {
  const reports = await contract.compare({
    before: versionOf(earlier, context),
    after: versionOf({ files: after, tree: context.after }, context),
    direction: entry.direction,
    undeclared,
    ...(entry.level !== undefined && { level: entry.level }),
    ...(entry.operations !== undefined && {
      operations: await operationsOf(entry.operations, context.after),
    }),
  });
  const isGone = after.length === 0 && earlier.files.length > 0;
  // Whatever a contract says of it: one that is gone never is compatible.
  if (isGone && !reports.some(({ proof }) => proof === 'breaking')) {
    reports.push(...earlier.files.map(({ path }) => removed(path)));
  }
  return reports;
}

function versionOf({ files, tree }: Revision, { scope }: AnalysisContext): ContractVersion {
  const own = new Map(files.map((file) => [file.path, file]));
  return {
    paths: [...own.keys()].sort(),
    read: async (path) => textOf(own.get(path) ?? (await tree.read(path))),
    fileOf: (url) => scope.schemaUrls?.[url],
  };
}

async function operationsOf(globs: readonly string[], tree: Tree): Promise<ContractVersion> {
  const paths = (await tree.list()).filter((path) => matchesGlobs(path, globs)).sort();
  return { paths, read: async (path) => textOf(await tree.read(path)) };
}

/** The deployed versions in which the contract is another one than at the base. */
async function deployedVersions(
  { entry, before, after }: SchemaSubject,
  context: AnalysisContext,
): Promise<(Revision & { name: string })[]> {
  const globs = entry.deployed ?? [];
  const versions: (Revision & { name: string })[] = [];
  const paths = [...new Set([...before, ...after].map(({ path }) => path))];
  const known = new Set([digestOf(before)]);
  for (const { name, tree } of context.deployed ?? []) {
    if (!matchesGlobs(name, globs)) continue;
    const files = (await Promise.all(paths.map((path) => tree.read(path)))).filter(
      (file) => file !== undefined,
    );
    if (files.length === 0 || known.has(digestOf(files))) continue;
    known.add(digestOf(files));
    versions.push({ name, tree, files });
  }
  return versions;
}

function digestOf(files: readonly FileVersion[]): string {
  return JSON.stringify(files.map(({ path, digest }) => [path, digest]).sort());
}

function unresolvedVersions(
  path: string,
  { entry }: SchemaSubject,
  context: AnalysisContext,
): ContractReport[] {
  if (entry.deployed === undefined) return [];
  const shown = entry.deployed.join(', ');
  if (context.deployed === undefined) {
    return [
      unknown(
        path,
        'deployed',
        `the deployed versions (${shown}) were not looked up, so nothing was compared with them`,
      ),
    ];
  }
  const left = context.deployedLeftOut ?? 0;
  const names = context.deployed.filter(({ name }) => matchesGlobs(name, entry.deployed ?? []));
  if (left > 0) {
    const message = `${left} more deployed versions match ${shown} than are compared at once; name only those that still run`;
    return [unknown(path, 'deployed', message)];
  }
  if (names.length > 0) return [];
  return [
    unknown(path, 'deployed', `no tag matches ${shown}, so nothing was compared with what is deployed`),
  ];
}

function withoutBeforeSpan(report: ContractReport): ContractReport {
  const copy = { ...report };
  delete copy.beforeSpan;
  return copy;
}

function placeOf({ ruleId, path, key }: ContractReport): string {
  return JSON.stringify([ruleId, path, key]);
}

const fileStart: Span = { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };

function unknown(path: string, key: string, message: string): ContractReport {
  return { ruleId: 'schema/know-contract', path, key, proof: 'unproven', message, span: fileStart };
}

function removed(path: string): ContractReport {
  const message = `${path} is removed, and whoever relies on it has nothing to rely on`;
  return {
    ruleId: 'schema/keep-contract',
    path,
    key: 'removed',
    proof: 'breaking',
    message,
    beforeSpan: fileStart,
  };
}
