import { textOf } from '../change.ts';
import { matchesGlobs } from '../claim.ts';
import type { ServiceScope, Tree } from '../scope.ts';

/** The code of a service, as far as it was looked at. */
export interface Sources {
  files: readonly string[];
  /** False: there is more code than is read. */
  isComplete: boolean;
  /** The texts, read at the first call. */
  texts(): Promise<readonly string[]>;
}

const extension =
  /\.(?:[cm]?[jt]sx?|vue|svelte|py|rb|go|rs|java|kt|kts|scala|groovy|cs|fs|vb|php|pl|c|h|cc|cpp|hpp|swift|m|mm|dart|ex|exs|erl|clj|lua|r|jl|sh|bash|ps1|tmpl|tpl|erb|j2)$/i;
const generated = /(?:^|\/)(?:node_modules|vendor|dist|build|target|\.git|__pycache__|third_party)\//;

/** More than people write for one service; what lies beyond is said not to have been read. */
const maxFiles = 10_000;
const maxCharacters = 100_000_000;
const longestText = 2_000_000;

const known = new WeakMap<Tree, Map<string, Promise<Sources>>>();

/** The source files under a service's `paths`; found once per revision and service. */
export function readSources(tree: Tree, scope: ServiceScope): Promise<Sources> {
  const perTree = known.get(tree) ?? new Map<string, Promise<Sources>>();
  known.set(tree, perTree);
  const key = JSON.stringify([scope.paths, scope.config.map(({ files }) => files)]);
  let sources = perTree.get(key);
  if (sources === undefined) {
    sources = findSources(tree, scope);
    perTree.set(key, sources);
  }
  return sources;
}

async function findSources(tree: Tree, scope: ServiceScope): Promise<Sources> {
  const configured = scope.config.flatMap(({ files }) => files);
  const all = (await tree.list()).filter(
    (path) =>
      extension.test(path) &&
      !generated.test(path) &&
      matchesGlobs(path, scope.paths) &&
      !matchesGlobs(path, configured),
  );
  const files = all.slice(0, maxFiles);
  let texts: Promise<string[]> | undefined;
  const sources: Sources = {
    files,
    isComplete: all.length === files.length,
    texts: () => (texts ??= readTexts(tree, files, () => (sources.isComplete = false))),
  };
  return sources;
}

async function readTexts(tree: Tree, files: readonly string[], cutShort: () => void): Promise<string[]> {
  const texts: string[] = [];
  let left = maxCharacters;
  for (let at = 0; at < files.length; at += batch) {
    for (const version of await Promise.all(files.slice(at, at + batch).map((path) => tree.read(path)))) {
      const text = textOf(version) ?? '';
      if (text.length > longestText || text.length > left) cutShort();
      else {
        texts.push(text);
        left -= text.length;
      }
    }
  }
  return texts;
}

const batch = 500;
