/**
 * What each effect of the machine means outside: one exposure for the target, or, for a withdrawal, the router itself.
 * Every effect is idempotent, because a crash between doing and recording makes the shell do it again.
 */
import type { Effect, RolloutPlan } from '../../policies/rollout/state.ts';
import type { Endpoints, Exposure, Release } from '../../stacks/exposure.ts';
import { effectFailure } from '../../stacks/failure.ts';
import type { Router } from '../../stacks/local/router/router.ts';
import type { Probe } from '../probes/plan-probes.ts';
import { runProbes, type ProbeResult } from '../probes/run-probes.ts';
import { rehearseTakeBack, type Rehearsal } from './rehearsal.ts';

export interface EffectsContext {
  plan: RolloutPlan;
  stable: Release | null;
  candidate: Release;
  pins: { stable: string; candidate: string };
  probes: readonly Probe[];
  /** Writes a release's files, so that the target can start them. */
  writeRelease(release: Release): void;
  applyExposure(exposure: Exposure, signal: AbortSignal): Promise<Endpoints>;
  /** The fast way to the router, when the target has one. */
  connectRouter(): Promise<Router | null>;
  /** Remembers which release is live from now on. */
  recordStable(release: Release): void;
  openIncident(): Promise<unknown>;
  progress(line: string): void;
}

/** The exposure that holds once the effect is done. */
export function exposureOf(effect: Effect, context: EffectsContext): Exposure {
  const { plan, stable, candidate, pins } = context;
  const both = { stable, candidate, pins, candidateBasisPoints: effect.candidateBasisPoints };
  switch (effect.name) {
    case 'settle':
      return {
        stable: candidate,
        candidate: null,
        candidateBasisPoints: 0,
        capacity: { stable: plan.fullCapacity, candidate: 0 },
        pins,
      };
    case 'reconcile':
      return {
        stable,
        candidate: null,
        candidateBasisPoints: 0,
        capacity: { stable: plan.fullCapacity, candidate: 0 },
        pins,
      };
    default:
      return { ...both, capacity: { stable: plan.fullCapacity, candidate: effect.candidateCapacity } };
  }
}

/** Does one effect and returns what is worth keeping of it (JSON). Fails with a `Failure`. */
export async function performEffect(
  effect: Effect,
  context: EffectsContext,
  signal: AbortSignal,
): Promise<unknown> {
  switch (effect.name) {
    case 'prepare':
    case 'restore':
      if (context.stable !== null) context.writeRelease(context.stable);
      context.writeRelease(context.candidate);
      return await context.applyExposure(exposureOf(effect, context), signal);
    case 'rehearse':
      return await rehearse(effect, context, signal);
    case 'scale': {
      const endpoints = await context.applyExposure(exposureOf(effect, context), signal);
      return { ...endpoints, probes: await probeCandidate(context, endpoints.candidate, signal) };
    }
    case 'expose':
    case 'flip':
    case 'reconcile':
      return await context.applyExposure(exposureOf(effect, context), signal);
    case 'settle': {
      const endpoints = await context.applyExposure(exposureOf(effect, context), signal);
      context.recordStable(context.candidate);
      return endpoints;
    }
    case 'withdraw':
      return await withdraw(effect, context, signal);
    case 'open-incident':
      return await context.openIncident();
  }
}

async function withdraw(
  effect: Effect,
  context: EffectsContext,
  signal: AbortSignal,
): Promise<{ path: string }> {
  const router = await context.connectRouter();
  if (router !== null) {
    await router.setShare(0);
    return { path: 'router' };
  }
  await context.applyExposure(exposureOf(effect, context), signal);
  return { path: 'target' };
}

export interface RehearsalOutcome {
  probes: number;
  takeBack: Rehearsal | null;
}

/** Probes the candidate before any user meets it, then gives it a small share for a moment and takes it back. */
async function rehearse(
  effect: Effect,
  context: EffectsContext,
  signal: AbortSignal,
): Promise<RehearsalOutcome> {
  const endpoints = await context.applyExposure(exposureOf(effect, context), signal);
  const results = await probeCandidate(context, endpoints.candidate, signal);
  const router = context.plan.stable === null ? null : await context.connectRouter();
  if (router === null) return { probes: results.length, takeBack: null };
  const basisPoints = Math.min(100, context.plan.stepBasisPoints[0] ?? 100);
  const takeBack = await rehearseTakeBack(router, endpoints.public, basisPoints, context.probes, signal);
  if (takeBack.dropped > 0) {
    throw effectFailure(
      'rehearsal-dropped-requests',
      `giving the candidate a share and taking it back dropped ${takeBack.dropped} of ${takeBack.requests} requests; look at the router's log before trying again`,
      false,
    );
  }
  context.progress(
    `rehearsed: ${results.length} probes in order; share given and taken back in ${takeBack.takeBackMs.toFixed(1)} ms, ${takeBack.dropped} of ${takeBack.requests} requests dropped`,
  );
  return { probes: results.length, takeBack };
}

async function probeCandidate(
  context: EffectsContext,
  candidateUrls: readonly string[],
  signal: AbortSignal,
): Promise<ProbeResult[]> {
  const targets = candidateUrls.map((url) => ({ url, headers: {} }));
  const results = await runProbes(context.probes, targets, signal);
  const broken = results.find((result) => !result.isHealthy);
  if (broken !== undefined) {
    throw effectFailure(
      'probe-failed',
      `the candidate is not in order: ${broken.message} (at ${broken.target}); no user met it`,
      false,
    );
  }
  return results;
}
