import { compareEnum } from './compare-enum.ts';
import { compareField } from './compare-field.ts';
import { compareFile } from './compare-file.ts';
import { compareMessage } from './compare-message.ts';
import { compareService } from './compare-service.ts';
import { note, type Comparison } from './comparison.ts';
import { extensionShapeOf } from './field-shape.ts';
import type { ProtoFile, Range } from './proto-file.ts';
import { isBuiltIn, type ExtensionSymbol, type ProtoTree } from './proto-tree.ts';
import { resolveType } from './resolve-type.ts';

/** Everything that differs between the two trees, at the level that is asked for. */
export function compareTrees(comparison: Comparison): void {
  const { before, after } = comparison;
  compareFiles(comparison);
  const isSameFile = sameNames(before, after)
    ? (one: Declared, other: Declared) => one.file === other.file
    : () => false;
  const compared = <Symbol extends Declared>(
    kind: Kind,
    earlier: ReadonlyMap<string, Symbol>,
    later: ReadonlyMap<string, Symbol>,
    compare: (comparison: Comparison, one: Symbol, other: Symbol) => void,
  ) => {
    for (const [fullName, symbol] of earlier) {
      if (isBuiltIn(symbol)) continue;
      const other = later.get(fullName);
      if (other === undefined) noteRemoved(comparison, kind, symbol, isMissing(comparison, symbol));
      else {
        if (other.file.path !== symbol.file.path) noteMoved(comparison, kind, symbol, other);
        if (!isSameFile(symbol, other)) compare(comparison, symbol, other);
      }
    }
  };
  compared('message', before.messages, after.messages, compareMessage);
  compared('enum', before.enums, after.enums, compareEnum);
  compared('service', before.services, after.services, compareService);
  compared('extension', before.extensions, after.extensions, () => undefined);
  compareExtensions(comparison, isSameFile);
}

type Kind = 'message' | 'enum' | 'service' | 'extension';

interface Declared {
  kind: Kind;
  fullName: string;
  file: ProtoFile;
  parent?: string;
  node: { nameRange: Range } | ExtensionSymbol['node'];
}

/**
 * With the same names declared in the same files, an equal text means the same: its types lead to what they led to, and
 * what changed there is reported there.
 */
function sameNames(before: ProtoTree, after: ProtoTree): boolean {
  const areSame = (one: ReadonlyMap<string, Declared>, other: ReadonlyMap<string, Declared>) =>
    one.size === other.size && [...one].every(([name, { file }]) => other.get(name)?.file.path === file.path);
  if (!areSame(before.messages, after.messages) || !areSame(before.enums, after.enums)) return false;
  // What a field means that is not sent is its enum's first value, whichever file that is in.
  return [...before.enums].every(
    ([name, { node }]) => after.enums.get(name)?.node.values[0]?.number === node.values[0]?.number,
  );
}

function compareFiles(comparison: Comparison): void {
  const { before, after } = comparison;
  const packagesAfter = new Set([...after.files.values()].map((file) => file.package));
  const reported = new Set<string>();
  for (const [path, file] of before.files) {
    const other = after.files.get(path);
    if (other !== undefined) compareFile(comparison, file, other);
    else if (!after.problems.has(path)) {
      note(comparison, {
        rule: 'keep-file',
        level: 'file',
        key: 'removed',
        message: `${path} is gone, and files that import it no longer compile`,
        before: { file, range: file.syntaxRange },
        symbol: path,
      });
    }
    if (packagesAfter.has(file.package) || after.problems.size > 0 || reported.has(file.package)) continue;
    reported.add(file.package);
    note(comparison, {
      rule: 'keep-package',
      level: 'package',
      key: `removed:${file.package}`,
      message: `nothing is left of ${file.package === '' ? 'what is in no package' : `the package ${file.package}`}`,
      ...(other && { after: { file: other, range: other.packageRange } }),
      before: { file, range: file.packageRange },
      symbol: file.package,
    });
  }
}

/** Is it perhaps in a file of head that could not be read? That file has a report of its own. */
function isMissing({ after }: Comparison, { file }: Declared): boolean {
  return after.problems.has(file.path);
}

