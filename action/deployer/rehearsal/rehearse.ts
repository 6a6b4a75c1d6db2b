/**
 * The way back, tried before anybody needs it: the candidate gets the first small share, and is taken off it again by
 * the very way that a rollback would take. Where there are two, both are tried: the fast one, and the update behind it.
 */
import { crc32 } from 'node:zlib';
import type { RolloutPlan } from '../../../policies/rollout/state.ts';
import type { Endpoints, Exposure } from '../../../stacks/exposure.ts';
import { effectFailure } from '../../../stacks/failure.ts';
import type { FastWay } from './fast-way.ts';
import { startTraffic, type RehearsalTraffic } from './rehearsal-traffic.ts';

/** A rollback that was tried: how long it took, and what it did to the requests under way. */
export interface TakeBack {
  path: FastWay['path'] | 'target';
  /** From asking to the confirmation that it is live. */
  takeBackMs: number;
  /** From asking to the last request that was still sent to the candidate; null where answers name no release. */
  offMs: number | null;
  requests: number;
  /** Requests of the candidate's while it had its share; null where answers name no release. */
  met: number | null;
  dropped: number;
}

export interface RehearsalOutcome {
  /** Only true lets the candidate have a share. */
  isProven: boolean;
  probes: number;
  /** The way a rollback takes first; null where there is no version to go back to. */
  takeBack: TakeBack | null;
  /** The update behind a fast way; absent where there is no fast one. */
  byUpdate?: TakeBack;
  /** Why it is not proven. */
  problem?: string;
}

export interface RehearsalContext {
  plan: Pick<RolloutPlan, 'stable' | 'candidate' | 'stepBasisPoints'>;
  healthPath: string;
  /** The request headers that make a request one of this user's. */
  asUser(key: string): Record<string, string>;
  applyExposure(exposure: Exposure, signal: AbortSignal): Promise<Endpoints>;
  /** The exposure of this effect with a share. */
  exposureWith(candidateBasisPoints: number): Exposure;
  connectFastWay(): Promise<FastWay | null>;
  /** Fails when the candidate is not in order; the number of probes that it passed. */
  probeCandidate(endpoints: Endpoints, signal: AbortSignal): Promise<number>;
  progress(line: string): void;
}

/** More of the users than this meet no candidate whose rollback has not been tried. */
const maxRehearsalBasisPoints = 100;
/** So many in a row, sent after the confirmation, have to be back. */
const awayInARow = 40;
const awayLimit = { requests: 20_000, milliseconds: 30_000 };

/** Probes the candidate, then tries the way back. Fails with a `Failure` when something could not be done at all. */
export async function rehearse(context: RehearsalContext, signal: AbortSignal): Promise<RehearsalOutcome> {
  const { plan } = context;
  const endpoints = await context.applyExposure(context.exposureWith(0), signal);
  const probes = await context.probeCandidate(endpoints, signal);
  if (plan.stable === null) return { isProven: true, probes, takeBack: null };
  const basisPoints = Math.min(maxRehearsalBasisPoints, plan.stepBasisPoints[0] ?? maxRehearsalBasisPoints);
  const traffic = startTraffic({
    url: `${endpoints.public}${context.healthPath}`,
    headersOf: (request) => context.asUser(userOf(request, basisPoints)),
    candidate: plan.candidate,
    signal,
  });
  try {
    const takeBacks = await takeBackByEveryWay(context, traffic, basisPoints, signal);
    return report(context, probes, takeBacks);
  } finally {
    await traffic.stop();
  }
}

interface Tried {
  takeBack: TakeBack;
  problem: string | null;
}

interface Way {
  path: TakeBack['path'];
  give(): Promise<unknown>;
  takeBack(): Promise<unknown>;
}

async function takeBackByEveryWay(
  context: RehearsalContext,
  traffic: RehearsalTraffic,
  basisPoints: number,
  signal: AbortSignal,
): Promise<Tried[]> {
  const update = (share: number) => () => context.applyExposure(context.exposureWith(share), signal);
  const fast = await context.connectFastWay();
  const byUpdate: Way = { path: 'target', give: update(basisPoints), takeBack: update(0) };
  if (fast === null) return [await tryWay(byUpdate, traffic, basisPoints, signal)];
  // The share is given by an update and taken back fast, then given fast and taken back by an update: each way is tried
  // after the other has moved the share behind its back, as in a real rollback.
  const first = await tryWay(
    { path: fast.path, give: update(basisPoints), takeBack: () => fast.setShare(0) },
    traffic,
    basisPoints,
    signal,
  );
  if (first.problem !== null) return [first];
  const second = await tryWay(
    { ...byUpdate, give: () => fast.setShare(basisPoints) },
    traffic,
    basisPoints,
    signal,
  );
  return [first, second];
}

