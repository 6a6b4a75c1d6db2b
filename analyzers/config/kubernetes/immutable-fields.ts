import { canonicalJson } from '../../containment/statement.ts';
import { isObject, valueAt } from '../../document/document.ts';
import type { Resource } from './resource.ts';

interface ImmutableField {
  kinds: readonly string[];
  pointer: string;
  /** From nothing to something, or back, is let through by the API server as well. */
  isFixedOnceSet?: boolean;
}

const workloads = ['Deployment', 'DaemonSet', 'ReplicaSet', 'StatefulSet'];

/** What the API server refuses to change. */
const fields: readonly ImmutableField[] = [
  { kinds: workloads, pointer: '/spec/selector' },
  ...['/spec/serviceName', '/spec/podManagementPolicy', '/spec/volumeClaimTemplates'].map((pointer) => ({
    kinds: ['StatefulSet'],
    pointer,
  })),
  ...['/spec/template', '/spec/selector', '/spec/completionMode'].map((pointer) => ({
    kinds: ['Job'],
    pointer,
  })),
  { kinds: ['Service'], pointer: '/spec/clusterIP', isFixedOnceSet: true },
  ...[
    '/spec/storageClassName',
    '/spec/accessModes',
    '/spec/volumeName',
    '/spec/volumeMode',
    '/spec/selector',
  ].map((pointer) => ({
    kinds: ['PersistentVolumeClaim'],
    pointer,
    isFixedOnceSet: pointer === '/spec/volumeName',
  })),
  { kinds: ['Secret'], pointer: '/type' },
  { kinds: ['RoleBinding', 'ClusterRoleBinding'], pointer: '/roleRef' },
  ...['/provisioner', '/parameters', '/reclaimPolicy', '/volumeBindingMode'].map((pointer) => ({
    kinds: ['StorageClass'],
    pointer,
  })),
  { kinds: ['PriorityClass'], pointer: '/value' },
];

/** What stands in an object when nothing is said. */
const defaults: Readonly<Record<string, unknown>> = {
  '/spec/podManagementPolicy': 'OrderedReady',
  '/spec/completionMode': 'NonIndexed',
  '/spec/volumeMode': 'Filesystem',
  '/type': 'Opaque',
  '/reclaimPolicy': 'Delete',
  '/volumeBindingMode': 'Immediate',
};

/** The fields that changed although they cannot. */
export function changedImmutableFields(before: Resource, after: Resource): string[] {
  const changed = fields
    .filter(({ kinds }) => kinds.includes(after.kind))
    .filter(({ pointer, isFixedOnceSet }) => {
      const [was, is] = [before, after].map(({ value }) => valueAt(value, pointer) ?? defaults[pointer]);
      if (isFixedOnceSet === true && (was === undefined || is === undefined)) return false;
      return canonicalJson(was ?? null) !== canonicalJson(is ?? null);
    })
    .map(({ pointer }) => pointer);
  if (hasShrunk(before, after)) changed.push(requested);
  for (const pointer of ['/data', '/binaryData', '/stringData']) {
    const isFrozen = ['ConfigMap', 'Secret'].includes(after.kind) && before.value['immutable'] === true;
    const [was, is] = [before, after].map(({ value }) => valueAt(value, pointer));
    if (isFrozen && canonicalJson(was ?? null) !== canonicalJson(is ?? null)) changed.push(pointer);
  }
  return changed;
}

const requested = '/spec/resources/requests/storage';

/** A claim for less storage than before. */
function hasShrunk(before: Resource, after: Resource): boolean {
  if (after.kind !== 'PersistentVolumeClaim' || !isObject(after.value['spec'])) return false;
  const [was, is] = [before, after].map(({ value }) => quantityOf(valueAt(value, requested)));
  return was !== undefined && is !== undefined && is < was;
}

const factors: Readonly<Record<string, number>> = {
  ...{ '': 1, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** A quantity as Kubernetes reads it: `500m`, `1.5Gi`, `1e3`; undefined where it is none. */
export function quantityOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const found = /^([+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/.exec(value);
  const factor = factors[found?.[2] ?? ''];
  return found === null || factor === undefined ? undefined : Number(found[1]) * factor;
}
