import * as posix from 'node:path/posix';
import type { AnalysisContext } from '../analyzer.ts';
import { declaredNames } from './declared-names.ts';
import { isReference } from './question-shape.ts';
import { placeName, scalarMove, type Question, type ScalarMove } from './question.ts';
import type { Move } from './compare-values.ts';

const rule = 'config/resolve-reference';

/** A reference that named something before and names nothing now; null: it does, or it did not before either. */
export async function questionReference(
  move: Move,
  path: string,
  context: AnalysisContext,
): Promise<Question | null> {
  const scalar = scalarMove(move);
  return (
    (await questionFile(scalar, path, context)) ??
    (await questionHost(scalar, context)) ??
    (await questionPort(scalar, path, context)) ??
    (await questionVariable(scalar, context))
  );
}

async function questionFile({ before, after, move }: ScalarMove, path: string, context: AnalysisContext) {
  if (!isPath(before) || !isPath(after)) return null;
  const wasThere = findFile(before, path, await context.before.list());
  if (wasThere === undefined || findFile(after, path, await context.after.list()) !== undefined) return null;
  return ask(`${placeName(move.after)} named a file of the repository, and names none now`, 'file');
}

function isPath(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > 300 || /[\s*?{}$<>|:]/.test(value)) return false;
  return value.includes('/') ? !value.startsWith('//') : /^[\w.-]+\.[a-z]{2,5}$/i.test(value);
}

const pathSets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** A file or a directory, from the file that names it or from the root of the repository. */
function findFile(value: string, from: string, paths: readonly string[]): string | undefined {
  let known = pathSets.get(paths);
  if (known === undefined) {
    known = new Set(paths.flatMap((path) => [path, ...parentsOf(path)]));
    pathSets.set(paths, known);
  }
  const found = known;
  const relative = value.replace(/^\/+/, '').replace(/\/+$/, '');
  const candidates = [posix.join(posix.dirname(from), relative), posix.normalize(relative)];
  for (
    let parent = posix.dirname(posix.dirname(from));
    parent !== '.' && parent !== '/';
    parent = posix.dirname(parent)
  ) {
    candidates.push(posix.join(parent, relative));
  }
  return candidates.find((candidate) => found.has(candidate));
}

function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let parent = posix.dirname(path); parent !== '.'; parent = posix.dirname(parent)) parents.push(parent);
  return parents;
}

async function questionHost({ before, after, words, move }: ScalarMove, context: AnalysisContext) {
  const [was, is] = [hostOf(before, words), hostOf(after, words)];
  if (was === undefined || is === undefined || was === is) return null;
  if (!(await declaredNames(context.before, context.scope)).hosts.has(was)) return null;
  const { hosts } = await declaredNames(context.after, context.scope);
  // Names with dots are of the world outside, whatever stands in the repository.
  if (hosts.has(is) || is.includes('.') || is === 'localhost') return null;
  return ask(`${placeName(move.after)} named a service that the repository declares, and ${is} is none`, is);
}

function hostOf(value: unknown, words: readonly string[]): string | undefined {
  if (typeof value !== 'string' || value.length > 500) return undefined;
  const found =
    /^[a-z][a-z\d+.-]*:\/\/(?:[^/@\s]*@)?([a-z\d][a-z\d.-]*)(?::\d+)?(?:[/?#]|$)/i.exec(value) ??
    /^([a-z\d][a-z\d.-]*):\d{1,5}$/i.exec(value);
  if (found !== null) return clusterName(found[1] ?? '');
  const isHostKey = ['host', 'hostname'].includes(words.at(-1) ?? '');
  return isHostKey && /^[a-z\d][a-z\d.-]*$/i.test(value) ? clusterName(value) : undefined;
}

/** Kubernetes gives every service longer names as well. */
function clusterName(host: string): string {
  return host.replace(/\.(?:[a-z\d-]+\.)?svc(?:\.cluster\.local)?$/i, '');
}

async function questionPort(
  { before, after, words, move }: ScalarMove,
  path: string,
  context: AnalysisContext,
) {
  if (words.at(-1) !== 'port' || typeof before === 'object' || typeof after === 'object') return null;
  const [was, is] = [Number(before), Number(after)];
  const declaredBefore = (await declaredNames(context.before, context.scope)).ports.get(was);
  if (declaredBefore === undefined || declaredBefore === path) return null;
  const { ports } = await declaredNames(context.after, context.scope);
  // Only where the other file still means the earlier one.
  if (ports.has(is) || ports.get(was) !== declaredBefore) return null;
  return ask(
    `${placeName(move.after)} moved from ${was} to ${is}, and ${declaredBefore} still says ${was}`,
    `${is}`,
  );
}

async function questionVariable({ before, after, move }: ScalarMove, context: AnalysisContext) {
  if (!isReference(before) || !isReference(after)) return null;
  const [was, is] = [variablesIn(before), variablesIn(after)];
  const changed = is.filter((name) => !was.includes(name));
  if (changed.length === 0 || was.length === 0) return null;
  const earlier = (await declaredNames(context.before, context.scope)).variables;
  if (!was.every((name) => earlier.has(name))) return null;
  const later = (await declaredNames(context.after, context.scope)).variables;
  const missing = changed.find((name) => !later.has(name));
  if (missing === undefined) return null;
  return ask(
    `${placeName(move.after)} takes ${missing} from the environment, and nothing here sets it`,
    missing,
  );
}

/** `${NAME}`, `$NAME`; one with a default of its own needs nobody to set it. */
function variablesIn(value: unknown): string[] {
  if (typeof value !== 'string' || value.length > 10_000) return [];
  return [...value.matchAll(/\$(?:\{([A-Za-z_]\w*)\}|([A-Z_][A-Z\d_]*))/g)].map(([, a, b]) => a ?? b ?? '');
}

function ask(message: string, detail: string): Question {
  return { rule, message, detail };
}
