import { join } from 'node:path';
import { printable } from '../report/describe-finding.ts';
import {
  failbackDirectoryOf,
  readReturns,
  type ReturnRecord,
} from '../../stacks/local/failback/failback-record.ts';
import { findInstances } from '../../stacks/local/failback/find-instances.ts';
import type { StateDirectory } from '../deployer/state-directory.ts';

/** Where the local target keeps what it knows of a service's router. */
export function routerDirectoryOf({ run }: StateDirectory): string {
  return join(run, 'router');
}

/** Instances that run and do not carry their whole share, as whoever watches them wrote it down last. */
export function instancesReturning(directories: StateDirectory): ReturnRecord[] {
  const router = routerDirectoryOf(directories);
  const running = new Set(findInstances(router).map(({ name }) => name));
  const returns = readReturns(failbackDirectoryOf(router))?.instances ?? [];
  return returns.filter(({ name, state }) => state.phase !== 'back' && running.has(name));
}

/** A line for each, for people: name, zone, what it is given, and what holds it. */
export function returnLines(returns: readonly ReturnRecord[]): string[] {
  const width = Math.max(0, ...returns.map(({ name }) => name.length));
  return returns.map(({ name, zone, limit, message }) => {
    const place = zone === null ? '' : ` zone ${zone}`;
    return printable(`${name.padEnd(width)}${place}  ${String(limit.weight).padStart(3)} %  ${message}`);
  });
}
