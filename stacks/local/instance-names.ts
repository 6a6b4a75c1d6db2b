import { join } from 'node:path';
import { shortDigest, type Release, type ServiceDefinition } from '../exposure.ts';

/** Where the instances of a service have their directories, each under its own name. */
export function instancesDirectoryOf(service: ServiceDefinition, stateDirectory: string): string {
  return join(stateDirectory, 'run', `${service.name}-${service.environment}`, 'instances');
}

/** The names of a release's instances: the same in Pulumi's state, on the disk and in messages. */
export function instanceNamesOf(
  release: Release | null,
  capacity: number,
  service: ServiceDefinition,
): string[] {
  if (release === null) return [];
  return Array.from(
    { length: capacity },
    (_, index) => `${service.name}-${shortDigest(release.digest)}-${index}`,
  );
}
