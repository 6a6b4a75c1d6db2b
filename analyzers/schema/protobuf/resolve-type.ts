import type { ProtoFile } from './proto-file.ts';
import { parentScope, within, type EnumSymbol, type MessageSymbol, type ProtoTree } from './proto-tree.ts';

/** What a type's name stands for. `unknown`: no file of the tree declares it, so only its name can be compared. */
export type ResolvedType =
  | { kind: 'scalar'; name: string }
  | { kind: 'message'; name: string; symbol: MessageSymbol }
  | { kind: 'enum'; name: string; symbol: EnumSymbol }
  | { kind: 'unknown'; name: string };

const scalars = new Set([
  'double',
  'float',
  'int32',
  'int64',
  'uint32',
  'uint64',
  'sint32',
  'sint64',
  'fixed32',
  'fixed64',
  'sfixed32',
  'sfixed64',
  'bool',
  'string',
  'bytes',
]);

/**
 * Looks a name up as protoc does: from the innermost scope outwards for its first part, and what has that part is the
 * one, whether or not the rest is there. A file sees what it imports, and what that imports publicly; where its imports
 * are not in the tree, whatever the tree declares is seen as well.
 */
export function resolveType(tree: ProtoTree, file: ProtoFile, scope: string, written: string): ResolvedType {
  if (scalars.has(written)) return { kind: 'scalar', name: written };
  if (written.startsWith('.')) return declaredType(tree, written.slice(1)) ?? unknown(written.slice(1));
  const dot = written.indexOf('.');
  const first = dot === -1 ? written : written.slice(0, dot);
  const visible = visibleFiles(tree, file);
  let passed: ResolvedType | undefined;
  for (let at: string | undefined = scope; at !== undefined; at = at === '' ? undefined : parentScope(at)) {
    const head = within(at, first);
    const found = declaredType(tree, within(at, written));
    if (found !== undefined && 'symbol' in found) {
      if (visible.has(found.symbol.file) || found.symbol.file.package.startsWith('google.protobuf'))
        return found;
      passed ??= found;
    } else if (dot !== -1 && tree.messages.has(head)) {
      return passed ?? unknown(written);
    }
  }
  return passed ?? unknown(written);
}

function unknown(name: string): ResolvedType {
  return { kind: 'unknown', name };
}

function declaredType(tree: ProtoTree, fullName: string): ResolvedType | undefined {
  const message = tree.messages.get(fullName);
  if (message !== undefined) return { kind: 'message', name: fullName, symbol: message };
  const declared = tree.enums.get(fullName);
  return declared && { kind: 'enum', name: fullName, symbol: declared };
}

// Imports may go round in circles; a file that was visited is not visited again.
const visibleByTree = new WeakMap<ProtoTree, Map<ProtoFile, Set<ProtoFile>>>();

function visibleFiles(tree: ProtoTree, file: ProtoFile): Set<ProtoFile> {
  const perFile = visibleByTree.get(tree) ?? new Map<ProtoFile, Set<ProtoFile>>();
  visibleByTree.set(tree, perFile);
  const known = perFile.get(file);
  if (known !== undefined) return known;
  const visible = new Set([file]);
  const waiting = file.imports.map(({ path }) => path);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const imported = importedFile(tree, path);
    if (imported === undefined || visible.has(imported)) continue;
    visible.add(imported);
    for (const next of imported.imports) if (next.form === 'public') waiting.push(next.path);
  }
  perFile.set(file, visible);
  return visible;
}

const suffixesByTree = new WeakMap<ProtoTree, Map<string, ProtoFile | 'several'>>();

/** The file that an import means: that path, or the only one that ends with it (the root of imports is not known). */
export function importedFile(tree: ProtoTree, path: string): ProtoFile | undefined {
  const exact = tree.files.get(path);
  if (exact !== undefined) return exact;
  let suffixes = suffixesByTree.get(tree);
  if (suffixes === undefined) {
    suffixes = new Map();
    for (const file of tree.files.values()) {
      let rest = file.path;
      // Bounded: nobody imports by more than so many folders' names.
      for (let depth = 0; depth < 32 && rest.includes('/'); depth++) {
        rest = rest.slice(rest.indexOf('/') + 1);
        suffixes.set(rest, suffixes.has(rest) ? 'several' : file);
      }
    }
    suffixesByTree.set(tree, suffixes);
  }
  const found = suffixes.get(path);
  return found === 'several' ? undefined : found;
}

/** Can every import of the file be followed? Otherwise a name that is not found may well be there. */
export function hasAllImports(tree: ProtoTree, file: ProtoFile): boolean {
  return file.imports.every(
    ({ path }) => path.startsWith('google/protobuf/') || importedFile(tree, path) !== undefined,
  );
}
