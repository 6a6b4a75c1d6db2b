import { isObject, valueAt } from '../../document/document.ts';
import type { Report } from '../../finding.ts';
import { listOf } from './references.ts';
import { reportResource } from './report-resource.ts';
import { containersOf, type Resource } from './resource.ts';

const probes = ['readinessProbe', 'livenessProbe', 'startupProbe'];

/** A probe that names a port which its container does not have is refused. */
export function compareProbes(former: Resource, workload: Resource): Report[] {
  return containersOf(workload).flatMap((container) =>
    probes.flatMap((probe) => {
      const pointer = probePort(container.value, probe);
      const was = containersOf(former).find(({ name }) => name === container.name);
      if (pointer === undefined || !isUnknown(container.value, pointer)) return [];
      const earlier = was && probePort(was.value, probe);
      if (was !== undefined && earlier !== undefined && isUnknown(was.value, earlier)) return [];
      const message = `the ${probe} of container ${container.name} asks a port that the container does not declare`;
      return [
        reportResource(former, workload, {
          message,
          key: `${container.name}:${probe}`,
          after: `${container.pointer}${pointer}`,
          ...(was && earlier !== undefined && { before: `${was.pointer}${earlier}` }),
        }),
      ];
    }),
  );
}

function probePort(container: unknown, probe: string): string | undefined {
  return ['httpGet', 'tcpSocket']
    .map((way) => `/${probe}/${way}/port`)
    .find((pointer) => valueAt(container, pointer) !== undefined);
}

function isUnknown(container: unknown, pointer: string): boolean {
  const port = valueAt(container, pointer);
  if (typeof port !== 'string' || /^\d+$/.test(port) || port.includes('{{')) return false;
  return !listOf(valueAt(container, '/ports')).some(([, one]) => isObject(one) && one['name'] === port);
}
