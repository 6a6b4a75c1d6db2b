import {
  entriesOf,
  isObject,
  parentOf,
  valueAt,
  type Document,
  type ParsedDocument,
} from '../../document/document.ts';
import type { Span } from '../../finding.ts';

/** One Kubernetes object of a file. */
export interface Resource {
  kind: string;
  /** The group alone: versions of one group are the same objects. */
  group: string;
  name: string;
  namespace: string;
  value: Readonly<Record<string, unknown>>;
  path: string;
  document: Document;
  documentIndex: number;
  /** Of the object in its document; empty unless it stands in a `List`. */
  pointer: string;
}

/** The objects of a file; none where it is no manifest. What is left to a template engine has no name of its own. */
export function resourcesIn(path: string, document: ParsedDocument | undefined): Resource[] {
  if (document?.ok !== true) return [];
  return document.documents.flatMap((value, documentIndex) =>
    itemsOf(value).flatMap(([pointer, item]) => {
      const { apiVersion, kind, metadata } = item;
      if (typeof apiVersion !== 'string' || typeof kind !== 'string' || !isObject(metadata)) return [];
      const { name, namespace } = metadata;
      if (typeof name !== 'string' || name.includes('{{')) return [];
      return [
        {
          kind,
          group: apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '',
          name,
          namespace: typeof namespace === 'string' ? namespace : '',
          value: item,
          path,
          document,
          documentIndex,
          pointer,
        },
      ];
    }),
  );
}

function itemsOf(value: unknown): [string, Readonly<Record<string, unknown>>][] {
  if (!isObject(value)) return [];
  const { kind, items } = value;
  if (kind !== 'List' || !Array.isArray(items)) return [['', value]];
  return items.flatMap((item: unknown, index) => (isObject(item) ? [[`/items/${index}`, item]] : []));
}

/** Names one object among all: two revisions mean the same object by it. */
export function identityOf({ kind, group, name, namespace }: Resource): string {
  return `${group}/${kind}/${namespace}/${name}`;
}

export function labelOf({ kind, name }: Resource): string {
  return `${kind} ${name}`;
}

/** Objects that are there in both revisions. */
export function pairResources(
  before: readonly Resource[],
  after: readonly Resource[],
): [Resource, Resource][] {
  const former = new Map(before.map((resource) => [identityOf(resource), resource]));
  return after.flatMap((resource) => {
    const earlier = former.get(identityOf(resource));
    return earlier === undefined ? [] : [[earlier, resource]];
  });
}

/** Where a pointer of the object, or the nearest thing around it, stands in the file. */
export function spanOf(resource: Resource, pointer: string): Span | undefined {
  const { document, documentIndex, pointer: base } = resource;
  for (let at = pointer; ; at = parentOf(at)) {
    const value = valueAt(resource.value, at);
    if (value !== undefined || at === '') {
      const isInner = typeof value === 'object' && value !== null;
      const place = at === '' && isInner ? '/kind' : at;
      const span = isInner && at !== '' ? document.keySpanOf(`${base}${place}`, documentIndex) : undefined;
      return span ?? document.spanOf(`${base}${place}`, documentIndex);
    }
  }
}

const templatePointers: Readonly<Record<string, string>> = {
  Deployment: '/spec/template',
  StatefulSet: '/spec/template',
  DaemonSet: '/spec/template',
  ReplicaSet: '/spec/template',
  ReplicationController: '/spec/template',
  Job: '/spec/template',
  CronJob: '/spec/jobTemplate/spec/template',
  Rollout: '/spec/template',
  Pod: '',
};

/** Where the pods of a workload are described, from the object's start; undefined for what runs none. */
export function templatePointerOf({ kind }: Resource): string | undefined {
  return Object.hasOwn(templatePointers, kind) ? templatePointers[kind] : undefined;
}

/** The labels that the pods of a workload carry. */
export function podLabelsOf(resource: Resource): ReadonlyMap<string, string> | undefined {
  const pointer = templatePointerOf(resource);
  if (pointer === undefined) return undefined;
  return textsOf(valueAt(resource.value, `${pointer}/metadata/labels`));
}

/** The texts of a map; a value that YAML read as a number counts as it would be written. */
export function textsOf(value: unknown): Map<string, string> {
  return new Map(
    entriesOf(value).flatMap(([key, text]) =>
      typeof text === 'string' || typeof text === 'number' || typeof text === 'boolean'
        ? [[key, String(text)] as const]
        : [],
    ),
  );
}

export function isMatchedBy(
  labels: ReadonlyMap<string, string>,
  selector: ReadonlyMap<string, string>,
): boolean {
  return [...selector].every(([key, value]) => labels.get(key) === value);
}

export interface Container {
  name: string;
  pointer: string;
  value: Readonly<Record<string, unknown>>;
}

/** The containers of a workload's pods, those that run before the others included. */
export function containersOf(resource: Resource): Container[] {
  const template = templatePointerOf(resource);
  if (template === undefined) return [];
  return ['containers', 'initContainers'].flatMap((list) => {
    const pointer = `${template}/spec/${list}`;
    const containers = valueAt(resource.value, pointer);
    if (!Array.isArray(containers)) return [];
    return containers.flatMap((value: unknown, index) =>
      isObject(value) && typeof value['name'] === 'string'
        ? [{ name: value['name'], pointer: `${pointer}/${index}`, value }]
        : [],
    );
  });
}
