import { entriesOf, isObject, pointerTo, type Problem } from '../../document/document.ts';
import { formatOf, parseDocument } from '../../document/parse-document.ts';
import type { ContractVersion } from '../contract.ts';
import type { Definition, DefinitionPlace, DefinitionVersion } from './definition.ts';

export interface UnreadDefinition extends Problem {
  path: string;
}

type Node = Readonly<Record<string, unknown>>;

const start = { line: 1, column: 1 };
const fileStart = { start, end: start };
/** A definition with more versions, or a file with more definitions, is nothing that people write. */
const maxVersions = 200;
const maxDefinitions = 2_000;

/** Every CustomResourceDefinition of a revision's files, and what of them cannot be read. */
export async function readDefinitions(
  version: ContractVersion,
): Promise<{ definitions: Definition[]; problems: UnreadDefinition[] }> {
  const definitions: Definition[] = [];
  const problems: UnreadDefinition[] = [];
  for (const path of version.paths) {
    const text = await version.read(path);
    if (text === undefined) {
      problems.push({ path, message: 'it cannot be read as text', span: fileStart });
      continue;
    }
    const named = formatOf(path) === undefined ? `${path}.yaml` : path;
    const document = parseDocument(named, text);
    if (!document.ok) {
      problems.push(...document.problems.map((problem) => ({ ...problem, path })));
      continue;
    }
    for (const [documentIndex, value] of document.documents.entries()) {
      const place: DefinitionPlace = { path, document, documentIndex, pointer: '' };
      for (const [pointer, item] of itemsOf(value)) {
        const read = readDefinition(item, { ...place, pointer });
        if (read === undefined) continue;
        if (definitions.length >= maxDefinitions || 'message' in read) {
          problems.push(
            'message' in read
              ? read
              : { path, message: `more than ${maxDefinitions} definitions`, span: fileStart },
          );
        } else definitions.push(read);
      }
    }
  }
  return { definitions, problems };
}

/** A document, or the items of a `List`. */
function itemsOf(value: unknown): [string, unknown][] {
  if (!isObject(value)) return [];
  const { kind, items } = value;
  if (kind !== 'List' && kind !== 'CustomResourceDefinitionList') return [['', value]];
  return Array.isArray(items) ? items.map((item: unknown, index) => [`/items/${index}`, item]) : [];
}

function readDefinition(value: unknown, place: DefinitionPlace): Definition | UnreadDefinition | undefined {
  if (!isObject(value) || value['kind'] !== 'CustomResourceDefinition') return undefined;
  const problem = (message: string, pointer = '') => {
    const span = place.document.spanOf(`${place.pointer}${pointer}`, place.documentIndex);
    return { path: place.path, message, span: span ?? fileStart };
  };
  const { apiVersion, metadata, spec } = value;
  const isBeta = apiVersion === 'apiextensions.k8s.io/v1beta1';
  if (!isBeta && apiVersion !== 'apiextensions.k8s.io/v1') {
    return problem('its apiVersion is neither apiextensions.k8s.io/v1 nor v1beta1', '/apiVersion');
  }
  if (!isObject(spec)) return problem('it has no spec');
  const { names, group, scope, conversion } = spec;
  if (typeof group !== 'string' || group === '') return problem('spec.group is missing', '/spec');
  if (!isObject(names)) return problem('spec.names is missing', '/spec');
  const { kind, plural } = names;
  if (typeof kind !== 'string' || kind === '') return problem('spec.names.kind is missing', '/spec/names');
  if (typeof plural !== 'string' || plural === '') {
    return problem('spec.names.plural is missing', '/spec/names');
  }
  const versions = readVersions(spec, isBeta, place.pointer);
  if (typeof versions === 'string') return problem(versions, '/spec');
  return {
    name: textOf(isObject(metadata) ? metadata['name'] : undefined, `${plural}.${group}`),
    group,
    kind,
    plural,
    singular: textOf(names['singular'], kind.toLowerCase()),
    listKind: textOf(names['listKind'], `${kind}List`),
    shortNames: textsOf(names['shortNames']),
    categories: textsOf(names['categories']),
    scope: textOf(scope, isBeta ? 'Namespaced' : ''),
    conversion: textOf(isObject(conversion) ? conversion['strategy'] : undefined, 'None'),
    preservesUnknown:
      spec['preserveUnknownFields'] === undefined ? isBeta : spec['preserveUnknownFields'] === true,
    versions,
    place,
  };
}

function readVersions(spec: Node, isBeta: boolean, base: string): DefinitionVersion[] | string {
  const { versions, version } = spec;
  const listed: unknown[] = Array.isArray(versions) ? versions : [];
  if (listed.length > maxVersions) return `spec.versions has more than ${maxVersions} entries`;
  if (listed.length === 0) {
    if (!isBeta || typeof version !== 'string') return 'spec.versions is missing or empty';
    return [versionOf({ name: version, served: true, storage: true }, spec, `${base}/spec`, `${base}/spec`)];
  }
  const read: DefinitionVersion[] = [];
  for (const [index, entry] of listed.entries()) {
    if (!isObject(entry) || typeof entry['name'] !== 'string') return `spec.versions[${index}] has no name`;
    if (read.some(({ name }) => name === entry['name']))
      return `spec.versions[${index}] has the name of another`;
    const top = isBeta ? spec : {};
    read.push(versionOf(entry, top, pointerTo(`${base}/spec/versions`, index), `${base}/spec`));
  }
  const without = read.find(({ schema }) => !isObject(schema) && (schema !== undefined || !isBeta));
  if (without !== undefined) return `version ${without.name} has no schema`;
  const count = read.filter(({ isStorage }) => isStorage).length;
  return count === 1 ? read : `${count === 0 ? 'no version has' : 'more than one version has'} storage: true`;
}

// In v1beta1, what all versions have in common may stand at the top.
function versionOf(entry: Node, top: Node, pointer: string, topPointer: string): DefinitionVersion {
  const pick = (key: string, own: unknown, shared: unknown): [unknown, string] =>
    own === undefined && shared !== undefined ? [shared, `${topPointer}/${key}`] : [own, `${pointer}/${key}`];
  const [subresources, subresourcesPointer] = pick(
    'subresources',
    entry['subresources'],
    top['subresources'],
  );
  const [columns, columnsPointer] = pick(
    'additionalPrinterColumns',
    entry['additionalPrinterColumns'],
    top['additionalPrinterColumns'],
  );
  const { schema: own } = entry;
  const { validation: shared } = top;
  const isOwn = own !== undefined || shared === undefined;
  const holder = isOwn ? own : shared;
  return {
    name: textOf(entry['name'], ''),
    isServed: entry['served'] !== false,
    isStorage: entry['storage'] === true,
    schema: isObject(holder) ? holder['openAPIV3Schema'] : undefined,
    schemaPointer: isOwn ? `${pointer}/schema/openAPIV3Schema` : `${topPointer}/validation/openAPIV3Schema`,
    subresources: Object.fromEntries(entriesOf(subresources)),
    subresourcesPointer,
    columns: namesIn(columns, 'name'),
    columnsPointer,
    selectable: namesIn(entry['selectableFields'], 'jsonPath'),
    selectablePointer: `${pointer}/selectableFields`,
    pointer,
  };
}

function namesIn(list: unknown, key: string): string[] {
  if (!Array.isArray(list)) return [];
  return list.map((item: unknown) => textOf(isObject(item) ? item[key] : undefined, '')).filter(Boolean);
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
