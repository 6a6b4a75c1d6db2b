import * as posix from 'node:path/posix';
import { textOf } from '../../change.ts';
import { isObject } from '../../document/document.ts';
import { parseDocument } from '../../document/parse-document.ts';
import type { Tree } from '../../scope.ts';

/** One place of a template that reads a value. */
export interface ValueRead {
  /** The keys after `.Values`. */
  keys: readonly string[];
  /** Something is done about a value that is not there. */
  isGuarded: boolean;
  path: string;
  /** Where it stands in the template's text. */
  offset: number;
}

export interface Chart {
  directory: string;
  reads: readonly ValueRead[];
  /** `values.yaml`; undefined where it cannot be read. */
  values: Readonly<Record<string, unknown>> | undefined;
  /** Values that are handed to charts within this one. */
  dependencies: ReadonlySet<string>;
  /** Templates read values under names that are put together while they run. */
  isDynamic: boolean;
}

const maxTemplates = 500;
const maxLength = 1_000_000;

const known = new WeakMap<Tree, Map<string, Promise<Chart | undefined>>>();

/** The chart that a values file or a template belongs to. */
export function chartOf(path: string, tree: Tree): Promise<Chart | undefined> {
  const template = path.lastIndexOf('/templates/');
  const isTemplate = path.startsWith('templates/') || template !== -1;
  const directory = isTemplate ? path.slice(0, Math.max(0, template)) || '.' : posix.dirname(path);
  const charts = known.get(tree) ?? new Map<string, Promise<Chart | undefined>>();
  known.set(tree, charts);
  let chart = charts.get(directory);
  if (chart === undefined) {
    chart = readChart(directory, tree);
    charts.set(directory, chart);
  }
  return chart;
}

async function readChart(directory: string, tree: Tree): Promise<Chart | undefined> {
  const within = (name: string) => posix.join(directory, name);
  const read = async (path: string) => textOf(await tree.read(path));
  const about = await read(within('Chart.yaml'));
  if (about === undefined) return undefined;
  const prefix = within('templates/');
  const templates = (await tree.list()).filter((path) => path.startsWith(prefix)).slice(0, maxTemplates);
  const reads: ValueRead[] = [];
  let isDynamic = templates.length >= maxTemplates;
  for (const path of templates) {
    const text = await read(path);
    if (text === undefined || text.length > maxLength) {
      isDynamic = true;
      continue;
    }
    // All values at once, or one whose name is not written here: anything may be read.
    if (/\bindex\s+\$?\.Values|\.Values\b(?!\s*\.\s*[A-Za-z_])|\btpl\b/.test(text)) isDynamic = true;
    reads.push(...readsIn(path, text));
  }
  const values = await read(within('values.yaml'));
  return {
    directory,
    reads,
    values: mapOf(values, 'values.yaml'),
    dependencies: dependenciesIn(about),
    isDynamic,
  };
}

function mapOf(text: string | undefined, path: string): Readonly<Record<string, unknown>> | undefined {
  const document = text === undefined ? undefined : parseDocument(path, text);
  if (document?.ok !== true) return undefined;
  return isObject(document.value) ? document.value : document.value === null ? {} : undefined;
}

function dependenciesIn(about: string): Set<string> {
  const list = mapOf(about, 'Chart.yaml')?.['dependencies'];
  const names = (Array.isArray(list) ? list : []).flatMap((entry: unknown) =>
    isObject(entry) ? [entry['name'], entry['alias']] : [],
  );
  return new Set(['global', ...names.filter((name) => typeof name === 'string')]);
}

const guards = /\b(default|if|with|hasKey|required|coalesce|empty|ternary|dig|get|and|or|not|range|toYaml)\b/;

function readsIn(path: string, text: string): ValueRead[] {
  const reads: ValueRead[] = [];
  for (const action of text.matchAll(/\{\{-?([^{}]*)\}\}/g)) {
    const [, content = ''] = action;
    if (content.trimStart().startsWith('/*')) continue;
    const isGuarded = guards.test(content);
    for (const found of content.matchAll(/\.Values((?:\.[A-Za-z_]\w*)+)/g)) {
      const keys = (found[1] ?? '').slice(1).split('.');
      reads.push({ keys, isGuarded, path, offset: action.index + 2 + found.index });
    }
  }
  // What is asked for by a guard somewhere in the template is likely asked for around the other places as well.
  const asked = reads.filter(({ isGuarded }) => isGuarded).map(({ keys }) => keys);
  return reads.map((one) => ({
    ...one,
    isGuarded: one.isGuarded || asked.some((keys) => isWithin(one.keys, keys)),
  }));
}

/** Whether some keys lead to, or below, what others lead to. */
export function isWithin(keys: readonly string[], others: readonly string[]): boolean {
  return others.every((key, index) => keys[index] === key);
}

/** How many of the keys are there, from the first. */
export function depthIn(values: unknown, keys: readonly string[]): number {
  let at = values;
  for (const [index, key] of keys.entries()) {
    if (!isObject(at) || !Object.hasOwn(at, key)) return index;
    at = at[key];
  }
  return keys.length;
}
