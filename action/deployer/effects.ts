/**
 * What each effect of the machine means outside: one exposure for the target, or, for a withdrawal, the router itself.
 * Every effect is idempotent, because a crash between doing and recording makes the shell do it again.
 */
import type { Effect, RolloutPlan } from '../../policies/rollout/state.ts';
import type { Endpoints, Exposure, Release } from '../../stacks/exposure.ts';
import type { Router } from '../../stacks/local/router/router.ts';
import type { FastWay } from './rehearsal/fast-way.ts';
import type { RehearsalOutcome } from './rehearsal/rehearse.ts';

export interface EffectsContext {
  plan: RolloutPlan;
  stable: Release | null;
  candidate: Release;
  pins: { stable: string; candidate: string };
  /** Writes a release's files, so that the target can start them. */
  writeRelease(release: Release): void;
  applyExposure(exposure: Exposure, signal: AbortSignal): Promise<Endpoints>;
  /** The router, when the target has ours: it counts by version. */
  connectRouter(): Promise<Router | null>;
  /** The way to move the share without an update: the router, or what a target of one's own offers. */
  connectFastWay(): Promise<FastWay | null>;
  /** Adds to the database what the candidate needs, tried on a copy first. */
  migrate(signal: AbortSignal): Promise<unknown>;
  /** Fills in what was added; may be cut short between any two batches, and goes on from there. */
  backfill(signal: AbortSignal): Promise<unknown>;
  /** Probes the candidate, and tries the way back. Only an outcome that is proven lets the candidate have a share. */
  rehearse(effect: Effect, signal: AbortSignal): Promise<RehearsalOutcome>;
  /** Fails when the candidate is not in order, before any user meets these instances; how many probes they passed. */
  probeCandidate(endpoints: Endpoints, signal: AbortSignal): Promise<number>;
  /** Users go back in the steps that a stable version which was started again can take; live when it resolves. */
  returnGradually(router: Router, signal: AbortSignal): Promise<unknown>;
  /** Remembers which release is live from now on; null: none is. */
  recordStable(release: Release | null): void;
  openIncident(): Promise<unknown>;
  progress(line: string): void;
}

/** The exposure that holds once the effect is done. */
export function exposureOf(
  effect: Effect,
  context: Pick<EffectsContext, 'plan' | 'stable' | 'candidate' | 'pins'>,
): Exposure {
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
    case 'migrate':
      return await context.migrate(signal);
    case 'backfill':
      return await context.backfill(signal);
    case 'prepare':
    case 'restore':
      if (context.stable !== null) context.writeRelease(context.stable);
      context.writeRelease(context.candidate);
      return await context.applyExposure(exposureOf(effect, context), signal);
    case 'rehearse':
      return await context.rehearse(effect, signal);
    case 'scale': {
      const endpoints = await context.applyExposure(exposureOf(effect, context), signal);
      return { ...endpoints, probes: await context.probeCandidate(endpoints, signal) };
    }
    case 'expose':
    case 'flip':
      return await context.applyExposure(exposureOf(effect, context), signal);
    case 'settle': {
      const endpoints = await context.applyExposure(exposureOf(effect, context), signal);
      context.recordStable(context.candidate);
      return endpoints;
    }
    case 'reconcile': {
      const endpoints = await context.applyExposure(exposureOf(effect, context), signal);
      // A settling may have got as far as to say otherwise.
      context.recordStable(context.stable);
      return endpoints;
    }
    case 'withdraw':
      return await withdraw(effect, context, signal);
    case 'open-incident':
      return await context.openIncident();
  }
}

async function withdraw(effect: Effect, context: EffectsContext, signal: AbortSignal): Promise<unknown> {
  if (effect.pace === 'gradual') {
    const router = await context.connectRouter();
    if (router !== null) return { path: 'gradual', outcome: await context.returnGradually(router, signal) };
  }
  const fast = await context.connectFastWay();
  if (fast !== null) {
    await fast.setShare(0);
    return { path: fast.path };
  }
  await context.applyExposure(exposureOf(effect, context), signal);
  return { path: 'target' };
}
