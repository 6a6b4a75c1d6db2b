import { defineRule } from '../../analyzer.ts';
import { isObject, valueAt } from '../../document/document.ts';
import type { Report } from '../../finding.ts';
import type { ConfigSubject } from '../document.ts';
import { compareContainer } from '../kubernetes/compare-container.ts';
import { quantityOf } from '../kubernetes/immutable-fields.ts';
import { reportResource } from '../kubernetes/report-resource.ts';
import {
  containersOf,
  pairResources,
  resourcesIn,
  type Container,
  type Resource,
} from '../kubernetes/resource.ts';

/** What keeps a Kubernetes workload alive while something goes wrong: probes, limits, several instances, a known image. */
export const keepProbe = defineRule<ConfigSubject>({
  id: 'config/keep-probe',
  level: 'warning',
  covers: ['remove', 'narrow'],
  problem:
    'The workload gets requests when it cannot answer, starves its neighbours, or is gone with one node.',
  remedy: 'Keep the probe, the limit or the number of instances, and name the image by a version.',
  check(subject) {
    const after = subject.isChanged ? resourcesIn(subject.path, subject.document) : [];
    const old = after.length === 0 ? undefined : subject.before();
    const before = old === undefined ? [] : resourcesIn(old.path, old.document);
    return [
      ...pairResources(before, after).flatMap(compareWorkload),
      ...after.flatMap((one) => impossibleLimits(one, before)),
    ];
  },
});

function compareWorkload([before, after]: [Resource, Resource]): Report[] {
  const reports = compareReplicas(before, after);
  const former = new Map(containersOf(before).map((container) => [container.name, container]));
  for (const container of containersOf(after)) {
    const was = former.get(container.name);
    if (was !== undefined) reports.push(...compareContainer([before, was], [after, container]));
  }
  return reports;
}

function compareReplicas(before: Resource, after: Resource): Report[] {
  const pointer = after.kind === 'HorizontalPodAutoscaler' ? '/spec/minReplicas' : '/spec/replicas';
  const [was, is] = [before, after].map(({ value }) => valueAt(value, pointer));
  if (typeof was !== 'number' || typeof is !== 'number' || is >= was || is > 1) return [];
  const message =
    is === 0 ? `no instance runs any more; there were ${was}` : `one instance is left of ${was}`;
  return [reportResource(before, after, { message, key: 'replicas', after: pointer, proof: 'unproven' })];
}

/** A limit below what is asked for is refused. */
function impossibleLimits(after: Resource, before: readonly Resource[]): Report[] {
  const [pair] = pairResources(before, [after]);
  const former = pair?.[0];
  return containersOf(after).flatMap((container) =>
    ['memory', 'cpu'].flatMap((name) => {
      if (!isImpossible(container, name)) return [];
      const was = former && containersOf(former).find((one) => one.name === container.name);
      if (was !== undefined && isImpossible(was, name)) return [];
      const message = `container ${container.name} may use less ${name} than it asks for, which is refused`;
      const pointer = `/resources/limits/${name}`;
      return [
        reportResource(former, after, {
          message,
          key: `${container.name}:${name}:impossible`,
          level: 'error',
          after: `${container.pointer}${pointer}`,
          ...(was && { before: `${was.pointer}${pointer}` }),
        }),
      ];
    }),
  );
}

function isImpossible({ value }: Container, name: string): boolean {
  const resources = isObject(value['resources']) ? value['resources'] : {};
  const [limit, request] = ['limits', 'requests'].map((part) =>
    quantityOf(valueAt(resources, `/${part}/${name}`)),
  );
  return limit !== undefined && request !== undefined && limit < request;
}
