import { valueAt } from '../../document/document.ts';
import { canonicalJson } from '../../containment/statement.ts';
import { reportOn, versionLabel, type DefinitionPair, type VersionSide } from './comparison.ts';
import { compareAnnotations } from './compare-annotations.ts';
import { compareRules } from './compare-rules.ts';
import { compareSchemas, resourceFrom, type SchemaReport } from './compare-schemas.ts';
import type { Definition, DefinitionVersion } from './definition.ts';
import { settleWitnesses } from './settle-witness.ts';

/** What became of each version, and of what is stored in it. */
export async function compareVersions(pair: DefinitionPair): Promise<void> {
  const { before, after } = pair;
  for (const earlier of before.versions) {
    const later = after.versions.find(({ name }) => name === earlier.name);
    if (later === undefined) {
      reportRemoved(pair, earlier);
      continue;
    }
    reportServed(pair, earlier, later);
    // What is neither served nor stored, nobody can write or read.
    if (!earlier.isServed && !earlier.isStorage) continue;
    compareParts(pair, earlier, later);
    compareAnnotations(pair, { definition: before, version: earlier }, { definition: after, version: later });
    await compareBothWays(pair, earlier, later);
    await compareRules(pair, { definition: before, version: earlier }, { definition: after, version: later });
  }
  compareStorage(pair);
}

function reportRemoved(pair: DefinitionPair, earlier: DefinitionVersion): void {
  const side: VersionSide = { definition: pair.before, version: earlier };
  const isUsed = earlier.isServed || earlier.isStorage;
  const why = earlier.isServed
    ? 'is removed while it was served'
    : earlier.isStorage
      ? 'is removed while objects are stored in it'
      : 'is removed; that is refused as long as status.storedVersions lists it';
  reportOn(pair, {
    ruleId: 'crd/keep-version',
    key: `version:${earlier.name}`,
    message: `version ${earlier.name} ${why}`,
    before: `${earlier.pointer}/name`,
    after: `${pair.after.place.pointer}/spec/versions`,
    ...(isUsed ? { proof: 'breaking', witness: resourceFrom(side, {}) } : { level: 'warning' }),
  });
}

function reportServed(pair: DefinitionPair, earlier: DefinitionVersion, later: DefinitionVersion): void {
  if (!earlier.isServed || later.isServed) return;
  reportOn(pair, {
    ruleId: 'crd/keep-version',
    key: `served:${earlier.name}`,
    message: `version ${earlier.name} is no longer served`,
    before: `${earlier.pointer}/name`,
    after: `${later.pointer}/served`,
    proof: 'breaking',
    witness: resourceFrom({ definition: pair.before, version: earlier }, {}),
  });
}

async function compareBothWays(
  pair: DefinitionPair,
  earlier: DefinitionVersion,
  later: DefinitionVersion,
): Promise<void> {
  const { before, after, direction } = pair;
  const [one, other]: VersionSide[] = [
    { definition: before, version: earlier },
    { definition: after, version: later },
  ];
  if (one === undefined || other === undefined) return;
  if (before.preservesUnknown && !after.preservesUnknown) {
    reportOn(pair, {
      ruleId: 'crd/keep-field',
      key: `${earlier.name}:pruning`,
      message: `in version ${earlier.name}, fields that the schema lacks were kept and are pruned now`,
      level: 'warning',
      before: `${earlier.pointer}/name`,
      after: `${later.pointer}/name`,
    });
  }
  for (const found of await settleWitnesses(compareSchemas(one, other, 'backward'), one, other)) {
    // Reading loses what stored objects lose; apart from that, readers have their own question.
    const isOwn = direction !== 'produced' || found.ruleId === 'crd/keep-field';
    if (isOwn) reportSchema(pair, found, found.accepting, found.rejecting);
  }
  if (direction === 'consumed') return;
  for (const found of compareSchemas(one, other, 'forward')) {
    reportSchema(pair, found, found.rejecting, found.accepting);
  }
}

function reportSchema(pair: DefinitionPair, found: SchemaReport, before: string, after: string): void {
  const { ruleId, message, key, proof, witness } = found;
  reportOn(pair, {
    ruleId,
    message,
    key,
    proof,
    before,
    after,
    ...(proof === 'unproven' && { level: 'warning' }),
    ...(witness !== undefined && { witness }),
  });
}

function compareParts(pair: DefinitionPair, earlier: DefinitionVersion, later: DefinitionVersion): void {
  compareSubresources(pair, earlier, later);
  for (const path of earlier.selectable) {
    if (later.selectable.includes(path)) continue;
    reportOn(pair, {
      ruleId: 'crd/keep-selectable-field',
      key: `${earlier.name}:selectable:${path}`,
      message: `in version ${earlier.name}, requests can no longer select by ${path}`,
      before: earlier.selectablePointer,
      after: later.selectablePointer,
      proof: 'breaking',
      witness: { fieldSelector: `${path.replace(/^\./, '')}=example` },
    });
  }
  for (const column of earlier.columns) {
    if (later.columns.includes(column)) continue;
    reportOn(pair, {
      ruleId: 'crd/keep-column',
      key: `${earlier.name}:column:${column}`,
      message: `in version ${earlier.name}, the column "${column}" is gone`,
      before: earlier.columnsPointer,
      after: later.columnsPointer,
    });
  }
}

