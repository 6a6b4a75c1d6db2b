import { valueAt } from '../../document/document.ts';
import type { Report } from '../../finding.ts';
import { reportResource } from './report-resource.ts';
import type { Container, Resource } from './resource.ts';

const safeguards: readonly (readonly [pointer: string, name: string])[] = [
  ['/readinessProbe', 'readiness probe'],
  ['/livenessProbe', 'liveness probe'],
  ['/startupProbe', 'startup probe'],
  ['/resources/limits/memory', 'memory limit'],
  ['/resources/requests/memory', 'memory request'],
  ['/resources/requests/cpu', 'CPU request'],
];

/** What a container had to keep it, and its neighbours, alive. */
export function compareContainer(
  [before, was]: [Resource, Container],
  [after, is]: [Resource, Container],
): Report[] {
  const reports: Report[] = [];
  for (const [pointer, name] of safeguards) {
    if (valueAt(was.value, pointer) === undefined || valueAt(is.value, pointer) !== undefined) continue;
    const message = `container ${is.name} has lost its ${name}`;
    const places = { before: `${was.pointer}${pointer}`, after: `${is.pointer}/name` };
    reports.push(
      reportResource(before, after, { message, key: `${is.name}:${pointer}`, ...places, proof: 'unproven' }),
    );
  }
  const [old, image] = [was.value['image'], is.value['image']];
  if (typeof old === 'string' && typeof image === 'string' && isPinned(old) && !isPinned(image)) {
    const message = `container ${is.name} takes whatever image is the latest, and another one at each start`;
    const places = { before: `${was.pointer}/image`, after: `${is.pointer}/image` };
    reports.push(
      reportResource(before, after, { message, key: `${is.name}:image`, ...places, proof: 'unproven' }),
    );
  }
  return reports;
}

/** An image with a digest, or a tag that is a version; what a template fills in is not known. */
function isPinned(image: string): boolean {
  if (image.includes('@') || /[{$]/.test(image)) return true;
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return tag !== undefined && tag !== 'latest';
}
