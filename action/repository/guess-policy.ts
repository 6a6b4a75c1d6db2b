import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** As many documents of one sort as a first policy names; whoever has more knows better how to group them. */
const mostOfOneSort = 10;

/**
 * A policy from what a repository shows: its name, its lockfile and test command, OpenAPI documents, JSON Schemas beside
 * what they describe, migrations, Pulumi projects. It is a guess, to be read by a person; it always loads.
 */
export function guessPolicy(repository: string): string {
  const paths = listPaths(repository);
  const { name, hasTests } = readManifest(repository, paths);
  const openapi = paths.filter((path) => /(^|\/)(openapi|swagger)\.(ya?ml|json)$/.test(path));
  const [probed] = openapi;
  const runbook = paths.find((path) => /(^|\/)(runbook|playbook)s?\.md$/i.test(path));
  const lines = [
    'version: 1',
    'services:',
    `  ${name}:`,
    '    paths: ["**"]',
    ...listed('config', guessConfig(paths)),
    ...listed(
      'schemas',
      openapi.map((path) => `{ files: ${quote(escapeGlob(path))}, kind: openapi, direction: produced }`),
    ),
    ...guessMigrations(paths),
    ...(paths.includes('package-lock.json')
      ? [`    code: { commands: [npm ci${hasTests ? ', npm test' : ''}], timeout: 15m }`]
      : []),
    ...guessInfra(paths),
    '    # To deploy as well, say where to and how one instance is started:',
    '    # target: local',
    '    # run: { command: npm start, health: /healthz, port: 8080, instances: 2 }',
    ...(probed === undefined ? [] : [`    # probes: { openapi: ${quote(probed)} }`]),
    `    # runbooks: { rolled-back: ${quote(runbook ?? 'docs/runbook.md')} }`,
    'approval: { required: 1 }',
    'rollout: { preset: standard }',
    'unclaimed: block',
  ];
  return `${lines.join('\n')}\n`;
}

/** What git knows or would add; nothing that is ignored, and nothing that a package manager brought. */
function listPaths(repository: string): string[] {
  const printed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  const paths = printed.split('\0').filter((path) => path !== '' && !/(^|\/)node_modules\//.test(path));
  return [...new Set(paths)].sort();
}

/** `x.schema.json` beside `x.json` or `x.yaml` describes it; a directory named config holds configuration in any case. */
function guessConfig(paths: readonly string[]): string[] {
  const described = paths
    .filter((path) => path.endsWith('.schema.json'))
    .flatMap((schema) => {
      const stem = schema.slice(0, -'.schema.json'.length);
      const file = paths.find((path) => [`${stem}.json`, `${stem}.yaml`, `${stem}.yml`].includes(path));
      return file === undefined ? [] : [{ file, schema }];
    });
  const directories = paths.flatMap((path) => /^(?:.+\/)?config(?=\/)/.exec(path)?.[0] ?? []);
  return [
    ...described.map(({ file, schema }) => `{ files: ${quote(escapeGlob(file))}, schema: ${quote(schema)} }`),
    ...[...new Set(directories)].map(
      (path) => `{ files: ${quote(`${escapeGlob(path)}/**/*.{json,yaml,yml,toml}`)} }`,
    ),
  ];
}

function guessMigrations(paths: readonly string[]): string[] {
  const files = paths
    .filter((path) => /(^|\/)migrations?\/(?:.*\/)?[^/]+\.sql$/.test(path))
    .map((path) => `${escapeGlob(path.replace(/((?:^|\/)migrations?)\/.*$/, '$1'))}/**/*.sql`);
  const globs = [...new Set(files)].slice(0, mostOfOneSort);
  return globs.length === 0 ? [] : [`    migrations: { files: [${globs.map(quote).join(', ')}] }`];
}

function guessInfra(paths: readonly string[]): string[] {
  // One at the root would claim every path there is.
  const project = paths.find((path) => path.endsWith('/Pulumi.yaml'));
  return project === undefined ? [] : [`    infra: { directory: ${quote(dirname(project))} }`];
}

function listed(key: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  return [`    ${key}:`, ...items.slice(0, mostOfOneSort).map((item) => `      - ${item}`)];
}

function readManifest(repository: string, paths: readonly string[]): { name: string; hasTests: boolean } {
  const manifest = paths.includes('package.json') ? readJson(join(repository, 'package.json')) : {};
  const { name, scripts } = manifest;
  return {
    name: serviceName(typeof name === 'string' ? name : basename(repository)),
    hasTests: typeof scripts === 'object' && scripts !== null && 'test' in scripts,
  };
}

/** A manifest that does not parse tells nothing; `check` will say so. */
function readJson(path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function serviceName(wanted: string): string {
  const clean = wanted
    .toLowerCase()
    .replace(/^@[^/]*\//, '')
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 40);
  // A YAML reader takes these, and numbers, for something else than a text.
  return clean === '' || /^(?:true|false|null|yes|no|on|off|y|n|\d.*)$/.test(clean)
    ? `service-${clean}`.replace(/-$/, '').slice(0, 40)
    : clean;
}

/** Names that mean something in a glob stand for themselves. */
function escapeGlob(path: string): string {
  return path.replace(/[\\*?[\]{}()!+@|]/g, '\\$&');
}

/** YAML's double-quoted texts are JSON's. */
function quote(text: string): string {
  return JSON.stringify(text);
}