async function tryWay(
  way: Way,
  traffic: RehearsalTraffic,
  basisPoints: number,
  signal: AbortSignal,
): Promise<Tried> {
  const before = { ...traffic.seen() };
  await way.give();
  const wanted = meetingLimit(basisPoints);
  await traffic.until((seen) => seen.met > before.met, { requests: wanted, milliseconds: 30_000 });
  const askedAt = performance.now();
  await way.takeBack();
  const takeBackMs = performance.now() - askedAt;
  traffic.countFromNow();
  const isAway = await traffic.until((seen) => seen.awayInARow >= awayInARow, awayLimit);
  if (signal.aborted)
    throw effectFailure('interrupted', 'the rehearsal of the rollback was called off', true);
  const after = { ...traffic.seen() };
  const isNamed = after.named > before.named;
  const met = after.met - before.met;
  const takeBack: TakeBack = {
    path: way.path,
    takeBackMs,
    offMs: isNamed ? Math.max(0, (after.lastMetSentAt ?? 0) - askedAt) : null,
    requests: after.requests - before.requests,
    met: isNamed ? met : null,
    dropped: after.dropped - before.dropped,
  };
  return { takeBack, problem: problemOf(takeBack, isAway, basisPoints) };
}

function problemOf(
  { path, requests, met, dropped }: TakeBack,
  isAway: boolean,
  basisPoints: number,
): string | null {
  const share = `${basisPoints / 100} %`;
  if (dropped > 0) {
    return `giving the candidate ${share} and taking it back (${path}) dropped ${dropped} of ${requests} requests; look at the router's or balancer's log before trying again`;
  }
  if (met === 0) {
    return `none of ${requests} requests met the candidate at ${share}, so that taking it back (${path}) proves nothing; look whether the target sends the candidate its share, or make the first step larger`;
  }
  if (!isAway) {
    return `requests still met the candidate ${awayLimit.milliseconds / 1000} s after its share was taken back (${path}); look whether the target takes it off its balancer`;
  }
  return null;
}

function report(context: RehearsalContext, probes: number, tried: readonly Tried[]): RehearsalOutcome {
  const [first, second] = tried;
  const problem = tried.find((one) => one.problem !== null)?.problem ?? null;
  for (const { takeBack } of tried) context.progress(`rehearsed: ${describeTakeBack(takeBack)}`);
  return {
    isProven: problem === null,
    probes,
    takeBack: first?.takeBack ?? null,
    ...(second === undefined ? {} : { byUpdate: second.takeBack }),
    ...(problem === null ? {} : { problem }),
  };
}

/** One rehearsed take-back in words. */
export function describeTakeBack({ path, takeBackMs, offMs, requests, dropped }: TakeBack): string {
  const way = { router: 'by the router', 'target-fast': 'by the target’s fast way', target: 'by an update' };
  const last = offMs === null ? '' : `, the last request met the candidate after ${offMs.toFixed(1)} ms`;
  return `share given and taken back ${way[path]} in ${takeBackMs.toFixed(1)} ms${last}, ${dropped} of ${requests} requests dropped`;
}

/**
 * So many requests at random that all of them miss a share with a chance of e^-10. A share too small to be met within
 * 20,000 requests cannot be rehearsed on a target that does not choose by our bucket.
 */
function meetingLimit(basisPoints: number): number {
  return Math.min(20_000, Math.ceil((10 * 10_000) / basisPoints));
}

/**
 * Every second request is of a user whom our routers' bucket map gives to the candidate at this share, so that it is met
 * at once there; to other targets these are users like any.
 */
function userOf(request: number, basisPoints: number): string {
  const isCandidates = request % 2 === 0;
  for (let attempt = 0; ; attempt++) {
    const key = `evenkeel-rehearsal-${request}-${attempt}`;
    if (!isCandidates || crc32(key) % 10_000 < basisPoints) return key;
  }
}
