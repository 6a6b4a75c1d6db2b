import { userInfo } from 'node:os';
import { effectFailure, Failure, inputFailure } from '../../stacks/failure.ts';
import { appendEntry } from '../audit-log/directory-store.ts';
import { readDrift, driftLines, type DriftReport } from '../deployer/drift/read-drift.ts';
import { reconcileDrift } from '../deployer/drift/reconcile-drift.ts';
import { loadRollout } from '../deployer/deployment.ts';
import { latestRollouts, placesNamed, type FoundRollout } from '../deployer/find-rollout.ts';
import { takeLock } from '../deployer/rollout-lock.ts';
import { openSurroundings } from '../deployer/surroundings.ts';
import { printable } from '../report/describe-finding.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import { textOption, type Command, type CommandContext, type CommandResult } from './command.ts';

export const driftCommand: Command = {
  name: 'drift',
  summary: 'show what is live and not as the journal says, and put it right',
  usage: 'evenkeel drift [--service NAME] [--environment NAME] [--reconcile]',
  example: 'evenkeel drift --service shop --reconcile',
  options: {
    service: { type: 'string' },
    environment: { type: 'string' },
    reconcile: { type: 'boolean' },
  },
  optionHelp: {
    service: 'only this service',
    environment: 'only there',
    reconcile: 'apply what the journal says holds, again; no share grows by it',
  },
  async run({ values }, context) {
    const found = placesNamed(
      latestRollouts(repositoryRoot(context.workingDirectory), context.env),
      textOption(values, 'service'),
      textOption(values, 'environment'),
    );
    if (found.length === 0)
      throw inputFailure(
        'nothing-deployed',
        'nothing of that name was deployed from here; see `evenkeel status`',
      );
    const places = [];
    for (const one of found) places.push(await lookAt(one, values['reconcile'] === true, context));
    return resultOf(places);
  },
};

interface Place {
  service: string;
  environment: string;
  report: DriftReport | null;
  problem: string | null;
}

async function lookAt(found: FoundRollout, isReconciling: boolean, context: CommandContext): Promise<Place> {
  const { service, environment } = found.rollout.plan;
  const place = { service, environment };
  try {
    const report = await readDrift(found.directories, found.rollout, context.env);
    if (!isReconciling || report.items.length === 0) return { ...place, report, problem: null };
    for (const line of driftLines(report)) context.progress(line);
    return { ...place, report: await reconcile(found, report, context), problem: null };
  } catch (error) {
    if (!(error instanceof Failure) || isReconciling) throw error;
    return { ...place, report: null, problem: error.message };
  }
}

async function reconcile(
  { directories, rollout }: FoundRollout,
  drift: DriftReport,
  context: CommandContext,
): Promise<DriftReport> {
  const lock = takeLock(directories.lockFile, 'evenkeel drift --reconcile', context.now());
  try {
    const { service, environment } = rollout.plan;
    // Before it is done: nothing is changed that the log does not tell of.
    appendEntry(directories.audit, context, {
      actor: { kind: 'person', name: userInfo().username },
      event: 'drift.reconciled',
      rollout: rollout.rollout,
      service,
      inputs: { environment, drift: drift.items },
    });
    const fresh = loadRollout(directories, rollout.rollout) ?? rollout;
    const { env, signal } = context;
    const progress = (line: string): void => context.progress(line);
    const now = (): Date => context.now();
    const surroundings = openSurroundings({ directories, rollout: fresh, env, now, progress, signal });
    try {
      const { effects } = surroundings;
      const report = await reconcileDrift({
        directories,
        rollout: fresh,
        env,
        refresh: () => surroundings.refresh(),
        applyExposure: (exposure, cut) => {
          for (const release of [exposure.stable, exposure.candidate])
            if (release !== null) effects.writeRelease(release);
          lock.assertHeld();
          return effects.applyExposure(exposure, cut);
        },
        progress,
        signal,
      });
      if (report.items.some(({ kind }) => kind !== 'instance-lies')) throw notReconciled(report);
      return report;
    } finally {
      surroundings.close();
    }
  } finally {
    lock.release();
  }
}

function notReconciled({ items }: DriftReport): Failure {
  const what = items.map(({ message }) => message).join('; ');
  return effectFailure(
    'not-reconciled',
    `the exposure was applied again, and still ${what}; look at the logs in \`.evenkeel/run\``,
    true,
  );
}

function resultOf(places: readonly Place[]): CommandResult {
  const isUnreadable = places.some(({ problem }) => problem !== null);
  const hasDrift = places.some(({ report }) => (report?.items.length ?? 0) > 0);
  const decision = hasDrift ? 'drift' : isUnreadable ? 'unreadable' : 'none';
  const text = places.flatMap(({ service, environment, report, problem }) => {
    const lines = report === null ? [problem ?? ''] : driftLines(report);
    const name = `${service} in ${environment}`;
    return lines.length === 0
      ? [`${name}: no drift`]
      : [`${name}:`, ...lines.map((line) => `  ${printable(line)}`)];
  });
  return {
    exitCode: hasDrift ? 1 : isUnreadable ? 3 : 0,
    decision,
    reasonCode: decision === 'none' ? 'no-drift' : decision,
    result: {
      places: places.map(({ service, environment, report, problem }) => ({
        service,
        environment,
        rollout: report?.rollout ?? null,
        drift: report?.items ?? [],
        problem,
      })),
    },
    text: text.join('\n'),
  };
}