const scalePaths = ['specReplicasPath', 'statusReplicasPath', 'labelSelectorPath'];

function compareSubresources(
  pair: DefinitionPair,
  earlier: DefinitionVersion,
  later: DefinitionVersion,
): void {
  const [before, after] = [earlier.subresources, later.subresources];
  const base = {
    ruleId: 'crd/keep-subresource',
    before: earlier.subresourcesPointer,
    after: later.subresourcesPointer,
  } as const;
  for (const name of ['status', 'scale']) {
    const [had, has] = [Object.hasOwn(before, name), Object.hasOwn(after, name)];
    const key = `${earlier.name}:subresource:${name}`;
    if (had && !has) {
      const message = `in version ${earlier.name}, the subresource ${name} is removed, and requests for it are answered 404`;
      const witness = { request: `PUT .../${pair.before.plural}/example/${name}` };
      reportOn(pair, { ...base, key, message, proof: 'breaking', witness });
    } else if (!had && has && name === 'status') {
      const message = `in version ${earlier.name}, status is a subresource now, so what is written to it with the whole object is ignored`;
      reportOn(pair, { ...base, key, message, level: 'warning' });
    }
  }
  for (const path of scalePaths) {
    const [was, is] = [before, after].map((side) => valueAt(side['scale'], `/${path}`));
    if (was === is || was === undefined || !Object.hasOwn(after, 'scale')) continue;
    reportOn(pair, {
      ...base,
      key: `${earlier.name}:scale:${path}`,
      message: `in version ${earlier.name}, the ${path} of scale leads elsewhere, so autoscalers read or write another field`,
      before: `${earlier.subresourcesPointer}/scale/${path}`,
      after: `${later.subresourcesPointer}/scale/${path}`,
      proof: 'breaking',
    });
  }
}

/** What is stored in one version, and read or stored in another one from now on. */
function compareStorage(pair: DefinitionPair): void {
  const { before, after } = pair;
  const [from, to] = [storageOf(before), storageOf(after)];
  const isConverted = after.conversion === 'Webhook';
  if (from !== undefined && to !== undefined && from.name !== to.name) {
    const message = `objects are stored in version ${to.name} now, and in ${from.name} until each is written again; status.storedVersions lists both until then`;
    const key = `storage:${from.name}:${to.name}`;
    reportOn(pair, {
      ruleId: 'crd/keep-storage',
      key,
      message,
      before: `${from.pointer}/name`,
      after: `${to.pointer}/storage`,
    });
    if (!isConverted) reportLosses(pair, [before, from], [after, to], 'breaking');
  }
  if (isConverted) return;
  const isLost = before.conversion === 'Webhook';
  const isNew = ({ name }: DefinitionVersion) => !before.versions.some((version) => version.name === name);
  if (to === undefined) return;
  for (const version of after.versions) {
    if (version.name === to.name || !version.isServed) continue;
    const hasChanged = isLost || isNew(version);
    if (hasChanged && isSame(version, to)) continue;
    if (isLost && !isNew(version)) reportLosses(pair, [after, version], [after, to], 'breaking');
    else if (isNew(version)) reportLosses(pair, [after, version], [after, to], undefined);
  }
}

function isSame(one: DefinitionVersion, other: DefinitionVersion): boolean {
  return canonicalJson(one.schema ?? null) === canonicalJson(other.schema ?? null);
}

function storageOf({ versions }: Definition): DefinitionVersion | undefined {
  return versions.find(({ isStorage }) => isStorage);
}

function reportLosses(
  pair: DefinitionPair,
  [fromDefinition, from]: [Definition, DefinitionVersion],
  [toDefinition, to]: [Definition, DefinitionVersion],
  proof: 'breaking' | undefined,
): void {
  const [one, other] = [
    { definition: fromDefinition, version: from },
    { definition: toDefinition, version: to },
  ];
  const losses = compareSchemas(one, other, 'backward');
  const [first] = losses;
  if (first === undefined) return;
  const more = losses.length === 1 ? '' : ` (and ${losses.length - 1} more of this kind)`;
  const message = `without conversion, objects of ${versionLabel(one)} are not whole or not valid in ${versionLabel(other)}: ${first.message}${more}`;
  reportOn(pair, {
    ruleId: 'crd/keep-conversion',
    key: `conversion:${from.name}:${to.name}`,
    message,
    after: first.rejecting,
    ...(fromDefinition === pair.before && { before: first.accepting }),
    ...(proof === undefined ? { level: 'note' } : { proof: first.proof, level: 'error' }),
    ...(first.witness !== undefined && { witness: first.witness }),
  });
}
