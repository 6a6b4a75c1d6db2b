import { note, type Comparison } from './comparison.ts';
import { optionOf, type ProtoFile, type ProtoOption } from './proto-file.ts';
import { importedFile } from './resolve-type.ts';

/**
 * Options that decide names or kinds in generated code, with what they are when they are not set. What
 * java_string_check_utf8 does is looked at where there is a text (field-options.ts).
 */
const codeOptions: readonly (readonly [name: string, otherwise: string])[] = [
  ['java_package', ''],
  ['java_outer_classname', ''],
  ['java_multiple_files', 'false'],
  ['java_generic_services', 'false'],
  ['cc_generic_services', 'false'],
  ['cc_enable_arenas', 'true'],
  ['py_generic_services', 'false'],
  ['php_generic_services', 'false'],
  ['optimize_for', 'SPEED'],
  ['go_package', ''],
  ['csharp_namespace', ''],
  ['objc_class_prefix', ''],
  ['swift_prefix', ''],
  ['php_class_prefix', ''],
  ['php_namespace', ''],
  ['php_metadata_namespace', ''],
  ['ruby_package', ''],
];

/** Two versions of one file: what it says about itself, not what it declares. */
export function compareFile(comparison: Comparison, before: ProtoFile, after: ProtoFile): void {
  if (before === after) return;
  comparePackage(comparison, before, after);
  compareSyntax(comparison, before, after);
  comparePublicImports(comparison, before, after);
  for (const [name, otherwise] of codeOptions) {
    const [first, second] = [optionOf(before.options, name), optionOf(after.options, name)];
    const [was, is] = [first?.value ?? otherwise, second?.value ?? otherwise];
    if (was === is) continue;
    note(comparison, {
      rule: 'keep-file-option',
      level: 'package',
      key: `${name}:${was}:${is}`,
      message: `${name} was ${optionText(was)} and is ${optionText(is)}`,
      after: { file: after, range: rangeOf(after, second) },
      before: { file: before, range: rangeOf(before, first) },
      symbol: `${before.path}:${name}`,
    });
  }
}

function optionText(value: string): string {
  return value === '' ? 'not set' : value.slice(0, 200);
}

function rangeOf(file: ProtoFile, option: ProtoOption | undefined) {
  return option?.range ?? (file.package === '' ? file.syntaxRange : file.packageRange);
}

function comparePackage(comparison: Comparison, before: ProtoFile, after: ProtoFile): void {
  if (before.package === after.package) return;
  const named = (name: string) => (name === '' ? 'no package' : `the package ${name}`);
  note(comparison, {
    rule: 'keep-package',
    level: 'wire',
    // An rpc's path and the type URL of an Any carry full names; messages by themselves do not.
    ...(before.services.length === 0 && { proof: 'unproven', breaksFrom: 'package' }),
    key: `${before.package}:${after.package}`,
    message: `${after.path} was in ${named(before.package)} and is in ${named(after.package)}, so every full name in it is another`,
    after: { file: after, range: after.packageRange },
    before: { file: before, range: before.packageRange },
    symbol: before.package,
  });
}

/** What the syntax means for messages and documents is compared by the features of what is declared. */
function compareSyntax(comparison: Comparison, before: ProtoFile, after: ProtoFile): void {
  if (before.syntax === after.syntax) return;
  note(comparison, {
    rule: 'keep-syntax',
    level: 'package',
    key: `${before.syntax}:${after.syntax}`,
    message: `${after.path} was written in ${before.syntax} and is written in ${after.syntax}`,
    after: { file: after, range: after.syntaxRange },
    before: { file: before, range: before.syntaxRange },
    symbol: before.path,
  });
}

function comparePublicImports(comparison: Comparison, before: ProtoFile, after: ProtoFile): void {
  const kept = new Set(after.imports.filter(({ form }) => form === 'public').map(({ path }) => path));
  for (const { path, form, range } of before.imports) {
    if (form !== 'public' || kept.has(path)) continue;
    // Where what it led to is declared in this very file now, importers still see it.
    const target = importedFile(comparison.before, path);
    const moved =
      target?.messages.length !== 0 &&
      target?.messages.every(({ name }) => after.messages.some((own) => own.name === name));
    if (moved === true) continue;
    note(comparison, {
      rule: 'keep-public-import',
      level: 'file',
      key: `public:${path}`,
      message: `${after.path} no longer imports ${path} publicly, so files that import only this one no longer see what it declares`,
      after: { file: after, range: rangeOf(after, undefined) },
      before: { file: before, range },
      symbol: `${before.path}:import public ${JSON.stringify(path)}`,
    });
  }
}
