import type { Endpoints, Exposure, Release, ServiceDefinition } from '../../stacks/exposure.ts';
import type { StackDriver } from '../deployer/pulumi/stack-driver.ts';
import type { FastWay } from '../deployer/rehearsal/fast-way.ts';

/** A target on a stack of its own, and two releases of one service to move between. */
export interface TargetBench {
  stack: StackDriver;
  fast: FastWay | null;
  service: ServiceDefinition;
  blue: Release;
  green: Release;
  pins: { stable: string; candidate: string };
  /** Whether the service is ours, which can answer slowly and die when it is asked to. */
  isOwnService: boolean;
  /** The request headers that make a request one of this user's. */
  asUser(key: string): Record<string, string>;
  /** Where users reach it, as the last update told; null before the first. */
  publicUrl(): string | null;
  /** Kills the process that carries the update out, once it is under way; false when it had ended before. */
  killUpdate(update: Promise<unknown>): Promise<boolean>;
  /** Processes that are still there and belong to this stack, in words. */
  leftProcesses(): string[];
}

/** Which versions there are, the candidate's share in basis points, and how many instances each has. */
export function exposed(
  { pins }: Pick<TargetBench, 'pins'>,
  stable: Release | null,
  candidate: Release | null,
  candidateBasisPoints = 0,
  capacity = { stable: 1, candidate: 1 },
): Exposure {
  return { stable, candidate, candidateBasisPoints, capacity, pins };
}

/** A promise of the contract that was not kept, in one sentence. */
export class Broken extends Error {}

/** What the public address answered to so many users: how many by each release, by nobody, and without a name. */
export interface Measured {
  requests: number;
  byRelease: Map<string, number>;
  unnamed: number;
  dropped: number;
}

const clients = 16;
const requestTimeoutMs = 10_000;
let users = 0;

/** Asks as so many different users. */
export async function measure(
  bench: TargetBench,
  endpoints: Pick<Endpoints, 'public'>,
  requests: number,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): Promise<Measured> {
  const measured: Measured = { requests, byRelease: new Map(), unnamed: 0, dropped: 0 };
  let left = requests;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const user = bench.asUser(`evenkeel-test-${++users}`);
      const answer = await askOnce(`${endpoints.public}${bench.service.healthPath}`, signal, {
        ...user,
        ...headers,
      });
      if (answer === null || [502, 503, 504].includes(answer.status)) measured.dropped += 1;
      else if (answer.release === null) measured.unnamed += 1;
      else measured.byRelease.set(answer.release, (measured.byRelease.get(answer.release) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  signal.throwIfAborted();
  return measured;
}

export interface Answer {
  status: number;
  release: string | null;
}

/** One request, answered or not. */
export async function askOnce(
  url: string,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): Promise<Answer | null> {
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { 'user-agent': 'evenkeel-target-test', ...headers },
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
    });
    await response.arrayBuffer();
    return { status: response.status, release: response.headers.get('x-evenkeel-release') };
  } catch {
    return null;
  }
}

/**
 * Breaks when the candidate's part of the answers is not the share. Users differ, so whether the target chooses by bucket
 * or at random, their number is binomial: five standard deviations are exceeded by chance once in 1.7 million times.
 */
export function assertShare(bench: TargetBench, measured: Measured, basisPoints: number): void {
  assertAnswered(measured);
  const share = basisPoints / 10_000;
  const { requests, byRelease } = measured;
  const wanted = requests * share;
  const slack = 5 * Math.sqrt(requests * share * (1 - share));
  const met = byRelease.get(bench.green.digest) ?? 0;
  if (Math.abs(met - wanted) > slack) {
    throw new Broken(
      `at a share of ${share * 100} % the candidate answered ${met} of ${requests} users, and ${Math.round(wanted - slack)} to ${Math.round(wanted + slack)} were to be expected`,
    );
  }
  const others = requests - met - (byRelease.get(bench.blue.digest) ?? 0);
  if (others > 0) throw new Broken(`${others} of ${requests} answers were by neither of the two releases`);
}

/** Breaks when somebody was not answered, or an answer does not say which release it is of. */
export function assertAnswered({ requests, dropped, unnamed }: Measured): void {
  if (dropped > 0) throw new Broken(`${dropped} of ${requests} requests got no answer at the public address`);
  if (unnamed > 0) {
    throw new Broken(
      `${unnamed} of ${requests} answers have no header x-evenkeel-release, by which it is told which version answers`,
    );
  }
}
