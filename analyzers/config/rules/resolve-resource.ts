import { defineRule } from '../../analyzer.ts';
import type { Report } from '../../finding.ts';
import type { ConfigSubject } from '../document.ts';
import { entriesIn, referenceKey, referencesOf, type ResourceReference } from '../kubernetes/references.ts';
import { reportResource } from '../kubernetes/report-resource.ts';
import { identityOf, resourcesIn, type Resource } from '../kubernetes/resource.ts';
import { treeResources } from '../kubernetes/tree-resources.ts';

/** Kubernetes objects that a workload names, and that the repository declared before. */
export const resolveResource = defineRule<ConfigSubject>({
  id: 'config/resolve-resource',
  level: 'error',
  covers: ['remove', 'rename'],
  problem: 'Pods that name a ConfigMap, Secret, claim or account that is not there do not start.',
  remedy: 'Correct the name, or keep what it names until nothing refers to it.',
  async check(subject, context) {
    const here = resourcesIn(subject.path, subject.document);
    if (here.length === 0) return [];
    const before = await treeResources(context.before);
    const after = await treeResources(context.after);
    if (!after.isComplete) return [];
    const reports: Report[] = [];
    for (const resource of after.resources) {
      const former = before.resources.find((one) => identityOf(one) === identityOf(resource));
      for (const reference of referencesOf(resource)) {
        if (!isLost(reference, resource, before.resources, after.resources)) continue;
        const known =
          former && referencesOf(former).find((one) => referenceKey(one) === referenceKey(reference));
        // Told once: at the workload where it changed, else where the object was lost.
        const isOwn = resource.path === subject.path;
        const losers = before.resources.filter((one) => isNamed(one, reference, resource));
        if (!isOwn && !losers.some(({ path }) => path === subject.path)) continue;
        const place = isOwn ? resource : here[0];
        if (place === undefined) continue;
        reports.push(describe(reference, resource, place, isOwn ? former : undefined, known));
      }
    }
    return reports;
  },
});

function describe(
  reference: ResourceReference,
  resource: Resource,
  place: Resource,
  former: Resource | undefined,
  known: ResourceReference | undefined,
): Report {
  const { kind, name, entry } = reference;
  const what = entry === undefined ? `${kind} ${name}` : `entry ${entry} of ${kind} ${name}`;
  const isOwn = place === resource;
  const who = isOwn ? '' : `${resource.kind} ${resource.name} (${resource.path}) names `;
  return reportResource(former, place, {
    message: isOwn
      ? `it names the ${what}, which the repository does not declare (any more)`
      : `${who}the ${what}, which is gone`,
    key: `${isOwn ? '' : `${identityOf(resource)}:`}${referenceKey(reference)}`,
    after: isOwn ? reference.pointer : '',
    ...(isOwn && { before: known?.pointer ?? '/spec' }),
  });
}

/**
 * Whether the change leaves a reference without its object: it is not there, and this object or the one that was named
 * before it is (or was) declared in the repository. What was never declared here comes from elsewhere.
 */
function isLost(
  reference: ResourceReference,
  resource: Resource,
  before: readonly Resource[],
  after: readonly Resource[],
): boolean {
  const present = after.filter((one) => isNamed(one, reference, resource));
  const { entry } = reference;
  const holds = (one: Resource) => entry === undefined || entriesIn(one).includes(entry);
  if (present.some(holds)) return false;
  const former = before.find((one) => identityOf(one) === identityOf(resource));
  if (before.some((one) => isNamed(one, reference, resource) && holds(one))) return true;
  if (former === undefined) return false;
  const isNew = !referencesOf(former).some((one) => referenceKey(one) === referenceKey(reference));
  if (!isNew) return false;
  // An entry of an object that is declared here, or another name at the place of one that is.
  if (entry !== undefined && present.length > 0) return true;
  const replaced = referencesOf(former).find(({ pointer }) => pointer === reference.pointer);
  return (
    replaced !== undefined &&
    replaced.kind === reference.kind &&
    before.some((one) => isNamed(one, replaced, resource))
  );
}

function isNamed(one: Resource, { kind, name }: ResourceReference, { namespace }: Resource): boolean {
  return one.kind === kind && one.name === name && one.namespace === namespace;
}
