/** The synthetic customers of one rollout, with everything real behind them: its files, router, target and clock. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { latencyLines, phaseLatency } from '../../policies/probes/phase-latency.ts';
import { planProbes } from '../../policies/probes/plan-probes.ts';
import { defaultProbes } from '../../policies/probes/probe-policy.ts';
import type { Endpoints } from '../../stacks/exposure.ts';
import { inputFailure } from '../../stacks/failure.ts';
import type { Router } from '../../stacks/local/router/router.ts';
import { openProber, type DirectUrls, type Prober, type ProberState } from '../probes/open-prober.ts';
import type { Deployment, JournalledRollout } from './deployment.ts';
import { readFileIfPresent, writeFileAtomically, type StateDirectory } from './state-directory.ts';

export interface RolloutProber extends Prober {
  /** Where the versions are after an effect of the target. */
  reached(endpoints: Endpoints): void;
}

export function proberOf(options: {
  directories: StateDirectory;
  rollout: JournalledRollout;
  connectRouter(): Promise<Router | null>;
  env: Readonly<Record<string, string | undefined>>;
  progress(line: string): void;
  signal: AbortSignal;
}): RolloutProber {
  const { directories, rollout, connectRouter } = options;
  const { deployment, plan } = rollout;
  const file = stateFileOf(directories, rollout.rollout);
  let last = lastEndpoints(rollout);
  const direct = async (): Promise<DirectUrls> => {
    const shares = await (await connectRouter())?.shares();
    if (shares === undefined) return last ?? { stable: [], candidate: [] };
    const urlsOf = (release: string | null): string[] =>
      [shares.stable, shares.candidate]
        .flatMap((version) => (version?.release === release ? version.ports : []))
        .map((port) => `http://127.0.0.1:${port}`);
    return { stable: urlsOf(plan.stable), candidate: urlsOf(plan.candidate) };
  };
  let planned: ReturnType<typeof planOf> | null = null;
  const prober = openProber({
    // Journals of earlier versions know less of probes.
    policy: { ...defaultProbes, ...deployment.probes },
    plan: () => (planned ??= planOf(deployment)),
    hasStable: plan.stable !== null,
    pins: deployment.pins,
    publicUrl: () => last?.public ?? `http://127.0.0.1:${deployment.service.publicPort}`,
    hasPins: async () => (await connectRouter()) !== null,
    direct,
    kept: readState(file),
    save: (state) => writeFileAtomically(file, JSON.stringify(state)),
    newId: () => randomUUID(),
    env: options.env,
    nowSeconds: () => performance.now() / 1000,
    progress: (line) => options.progress(line),
    signal: options.signal,
  });
  return {
    ...prober,
    reached: (endpoints) => {
      last = endpoints;
    },
  };
}

/** The probes of the candidate's own document: a new operation is probed before any user meets it. */
async function planOf(
  deployment: Deployment,
): Promise<Extract<Awaited<ReturnType<typeof planProbes>>, { ok: true }>> {
  const { directory, commit } = deployment.candidate;
  const plan = await planProbes({ ...defaultProbes, ...deployment.probes }, (path) =>
    Promise.resolve(readInside(directory, path)),
  );
  if (plan.ok) return plan;
  throw inputFailure(
    'probes-unreadable',
    `probes of ${commit.slice(0, 12)}: ${plan.message}; correct the document or \`probes\``,
  );
}

/** A file of the release, and nothing outside it. */
function readInside(directory: string, path: string): string | undefined {
  if (normalize(path).startsWith('..')) return undefined;
  try {
    return readFileSync(join(directory, path), 'utf8');
  } catch {
    return undefined;
  }
}

/** What the target said last, for a run that goes on with a rollout; null: nothing yet. */
function lastEndpoints({ records }: JournalledRollout): Endpoints | null {
  for (const record of records.toReversed()) {
    if (record.record !== 'event' || record.event.type !== 'effect-done') continue;
    const { outcome } = record.event;
    if (isEndpoints(outcome)) return outcome;
  }
  return null;
}

function isEndpoints(value: unknown): value is Endpoints {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'public' in value &&
    typeof value.public === 'string' &&
    'candidate' in value &&
    Array.isArray(value.candidate) &&
    'stable' in value &&
    Array.isArray(value.stable)
  );
}

/** How long each part of a probe's way took in the last rounds, by place and version; a line for each place. */
export function probeLatencyLines(directories: StateDirectory, rollout: string): string[] {
  const state = readState(stateFileOf(directories, rollout));
  return state === null ? [] : latencyLines(phaseLatency(state.recent)).map((line) => `probes from ${line}`);
}

function stateFileOf(directories: StateDirectory, rollout: string): string {
  return join(directories.journal, `${rollout}.probes.json`);
}

function readState(file: string): ProberState | null {
  const text = readFileIfPresent(file);
  // Written by this file only, in a directory that is private to this user.
  return text === null ? null : (JSON.parse(text) as ProberState);
}
