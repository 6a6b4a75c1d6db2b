/**
 * Reads the rule fixtures: test/fixtures/<kind>/<rule>/<case>/ with
 *   before.<ext>, after.<ext>   one file, which stands at `<kind>/file.<ext>` (a missing one: added or removed), or
 *   before/, after/             whole directories, whose paths are the repository's paths;
 *   findings.json               what the rule `<kind>/<rule>` must say: ExpectedFinding[], [] for a silent case;
 *   scope.json                  optional: parts of the ServiceScope that differ from `defaultScope`;
 *   observations.json           optional: Observations;
 *   renames.json                optional: { "path in before": "path in after" };
 *   request.json                contracts only, optional: { direction, level }; operations.graphql is what clients send.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Change, FileVersion } from '../../analyzers/change.ts';
import { decodeContent } from '../../analyzers/decode-content.ts';
import type { Finding, Span } from '../../analyzers/finding.ts';
import type { Comparison } from '../../analyzers/compare/comparison.ts';
import type { Observations, ServiceScope, Tree } from '../../analyzers/scope.ts';

/** A finding as a fixture writes it: without what follows from the rule, and spans as `line:column-line:column`. */
export interface ExpectedFinding {
  level: Finding['level'];
  path: string;
  span?: string;
  beforeSpan?: string;
  proof?: Finding['proof'];
  witness?: unknown;
  message: string;
}

export interface Fixture {
  /** `<kind>/<rule>`. */
  ruleId: string;
  name: string;
  directory: string;
  before: Map<string, FileVersion>;
  after: Map<string, FileVersion>;
  changes: Change[];
  scope: ServiceScope;
  observations: Observations;
  request: Pick<Comparison, 'direction' | 'level' | 'operations'>;
  expected: ExpectedFinding[];
}

export const fixturesRoot = fileURLToPath(new URL('../fixtures/', import.meta.url));

/** One service, `shop`, with a directory per kind; whatever else is in the repository is its code. */
export const defaultScope: ServiceScope = {
  name: 'shop',
  paths: ['**'],
  config: [{ files: ['config/**'] }],
  schemas: [{ files: ['schema/**'], kind: 'json-schema', direction: 'consumed' }],
  migrations: { files: ['sql/**'], runner: 'psql' },
  code: { commands: [], timeoutSeconds: 900 },
  infra: { files: ['infra/**'], stateful: [] },
};

export function findFixtures(): Fixture[] {
  const fixtures: Fixture[] = [];
  for (const kind of directoriesIn(fixturesRoot)) {
    for (const rule of directoriesIn(join(fixturesRoot, kind))) {
      for (const name of directoriesIn(join(fixturesRoot, kind, rule))) {
        fixtures.push(readFixture(kind, rule, name));
      }
    }
  }
  return fixtures;
}

function readFixture(kind: string, rule: string, name: string): Fixture {
  const directory = join(fixturesRoot, kind, rule, name);
  const before = readSide(directory, 'before', kind);
  const after = readSide(directory, 'after', kind);
  return {
    ruleId: `${kind}/${rule}`,
    name,
    directory,
    before,
    after,
    changes: changesBetween(before, after, readJson(directory, 'renames.json', {})),
    scope: { ...defaultScope, ...readJson<Partial<ServiceScope>>(directory, 'scope.json', {}) },
    observations: readJson(directory, 'observations.json', { commands: [], previews: [] }),
    request: readRequest(directory),
    expected: readJson<ExpectedFinding[]>(directory, 'findings.json', []),
  };
}

function readRequest(directory: string): Fixture['request'] {
  const request = readJson<Pick<Comparison, 'direction' | 'level'>>(directory, 'request.json', {});
  const path = join(directory, 'operations.graphql');
  if (!existsSync(path)) return request;
  return { ...request, operations: new Map([['operations.graphql', readFileSync(path, 'utf8')]]) };
}

/** One side of a contract's fixture, as `evenkeel compare` is given it. */
export function textsOf(versions: ReadonlyMap<string, FileVersion>): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [path, { content }] of versions) if (content.form === 'text') texts.set(path, content.text);
  return texts;
}

function readSide(directory: string, side: 'before' | 'after', kind: string): Map<string, FileVersion> {
  const versions = new Map<string, FileVersion>();
  for (const entry of readdirSync(directory)) {
    const full = join(directory, entry);
    if (entry === side && statSync(full).isDirectory()) {
      for (const file of filesUnder(full)) {
        const path = relative(full, file).split(sep).join('/');
        versions.set(path, versionOf(path, readFileSync(file)));
      }
    } else if (entry.startsWith(`${side}.`)) {
      const path = `${kind}/file${entry === `${side}.env` ? '.env' : extname(entry)}`;
      versions.set(path, versionOf(path, readFileSync(full)));
    }
  }
  return versions;
}

export function versionOf(path: string, bytes: Buffer): FileVersion {
  const digest = createHash('sha1').update(bytes).digest('hex');
  return { path, mode: '100644', digest, content: decodeContent(bytes) };
}

/** The changes between two revisions given as maps from path to version. */
export function changesBetween(
  before: ReadonlyMap<string, FileVersion>,
  after: ReadonlyMap<string, FileVersion>,
  renames: Readonly<Record<string, string>> = {},
): Change[] {
  const changes: Change[] = [];
  const renamedTo = new Set(Object.values(renames));
  for (const [path, version] of before) {
    const later = after.get(renames[path] ?? path);
    if (later === undefined) changes.push({ status: 'removed', path, before: version });
    else if (later.path !== path) {
      changes.push({ status: 'renamed', path: later.path, before: version, after: later });
    } else if (later.digest !== version.digest) {
      changes.push({ status: 'modified', path, before: version, after: later });
    }
  }
  for (const [path, version] of after) {
    if (!before.has(path) && !renamedTo.has(path)) changes.push({ status: 'added', path, after: version });
  }
  return changes;
}

export function treeOf(versions: ReadonlyMap<string, FileVersion>): Tree {
  return {
    read: (path) => Promise.resolve(versions.get(path)),
    list: () => Promise.resolve([...versions.keys()]),
  };
}

/** What a fixture would have to say for a finding. */
export function toExpected(finding: Finding): ExpectedFinding {
  return {
    level: finding.level,
    path: finding.path,
    ...(finding.span && { span: renderSpan(finding.span) }),
    ...(finding.beforeSpan && { beforeSpan: renderSpan(finding.beforeSpan) }),
    ...(finding.proof && { proof: finding.proof }),
    ...(finding.witness !== undefined && { witness: finding.witness }),
    message: finding.message,
  };
}

function renderSpan({ start, end }: Span): string {
  return `${start.line}:${start.column}-${end.line}:${end.column}`;
}

function directoriesIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

function filesUnder(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

// The fixtures are this repository's own, so their shape is trusted here and checked by the tests that use them.
function readJson<T>(directory: string, file: string, otherwise: T): T {
  const path = join(directory, file);
  if (!existsSync(path)) return otherwise;
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
