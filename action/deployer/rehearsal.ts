import type { Router } from '../../stacks/local/router/router.ts';
import type { Probe } from '../probes/plan-probes.ts';

/** A rollback that was tried: how long it took, and what it did to the requests under way. */
export interface Rehearsal {
  takeBackMs: number;
  requests: number;
  dropped: number;
}

const clients = 4;
const requestsEach = 5;

/**
 * Gives the candidate a small share while requests are under way, takes it back, and counts the requests that got no
 * answer from any version. Its own requests make the count true on a service without traffic.
 */
export async function rehearseTakeBack(
  router: Router,
  publicUrl: string,
  basisPoints: number,
  probes: readonly Probe[],
  signal: AbortSignal,
): Promise<Rehearsal> {
  const path = probes[0]?.path ?? '/';
  let requests = 0;
  let dropped = 0;
  let mayStop = false;
  const client = async (): Promise<void> => {
    for (let sent = 0; sent < requestsEach || !mayStop; sent++) {
      requests++;
      if (!(await isAnswered(`${publicUrl}${path}`, signal))) dropped++;
    }
  };
  const traffic = Promise.all(Array.from({ length: clients }, client));
  let takeBackMs: number;
  try {
    await router.setShare(basisPoints);
    const started = performance.now();
    await router.setShare(0);
    takeBackMs = performance.now() - started;
  } finally {
    mayStop = true;
    await traffic;
  }
  return { takeBackMs, requests, dropped };
}

/** An answer of any status counts, but for the router's own "nobody answered" (502, 503, 504). */
async function isAnswered(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { 'user-agent': 'evenkeel-probe' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
    });
    await response.arrayBuffer();
    return ![502, 503, 504].includes(response.status);
  } catch {
    return false;
  }
}
