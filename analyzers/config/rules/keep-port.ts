import { defineRule } from '../../analyzer.ts';
import { isObject, valueAt } from '../../document/document.ts';
import type { Report } from '../../finding.ts';
import type { ConfigSubject } from '../document.ts';
import { compareProbes } from '../kubernetes/compare-probes.ts';
import { listOf } from '../kubernetes/references.ts';
import { reportResource } from '../kubernetes/report-resource.ts';
import {
  containersOf,
  identityOf,
  isMatchedBy,
  podLabelsOf,
  resourcesIn,
  textsOf,
  type Resource,
} from '../kubernetes/resource.ts';
import { treeResources } from '../kubernetes/tree-resources.ts';

/** Ports by which services and probes reach containers of the same repository. */
export const keepPort = defineRule<ConfigSubject>({
  id: 'config/keep-port',
  level: 'error',
  covers: ['rename', 'remove'],
  problem: 'Requests go to a port that no container listens on, so they are refused.',
  remedy: 'Change both sides, the name or number of the port and what refers to it, in the same change.',
  async check(subject, context) {
    const here = resourcesIn(subject.path, subject.document);
    if (!subject.isChanged || here.length === 0) return [];
    const before = (await treeResources(context.before)).resources;
    const { resources: after, isComplete } = await treeResources(context.after);
    if (!isComplete) return [];
    return after.flatMap((resource) => {
      const former = before.find((one) => identityOf(one) === identityOf(resource));
      if (former === undefined) return [];
      if (resource.kind === 'Service')
        return compareService(former, resource, { before, after, here, subject });
      return resource.path === subject.path ? compareProbes(former, resource) : [];
    });
  },
});

interface Surroundings {
  before: readonly Resource[];
  after: readonly Resource[];
  here: readonly Resource[];
  subject: ConfigSubject;
}

function compareService(former: Resource, service: Resource, around: Surroundings): Report[] {
  return targetsOf(service).flatMap(({ target, pointer, label }) => {
    const behind = podsBehind(service, around.after);
    if (behind.length === 0 || !isMissing(target, behind)) return [];
    const was = targetsOf(former).find((one) => one.label === label);
    const earlier = podsBehind(former, around.before);
    if (was === undefined || earlier.length === 0 || isMissing(was.target, earlier)) return [];
    const isOwn = service.path === around.subject.path;
    const workload = around.here.find((one) => behind.some((other) => identityOf(one) === identityOf(other)));
    const place = isOwn ? service : workload;
    if (place === undefined) return [];
    const message = isOwn
      ? `port ${label} leads to ${target}, which no container behind it declares any more`
      : `Service ${service.name} (${service.path}) leads to its port ${target}, which it does not declare any more`;
    const report = reportResource(isOwn ? former : undefined, place, {
      message,
      key: `target:${isOwn ? '' : service.name}:${label}`,
      after: isOwn ? pointer : '',
      ...(isOwn && { before: was.pointer }),
      // A number is reached whether it is declared or not.
      ...(typeof target === 'number' && { level: 'warning' as const, proof: 'unproven' as const }),
    });
    return [report];
  });
}

function targetsOf({ value }: Resource): { target: string | number; pointer: string; label: string }[] {
  return listOf(valueAt(value, '/spec/ports')).flatMap(([index, port]) => {
    if (!isObject(port)) return [];
    const at = port['targetPort'] === undefined ? 'port' : 'targetPort';
    const target = port[at];
    if (typeof target !== 'string' && typeof target !== 'number') return [];
    const { name, port: number } = port;
    const label = typeof name === 'string' ? name : typeof number === 'number' ? `${number}` : `${index}`;
    return [{ target: numeric(target), pointer: `/spec/ports/${index}/${at}`, label }];
  });
}

function numeric(target: string | number): string | number {
  return typeof target === 'string' && /^\d+$/.test(target) ? Number(target) : target;
}

function podsBehind(service: Resource, resources: readonly Resource[]): Resource[] {
  const selector = textsOf(valueAt(service.value, '/spec/selector'));
  if (selector.size === 0) return [];
  return resources.filter((one) => {
    const labels = podLabelsOf(one);
    return labels !== undefined && one.namespace === service.namespace && isMatchedBy(labels, selector);
  });
}

function isMissing(target: string | number, workloads: readonly Resource[]): boolean {
  const ports = workloads.flatMap(portsOf);
  if (typeof target === 'string') return !ports.some(({ name }) => name === target);
  return ports.length > 0 && !ports.some(({ number }) => number === target);
}

function portsOf(workload: Resource): { name: unknown; number: unknown }[] {
  return containersOf(workload).flatMap(({ value }) =>
    listOf(value['ports']).flatMap(([, port]) =>
      isObject(port) ? [{ name: port['name'], number: port['containerPort'] }] : [],
    ),
  );
}
