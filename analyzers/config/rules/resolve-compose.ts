import * as posix from 'node:path/posix';
import { defineRule, type AnalysisContext } from '../../analyzer.ts';
import { textOf } from '../../change.ts';
import { parseDocument } from '../../document/parse-document.ts';
import type { Report } from '../../finding.ts';
import type { Tree } from '../../scope.ts';
import {
  composeIn,
  isComposePath,
  isDeclared,
  pathsIn,
  publishedPorts,
  referencesIn,
} from '../compose/compose-file.ts';
import type { ConfigSubject } from '../document.ts';

type Compose = NonNullable<ReturnType<typeof composeIn>>;

interface Fault {
  key: string;
  message: string;
  pointer: string;
}

/** Compose files: names without a declaration, ports that two services want, files that are gone. */
export const resolveCompose = defineRule<ConfigSubject>({
  id: 'config/resolve-compose',
  level: 'error',
  covers: ['add', 'remove', 'rename'],
  problem: 'Compose refuses the file, or a service of it does not start.',
  remedy: 'Declare what is named, or give the port, the name or the path that is meant.',
  async check(subject, context) {
    const { path, document } = subject;
    const after = subject.isChanged ? composeIn(path, document) : undefined;
    if (after === undefined || document?.ok !== true || after['include'] !== undefined) return [];
    const old = subject.before();
    const before = old && composeIn(old.path, old.document);
    const faults = [
      ...faultsIn(after, await siblingsOf(path, context.after)),
      ...(await lostPaths(after, path, context)),
    ];
    if (faults.length === 0) return [];
    const known = new Set(
      before && faultsIn(before, await siblingsOf(path, context.before)).map(({ key }) => key),
    );
    return faults
      .filter(({ key }) => !known.has(key))
      .map(({ key, message, pointer }): Report => {
        const span = document.spanOf(pointer) ?? document.spanOf('');
        const beforeSpan = old?.document.ok === true ? old.document.spanOf(pointer) : undefined;
        return { path, key, message, ...(span && { span }), ...(beforeSpan && { beforeSpan }) };
      });
  },
});

function faultsIn(compose: Compose, siblings: readonly Compose[]): Fault[] {
  const faults: Fault[] = [];
  for (const reference of referencesIn(compose)) {
    if ([compose, ...siblings].some((file) => isDeclared(file, reference))) continue;
    const { kind, name, service, pointer } = reference;
    const message = `service ${service} names the ${kind} ${name}, which is not declared`;
    faults.push({ key: `${service}:${kind}:${name}`, message, pointer });
  }
  const taken = new Map<string, string>();
  for (const { service, address, port, protocol, pointer } of publishedPorts(compose)) {
    const place = `${port}/${protocol}`;
    const owner = taken.get(`${address} ${place}`) ?? taken.get(` ${place}`);
    taken.set(`${address} ${place}`, service);
    if (owner === undefined || owner === service) continue;
    const message = `services ${owner} and ${service} both publish port ${place} of the host`;
    faults.push({ key: `port:${[owner, service].sort().join(':')}:${place}`, message, pointer });
  }
  return faults;
}

/** The other Compose files of the directory: an override leans on what the main file declares. */
async function siblingsOf(path: string, tree: Tree): Promise<Compose[]> {
  const directory = posix.dirname(path);
  const found: Compose[] = [];
  for (const other of await tree.list()) {
    if (other === path || posix.dirname(other) !== directory || !isComposePath(other)) continue;
    const text = textOf(await tree.read(other));
    const compose = text === undefined ? undefined : composeIn(other, parseDocument(other, text));
    if (compose !== undefined) found.push(compose);
  }
  return found;
}

/** What was in the repository and is not any more. What never was (a file of secrets) comes from elsewhere. */
async function lostPaths(
  compose: Compose,
  file: string,
  { before, after }: AnalysisContext,
): Promise<Fault[]> {
  const wanted = pathsIn(compose);
  if (wanted.length === 0) return [];
  const [was, is] = [await before.list(), await after.list()];
  const isIn = (paths: readonly string[], path: string) =>
    path === '.' || paths.some((one) => one === path || one.startsWith(`${path}/`));
  return wanted.flatMap(({ path, what, service, pointer }) => {
    const target = posix.join(posix.dirname(file), path).replace(/\/$/, '');
    if (!isIn(was, target) || isIn(is, target)) return [];
    const message = `the ${what} of service ${service}, ${path}, is not in the repository any more`;
    return [{ key: `${service}:${what}:${path}`, message, pointer }];
  });
}
