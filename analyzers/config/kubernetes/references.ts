import { entriesOf, isObject, pointerTo, valueAt } from '../../document/document.ts';
import { containersOf, templatePointerOf, type Resource } from './resource.ts';

/** A name by which a workload refers to another object. */
export interface ResourceReference {
  kind: 'ConfigMap' | 'Secret' | 'ServiceAccount' | 'PersistentVolumeClaim' | 'Service';
  name: string;
  /** One entry of what it holds. */
  entry?: string;
  pointer: string;
}

/** What an object refers to by name. An optional reference is none: nothing fails without it. */
export function referencesOf(resource: Resource): ResourceReference[] {
  const references: ResourceReference[] = [];
  const add = (kind: ResourceReference['kind'], name: unknown, pointer: string, entry?: unknown) => {
    if (typeof name !== 'string' || name === '' || /[{$]/.test(name)) return;
    references.push({ kind, name, pointer, ...(typeof entry === 'string' && { entry }) });
  };
  const addKeyed = (kind: ResourceReference['kind'], holder: unknown, pointer: string, nameKey: string) => {
    if (!isObject(holder) || holder['optional'] === true) return;
    add(kind, holder[nameKey], `${pointer}/${nameKey}`, holder['key']);
    // Entries that are mounted by name have to be there as well.
    for (const [index, item] of listOf(holder['items'])) {
      if (isObject(item)) add(kind, holder[nameKey], `${pointer}/items/${index}/key`, item['key']);
    }
  };
  for (const { value, pointer } of containersOf(resource)) {
    for (const [index, source] of listOf(value['envFrom'])) {
      const at = `${pointer}/envFrom/${index}`;
      addKeyed('ConfigMap', valueAt(source, '/configMapRef'), `${at}/configMapRef`, 'name');
      addKeyed('Secret', valueAt(source, '/secretRef'), `${at}/secretRef`, 'name');
    }
    for (const [index, variable] of listOf(value['env'])) {
      const at = `${pointer}/env/${index}/valueFrom`;
      addKeyed('ConfigMap', valueAt(variable, '/valueFrom/configMapKeyRef'), `${at}/configMapKeyRef`, 'name');
      addKeyed('Secret', valueAt(variable, '/valueFrom/secretKeyRef'), `${at}/secretKeyRef`, 'name');
    }
  }
  const template = templatePointerOf(resource);
  if (template !== undefined) {
    const pod = `${template}/spec`;
    for (const [index, volume] of listOf(valueAt(resource.value, `${pod}/volumes`))) {
      const at = `${pod}/volumes/${index}`;
      addKeyed('ConfigMap', valueAt(volume, '/configMap'), `${at}/configMap`, 'name');
      addKeyed('Secret', valueAt(volume, '/secret'), `${at}/secret`, 'secretName');
      const claim = `${at}/persistentVolumeClaim/claimName`;
      add('PersistentVolumeClaim', valueAt(resource.value, claim), claim);
      for (const [place, source] of listOf(valueAt(volume, '/projected/sources'))) {
        const inner = `${at}/projected/sources/${place}`;
        addKeyed('ConfigMap', valueAt(source, '/configMap'), `${inner}/configMap`, 'name');
        addKeyed('Secret', valueAt(source, '/secret'), `${inner}/secret`, 'name');
      }
    }
    for (const [index, secret] of listOf(valueAt(resource.value, `${pod}/imagePullSecrets`))) {
      if (isObject(secret)) add('Secret', secret['name'], `${pod}/imagePullSecrets/${index}/name`);
    }
    const account = `${pod}/serviceAccountName`;
    add('ServiceAccount', valueAt(resource.value, account), account);
  }
  if (resource.kind === 'Ingress') addBackends(resource, add);
  return references;
}

function addBackends(
  { value }: Resource,
  add: (kind: 'Service' | 'Secret', name: unknown, pointer: string) => void,
): void {
  const first = '/spec/defaultBackend/service/name';
  add('Service', valueAt(value, first), first);
  for (const [index, tls] of listOf(valueAt(value, '/spec/tls'))) {
    if (isObject(tls)) add('Secret', tls['secretName'], `/spec/tls/${index}/secretName`);
  }
  for (const [index, rule] of listOf(valueAt(value, '/spec/rules'))) {
    for (const [place, path] of listOf(valueAt(rule, '/http/paths'))) {
      const at = `/spec/rules/${index}/http/paths/${place}/backend/service/name`;
      add('Service', valueAt(path, '/backend/service/name'), at);
    }
  }
}

/** The entries that a ConfigMap or Secret holds. */
export function entriesIn({ value }: Resource): string[] {
  return ['data', 'binaryData', 'stringData'].flatMap((part) => entriesOf(value[part]).map(([key]) => key));
}

export function listOf(value: unknown): [number, unknown][] {
  return Array.isArray(value) ? value.map((item: unknown, index) => [index, item]) : [];
}

/** What a reference is called by structure, apart from where it stands in lists. */
export function referenceKey({ kind, name, entry }: ResourceReference): string {
  return entry === undefined ? pointerTo(kind, name) : pointerTo(pointerTo(kind, name), entry);
}
