import { textOf } from '../../change.ts';
import { parseDocument } from '../../document/parse-document.ts';
import type { Tree } from '../../scope.ts';
import { resourcesIn, type Resource } from './resource.ts';

/** More manifests than these are not looked through: what is not found then says nothing. */
const maxFiles = 2_000;
const maxLength = 2_000_000;

export interface TreeResources {
  resources: readonly Resource[];
  /** Every manifest was read. */
  isComplete: boolean;
}

const known = new WeakMap<Tree, Promise<TreeResources>>();

/** The objects of all manifests of a revision; read once. */
export function treeResources(tree: Tree): Promise<TreeResources> {
  let reading = known.get(tree);
  if (reading === undefined) {
    reading = readAll(tree);
    known.set(tree, reading);
  }
  return reading;
}

async function readAll(tree: Tree): Promise<TreeResources> {
  const paths = (await tree.list()).filter((path) => /\.(ya?ml|json)$/i.test(path));
  const resources: Resource[] = [];
  for (const path of paths.slice(0, maxFiles)) {
    const text = textOf(await tree.read(path));
    if (text === undefined || text.length > maxLength) continue;
    if (!/apiVersion/.test(text) || !/kind/.test(text)) continue;
    resources.push(...resourcesIn(path, parseDocument(path, text)));
  }
  return { resources, isComplete: paths.length <= maxFiles };
}
