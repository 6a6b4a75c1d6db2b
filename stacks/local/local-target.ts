import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import type { Release, ServiceDefinition, Target } from '../exposure.ts';
import { endStrangers } from './end-strangers.ts';
import { instanceNamesOf, instancesDirectoryOf } from './instance-names.ts';
import { routerSettingsOf } from './router-settings.ts';
import type { RouterSettings } from './router/router.ts';

/**
 * Processes on this machine behind a router: for one host, a self-hosted runner, and for trying things out. Instances are
 * named by their release, so that a promotion renames, and so restarts, nothing.
 */
export const target: Target = {
  program(exposure, service, stateDirectory) {
    // Nobody to route to: nothing is left running, and a port that somebody else has is not asked for again.
    if (exposure.stable === null && exposure.candidate === null) {
      const url = `http://127.0.0.1:${service.publicPort}`;
      return Promise.resolve({ public: url, stable: [], candidate: [], metrics: url });
    }
    const settings = routerSettingsOf(service, stateDirectory, process.env);
    const router = new LocalResource('Router', 'router', { ...settings, metricsUrl: undefined }, {});
    const stable = instancesOf(exposure.stable, exposure.capacity.stable, service, stateDirectory, settings);
    const candidate = instancesOf(
      exposure.candidate,
      exposure.capacity.candidate,
      service,
      stateDirectory,
      settings,
    );
    new LocalResource(
      'Shares',
      'shares',
      {
        router: { ...settings },
        shares: {
          stable: routed(exposure.stable, stable),
          candidate: routed(exposure.candidate, candidate),
          candidateBasisPoints: exposure.candidateBasisPoints,
          pins: pulumi.secret(exposure.pins),
        },
      },
      { dependsOn: [router] },
    );
    const urls = (instances: LocalResource[]): pulumi.Output<string>[] =>
      instances.map((instance) => pulumi.interpolate`http://127.0.0.1:${instance.port}`);
    return Promise.resolve({
      public: `http://127.0.0.1:${service.publicPort}`,
      stable: urls(stable),
      candidate: urls(candidate),
      metrics: router.metricsUrl,
    });
  },
  tidy: (exposure, service, stateDirectory) =>
    endStrangers(
      instancesDirectoryOf(service, stateDirectory),
      [
        ...instanceNamesOf(exposure.stable, exposure.capacity.stable, service),
        ...instanceNamesOf(exposure.candidate, exposure.capacity.candidate, service),
      ],
      service.drainSeconds,
    ),
};

/** A resource of our own provider; `port` and `metricsUrl` are what it says after it was created. */
class LocalResource extends pulumi.CustomResource {
  declare readonly port: pulumi.Output<number>;
  declare readonly metricsUrl: pulumi.Output<string>;

  constructor(type: string, name: string, inputs: pulumi.Inputs, options: pulumi.CustomResourceOptions) {
    super(`evenkeel:local:${type}`, name, inputs, options);
  }
}

function instancesOf(
  release: Release | null,
  capacity: number,
  service: ServiceDefinition,
  stateDirectory: string,
  router: RouterSettings,
): LocalResource[] {
  if (release === null) return [];
  const { zones = [] } = service;
  return instanceNamesOf(release, capacity, service).map((name, index) => {
    const inputs: pulumi.Inputs = {
      name,
      release: release.digest,
      command: service.command,
      workingDirectory: join(release.directory, service.directory),
      directory: join(instancesDirectoryOf(service, stateDirectory), name),
      healthPath: service.healthPath,
      startSeconds: service.startSeconds,
      drainSeconds: service.drainSeconds,
      env: service.env,
      router: { ...router },
      // In turn, so that no zone has two more than another one.
      zone: zones[index % Math.max(1, zones.length)] ?? null,
      port: undefined,
    };
    return new LocalResource('Instance', name, inputs, {});
  });
}

function routed(release: Release | null, instances: LocalResource[]): pulumi.Inputs | null {
  return release === null
    ? null
    : { release: release.digest, ports: instances.map((instance) => instance.port) };
}