function nameRangeOf(symbol: Declared): Range {
  return 'field' in symbol.node ? symbol.node.field.nameRange : symbol.node.nameRange;
}

function noteRemoved(comparison: Comparison, kind: Kind, symbol: Declared, isUnreadable: boolean): void {
  const { before, after } = comparison;
  // What is nested goes with what is around it, which has been said.
  const isInsideOther = symbol.parent !== undefined && !after.messages.has(symbol.parent);
  if (isInsideOther || isUnreadable || isGroupEntry(before, symbol)) return;
  const around = symbol.parent === undefined ? undefined : after.messages.get(symbol.parent);
  const file = after.files.get(symbol.file.path);
  const place = around
    ? { file: around.file, range: around.node.nameRange }
    : file && { file, range: file.package === '' ? file.syntaxRange : file.packageRange };
  const isCalled = kind === 'service' || kind === 'extension';
  note(comparison, {
    rule: `keep-${kind}`,
    level: isCalled ? 'wire' : 'package',
    // Messages that were sent are read as before; that somebody may still call or fill it is said, but is no break there.
    ...(isCalled && { proof: 'none', breaksFrom: 'package' }),
    key: `${symbol.fullName}:removed`,
    message: `the ${kind} ${symbol.fullName} is gone`,
    ...(place && { after: place }),
    before: { file: symbol.file, range: nameRangeOf(symbol) },
    symbol: symbol.fullName,
  });
}

/** A group's message is part of its field, and is reported with it. */
function isGroupEntry(tree: ProtoTree, symbol: Declared): boolean {
  const owner = symbol.parent === undefined ? undefined : tree.messages.get(symbol.parent);
  const name = symbol.fullName.slice(symbol.fullName.lastIndexOf('.') + 1);
  return owner?.node.fields.some((field) => field.isGroup && field.typeName === name) ?? false;
}

function noteMoved(comparison: Comparison, kind: Kind, symbol: Declared, other: Declared): void {
  // What is nested moves with what is around it.
  if (symbol.parent !== undefined) return;
  note(comparison, {
    rule: `keep-${kind}`,
    level: 'file',
    key: `${symbol.fullName}:moved:${symbol.file.path}`,
    message: `the ${kind} ${symbol.fullName} moved from ${symbol.file.path} to ${other.file.path}, where its importers do not look`,
    after: { file: other.file, range: nameRangeOf(other) },
    before: { file: symbol.file, range: nameRangeOf(symbol) },
    symbol: symbol.fullName,
  });
}

/** Extensions are found by what they extend and by number, whatever they are called. */
function compareExtensions(
  comparison: Comparison,
  isSameFile: (one: Declared, other: Declared) => boolean,
): void {
  const keyed = (tree: ProtoTree) =>
    new Map(
      [...tree.extensions.values()].map((extension) => {
        const { file, scope, node } = extension;
        const extendee = resolveType(tree, file, scope, node.extendee).name;
        return [`${extendee}#${node.field.number}`, { extension, extendee }] as const;
      }),
    );
  const later = keyed(comparison.after);
  for (const [key, { extension, extendee }] of keyed(comparison.before)) {
    const other = later.get(key);
    if (other === undefined) {
      const renumbered = comparison.after.extensions.get(extension.fullName);
      if (renumbered !== undefined) noteRenumbered(comparison, extension, renumbered, extendee);
    } else if (!isSameFile(extension, other.extension)) {
      compareField(comparison, {
        before: extensionShapeOf(comparison.before, extension),
        after: extensionShapeOf(comparison.after, other.extension),
        ownerName: extendee,
      });
    }
  }
}

function noteRenumbered(
  comparison: Comparison,
  before: ExtensionSymbol,
  after: ExtensionSymbol,
  extendee: string,
): void {
  note(comparison, {
    rule: 'keep-field-number',
    level: 'wire',
    key: `${before.fullName}:number:${before.node.field.number}:${after.node.field.number}`,
    message: `the extension ${before.fullName} had number ${before.node.field.number} of ${extendee}, and has no longer`,
    after: { file: after.file, range: after.node.field.numberRange },
    before: { file: before.file, range: before.node.field.numberRange },
    symbol: before.fullName,
  });
}
