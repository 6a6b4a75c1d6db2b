import { textOf } from '../change.ts';
import { matchesGlobs } from '../claim.ts';
import { entriesOf, isObject, valueAt } from '../document/document.ts';
import { formatOf, parseDocument } from '../document/parse-document.ts';
import type { ServiceScope, Tree } from '../scope.ts';

/** What a revision declares that a configuration value may refer to. */
export interface DeclaredNames {
  /** Services of Compose files and of Kubernetes: other programs reach them by these names. */
  hosts: ReadonlySet<string>;
  /** Environment variables that are set for the service, by env files, Compose, Kubernetes and the policy. */
  variables: ReadonlySet<string>;
  /** Ports that something listens on, with the file that says so. */
  ports: ReadonlyMap<number, string>;
}

/** More deployment files than these are not read. */
const maxFiles = 500;
const longestText = 1_000_000;

const known = new WeakMap<Tree, Map<string, Promise<DeclaredNames>>>();

/** Reads what deployment files of a revision declare; once per revision and service. */
export function declaredNames(tree: Tree, scope: ServiceScope): Promise<DeclaredNames> {
  const perTree = known.get(tree) ?? new Map<string, Promise<DeclaredNames>>();
  known.set(tree, perTree);
  let names = perTree.get(scope.name);
  if (names === undefined) {
    names = readNames(tree, scope);
    perTree.set(scope.name, names);
  }
  return names;
}

interface Collected {
  hosts: Set<string>;
  variables: Set<string>;
  ports: Map<number, string>;
}

async function readNames(tree: Tree, scope: ServiceScope): Promise<DeclaredNames> {
  const found: Collected = { hosts: new Set(), variables: new Set(scope.run?.variables), ports: new Map() };
  if (scope.run !== undefined) found.ports.set(scope.run.port, 'the policy');
  const paths = (await tree.list()).filter((path) => isDeployment(path, scope)).slice(0, maxFiles);
  const versions = await Promise.all(paths.map((path) => tree.read(path)));
  for (const [index, version] of versions.entries()) {
    const [path, text] = [paths[index] ?? '', textOf(version)];
    if (text === undefined || text.length > longestText) continue;
    if (/(^|\/)[^/]*dockerfile[^/]*$/i.test(path)) collectDockerfile(path, text, found);
    else collectDocument(path, text, found);
  }
  return found;
}

/** What every path of a deployment file has: in a large repository most paths are looked at no further. */
const maybeDeployment = /compose|dockerfile|\.env|^env$|\.ya?ml$/i;

function isDeployment(path: string, scope: ServiceScope): boolean {
  if (!maybeDeployment.test(path)) return false;
  if (/(^|\/)(docker-)?compose[^/]*\.ya?ml$/i.test(path)) return true;
  const isOwn = matchesGlobs(path, scope.paths);
  if (/(^|\/)[^/]*dockerfile[^/]*$/i.test(path)) return isOwn;
  if (formatOf(path) === 'env') return isOwn;
  return /(^|\/)(k8s|kubernetes|kube|deploy|deployment|deployments|manifests|base|overlays)\/.*\.ya?ml$/i.test(
    path,
  );
}

function collectDockerfile(path: string, text: string, found: Collected): void {
  for (const [, ports = ''] of text.matchAll(/^\s*EXPOSE\s+([^\n#]{1,200})/gim)) {
    for (const [, port] of ports.matchAll(/\b(\d{1,5})(?:\/\w+)?/g)) addPort(found, Number(port), path);
  }
  for (const [, name = ''] of text.matchAll(/^\s*(?:ENV|ARG)\s+([A-Za-z_]\w*)/gim)) found.variables.add(name);
}

function collectDocument(path: string, text: string, found: Collected): void {
  const parsed = parseDocument(path, text);
  if (!parsed.ok) return;
  if (parsed.format === 'env') {
    for (const [name] of entriesOf(parsed.value)) found.variables.add(name);
    return;
  }
  for (const document of parsed.documents) {
    const kind = valueAt(document, '/kind');
    if (typeof kind === 'string') collectManifest(path, document, kind, found);
    else collectCompose(path, document, found);
  }
}

function collectCompose(path: string, document: unknown, found: Collected): void {
  for (const [name, service] of entriesOf(valueAt(document, '/services'))) {
    found.hosts.add(name);
    for (const pointer of ['/container_name', '/hostname']) {
      const other = valueAt(service, pointer);
      if (typeof other === 'string') found.hosts.add(other);
    }
    for (const pointer of ['/ports', '/expose']) {
      for (const entry of listOf(valueAt(service, pointer))) {
        const port = isObject(entry) ? entry['target'] : /(\d{1,5})(?:\/\w+)?$/.exec(String(entry))?.[1];
        addPort(found, Number(port), path);
      }
    }
    const environment = valueAt(service, '/environment');
    for (const [variable] of entriesOf(environment)) found.variables.add(variable);
    for (const entry of listOf(environment)) {
      if (typeof entry === 'string') found.variables.add(entry.split('=')[0] ?? entry);
    }
  }
}

function collectManifest(path: string, document: unknown, kind: string, found: Collected): void {
  const name = valueAt(document, '/metadata/name');
  if (kind === 'Service' && typeof name === 'string') {
    found.hosts.add(name);
    for (const entry of listOf(valueAt(document, '/spec/ports')))
      addPort(found, Number(valueAt(entry, '/port')), path);
  }
  if (kind === 'ConfigMap') {
    for (const [variable] of entriesOf(valueAt(document, '/data'))) found.variables.add(variable);
  }
  for (const pointer of ['/spec', '/spec/template/spec', '/spec/jobTemplate/spec/template/spec']) {
    for (const container of listOf(valueAt(document, `${pointer}/containers`))) {
      for (const entry of listOf(valueAt(container, '/env'))) {
        const variable = valueAt(entry, '/name');
        if (typeof variable === 'string') found.variables.add(variable);
      }
      for (const entry of listOf(valueAt(container, '/ports'))) {
        addPort(found, Number(valueAt(entry, '/containerPort')), path);
      }
    }
  }
}

function addPort(found: Collected, port: number, path: string): void {
  if (Number.isInteger(port) && port > 0 && port <= 65_535 && !found.ports.has(port))
    found.ports.set(port, path);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
