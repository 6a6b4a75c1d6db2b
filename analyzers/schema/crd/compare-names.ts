import { reportOn, type DefinitionPair } from './comparison.ts';

/** What clients and stored objects know a kind by. */
const identity = [
  ['group', 'group'],
  ['kind', 'names/kind'],
  ['plural', 'names/plural'],
  ['listKind', 'names/listKind'],
  ['scope', 'scope'],
] as const;

/** Names that people type, and that tools look up when they start. */
const shortcuts = [
  ['shortNames', 'short name'],
  ['categories', 'category'],
] as const;

/** Group, kind, plural, scope and the other names of one definition. */
export function compareNames(pair: DefinitionPair): void {
  const { before, after } = pair;
  const places = (pointer: string) => ({
    before: `${before.place.pointer}/spec/${pointer}`,
    after: `${after.place.pointer}/spec/${pointer}`,
  });
  for (const [field, pointer] of identity) {
    const [was, is] = [before[field], after[field]];
    // The name of lists is made of the kind unless it is said, and then there is nothing more to tell.
    if (was === is || (field === 'listKind' && before.kind !== after.kind)) continue;
    reportOn(pair, {
      ruleId: 'crd/keep-names',
      key: field,
      message: `the ${field} was ${was || 'not said'} and is ${is || 'not said'} now`,
      ...places(pointer),
      proof: 'breaking',
      witness: { apiVersion: `${before.group}/${before.versions[0]?.name ?? ''}`, kind: before.kind },
    });
  }
  if (before.singular !== after.singular && before.kind === after.kind) {
    const message = `the singular was ${before.singular} and is ${after.singular} now, which commands that name it do not find`;
    reportOn(pair, {
      ruleId: 'crd/keep-names',
      key: 'singular',
      message,
      level: 'warning',
      ...places('names/singular'),
    });
  }
  for (const [field, word] of shortcuts) {
    for (const name of before[field]) {
      if (after[field].includes(name)) continue;
      reportOn(pair, {
        ruleId: 'crd/keep-names',
        key: `${field}:${name}`,
        message: `the ${word} ${name} is gone, which commands that name it do not find`,
        level: 'warning',
        ...places(`names/${field}`),
      });
    }
  }
}
