import { defineRule } from '../../analyzer.ts';
import { valueAt } from '../../document/document.ts';
import type { Report } from '../../finding.ts';
import type { ConfigSubject } from '../document.ts';
import { changedImmutableFields } from '../kubernetes/immutable-fields.ts';
import { reportResource } from '../kubernetes/report-resource.ts';
import {
  isMatchedBy,
  labelOf,
  pairResources,
  podLabelsOf,
  resourcesIn,
  textsOf,
  type Resource,
} from '../kubernetes/resource.ts';
import { treeResources } from '../kubernetes/tree-resources.ts';

/** Kubernetes objects: what the API server refuses to change, and selectors that select nothing any more. */
export const keepWorkload = defineRule<ConfigSubject>({
  id: 'config/keep-workload',
  level: 'error',
  covers: ['rename', 'narrow'],
  problem: 'The object cannot be applied over the one that runs, or nothing is behind it any more.',
  remedy: 'Keep the field as it is, or create an object of another name beside it and move over.',
  async check(subject, context) {
    const after = resourcesIn(subject.path, subject.document);
    if (!subject.isChanged || after.length === 0) return [];
    const old = subject.before();
    const before = old === undefined ? [] : resourcesIn(old.path, old.document);
    const reports = pairResources(before, after).flatMap(([was, is]) => [
      ...changedImmutableFields(was, is).map((pointer) => refused(was, is, pointer)),
      ...unselected(was, is),
    ]);
    const former = (await treeResources(context.before)).resources;
    const { resources, isComplete } = await treeResources(context.after);
    if (!isComplete) return reports;
    // A change of labels here takes the pods away from services of other files as well.
    const isHere = new Set(after);
    const services = [...after, ...resources.filter((one) => one.path !== subject.path && !isHere.has(one))];
    for (const service of services.filter(({ kind }) => kind === 'Service')) {
      const report = deserted(service, former, resources, subject.path);
      if (report !== undefined) reports.push(report);
    }
    return reports;
  },
});

function refused(before: Resource, after: Resource, pointer: string): Report {
  const name = pointer.slice(1).replaceAll('/', '.');
  const message = `${name} changed, and the API server refuses that for an object that is there`;
  return reportResource(before, after, { message, key: pointer, after: pointer });
}

/** A workload whose own selector does not select its pods is refused. */
function unselected(before: Resource, after: Resource): Report[] {
  if (isSelfConsistent(after) || !isSelfConsistent(before)) return [];
  const message = 'spec.selector does not match the labels of spec.template any more, which is refused';
  return [
    reportResource(before, after, { message, key: 'selector', after: '/spec/template/metadata/labels' }),
  ];
}

function isSelfConsistent(resource: Resource): boolean {
  const labels = podLabelsOf(resource);
  if (labels === undefined || resource.kind === 'Pod') return true;
  return isMatchedBy(labels, textsOf(valueAt(resource.value, '/spec/selector/matchLabels')));
}

/** A service that had pods behind it in the repository, and has none now. */
function deserted(
  service: Resource,
  before: readonly Resource[],
  after: readonly Resource[],
  path: string,
): Report | undefined {
  const former = before.find((one) => one.kind === 'Service' && isSame(one, service));
  if (former === undefined) return undefined;
  const had = before.filter((one) => isBehind(former, one));
  if (had.length === 0 || after.some((one) => isBehind(service, one))) return undefined;
  if (service.path === path) {
    const message = `its selector matches no pods of the repository any more; it matched those of ${had.map(labelOf).slice(0, 3).join(', ')}`;
    return reportResource(former, service, { message, key: 'deserted', after: '/spec/selector' });
  }
  const workload = after.find((one) => one.path === path && had.some((other) => isSame(one, other)));
  if (workload === undefined) return undefined;
  const earlier = had.find((one) => isSame(one, workload));
  const message = `Service ${service.name} (${service.path}) does not select its pods any more, and has no others`;
  return reportResource(earlier, workload, {
    message,
    key: `deserts:${service.name}`,
    after: '/spec/template/metadata/labels',
  });
}

function isSame(one: Resource, other: Resource): boolean {
  return one.kind === other.kind && one.name === other.name && one.namespace === other.namespace;
}

function isBehind(service: Resource, workload: Resource): boolean {
  const labels = podLabelsOf(workload);
  const selector = textsOf(valueAt(service.value, '/spec/selector'));
  const isNear = service.namespace === workload.namespace;
  return labels !== undefined && selector.size > 0 && isNear && isMatchedBy(labels, selector);
}
