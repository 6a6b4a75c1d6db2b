import { createReadStream, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import {
  defaultReplaySettings,
  loadReplaySettings,
  type ReplaySettings,
} from '../../policies/judge/replay/replay-settings.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { describeReadError, replayLines } from '../judge/replay-lines.ts';
import { planRollout, planTable, readPlanOptions, type PlanRequest } from '../judge/plan-table.ts';
import { findRevisions } from '../repository/find-revisions.ts';
import { openTree } from '../repository/read-changes.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import { metricsToJudge } from '../metrics/metrics-to-judge.ts';
import { readPolicyAt } from '../repository/policy-at.ts';
import type { Command, CommandContext, CommandResult, ParsedArguments } from './command.ts';
import { serviceUnknown } from './service-unknown.ts';

export const judgeCommand: Command = {
  name: 'judge',
  summary: 'try the judge: how long it will take, and what it says of recorded figures',
  usage: [
    'evenkeel judge replay [--config FILE] [--before FILE] [--until fail|pass|end] [--batch] [FILE|-]',
    '       evenkeel judge plan [--service NAME] [--rps N] [--share SHARE] [--rate SHARE] [--tolerate SHARE] [--slack SHARE]',
  ].join('\n'),
  example: 'evenkeel judge plan --rps 100 --share 5% --rate 0.1%',
  takesPositionals: true,
  options: {
    config: { type: 'string' },
    before: { type: 'string' },
    until: { type: 'string' },
    batch: { type: 'boolean' },
    service: { type: 'string' },
    rps: { type: 'string' },
    share: { type: 'string' },
    rate: { type: 'string' },
    tolerate: { type: 'string' },
    slack: { type: 'string' },
  },
  optionHelp: {
    config: 'replay: alpha, beta, horizon, minSoak, noData, warmUp, steps and metrics, as YAML or JSON',
    before:
      'replay: ticks before the deployment, from which is learned how errors come and how long answers take',
    until: 'replay: stop at the first fail or the first pass (default: end)',
    batch: 'replay: many streams at once; every line says which with "stream"',
    service: 'plan: the service of the policy file whose steps and metrics are taken',
    rps: 'plan: requests a second of both versions together',
    share: "plan: the candidate's share (default: each step of the policy, or 5%)",
    rate: "plan: the stable version's share of errors (default: 0.1% and 1%)",
    tolerate: 'plan: how much worse is harmless (default: 10%)',
    slack: 'plan: what is harmless beside that, as a share of requests (default: 0%)',
  },
  async run(args, context) {
    const [verb, ...rest] = args.positionals;
    refuseForeignOptions(verb, args.values);
    if (verb === 'replay') return await replay(args, rest, context);
    if (verb === 'plan') return await plan(args, rest, context);
    throw inputFailure(
      'usage',
      'say what the judge is to do: `evenkeel judge plan` or `evenkeel judge replay FILE`',
    );
  },
};

const optionsOf: Readonly<Record<string, readonly string[]>> = {
  replay: ['config', 'before', 'until', 'batch'],
  plan: ['service', 'rps', 'share', 'rate', 'tolerate', 'slack'],
};

/** An option that would change nothing is refused: whoever gave it meant something by it. */
function refuseForeignOptions(verb: string | undefined, values: ParsedArguments['values']): void {
  for (const [owner, names] of Object.entries(optionsOf)) {
    const foreign = verb === owner ? undefined : names.find((name) => values[name] !== undefined);
    if (foreign !== undefined && verb !== undefined)
      throw inputFailure(
        'usage',
        `--${foreign} is an option of \`judge ${owner}\`, not of \`judge ${verb}\``,
      );
  }
}

async function replay(
  { values }: ParsedArguments,
  files: string[],
  context: CommandContext,
): Promise<CommandResult> {
  if (files.length > 1)
    throw inputFailure('usage', 'replay one file at a time, or many streams with --batch');
  const until = values['until'] ?? 'end';
  if (until !== 'fail' && until !== 'pass' && until !== 'end')
    throw inputFailure('usage', `--until ${JSON.stringify(until)} is none of fail, pass and end`);
  const settings = settingsOf(values['config'], context);
  const before = values['before'];
  const [file = '-'] = files;
  if (before === '-' && file === '-')
    throw inputFailure(
      'usage',
      'standard input is either --before or the ticks to judge; give one of them as a file',
    );
  const outcome = await replayLines({
    settings,
    before: typeof before === 'string' ? { name: nameOf(before), input: open(before, context) } : null,
    lines: { name: nameOf(file), input: open(file, context) },
    isBatch: values['batch'] === true,
    until,
    print: (answer) => context.print(JSON.stringify(answer)),
    progress: (line) => context.progress(line),
    now: () => context.now().getTime(),
    signal: context.signal,
  });
  const exitCode = outcome === 'pass' ? 0 : outcome === 'fail' ? 1 : 3;
  return { exitCode, decision: outcome, reasonCode: outcome, result: null, text: '', isStreamed: true };
}

function settingsOf(file: ParsedArguments['values'][string], context: CommandContext): ReplaySettings {
  if (typeof file !== 'string') return defaultReplaySettings;
  const loaded = loadReplaySettings(readText(file, context), file);
  if (loaded.ok) return loaded.settings;
  throw inputFailure('invalid-config', loaded.problems.join('\n'));
}

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}

function open(file: string, context: CommandContext): Readable {
  return file === '-' ? process.stdin : createReadStream(resolve(context.workingDirectory, file));
}

function readText(file: string, context: CommandContext): string {
  try {
    return readFileSync(resolve(context.workingDirectory, file), 'utf8');
  } catch (error) {
    throw inputFailure('unreadable', `${file} ${describeReadError(error)}`);
  }
}

async function plan(
  { values }: ParsedArguments,
  rest: string[],
  context: CommandContext,
): Promise<CommandResult> {
  if (rest.length > 0) throw inputFailure('usage', `judge plan takes no ${JSON.stringify(rest[0])}`);
  const { service } = values;
  const policy = typeof service === 'string' ? await planOfService(service, context) : {};
  const result = planRollout(readPlanOptions(values, policy));
  return { exitCode: 0, decision: 'done', reasonCode: 'planned', result, text: planTable(result) };
}

/** Steps, metrics and error rates as the policy at HEAD has them. */
async function planOfService(name: string, context: CommandContext): Promise<Partial<PlanRequest>> {
  const repository = repositoryRoot(context.workingDirectory);
  const { head } = await findRevisions(repository, 'HEAD', 'HEAD');
  const { tree, close } = openTree(repository, head);
  try {
    const policy = await readPolicyAt(tree, head.slice(0, 12));
    if (policy === null)
      throw inputFailure(
        'policy-missing',
        'HEAD has no policy; write one with `evenkeel init` and commit it',
      );
    const service = policy.services.find((own) => own.name === name);
    if (service === undefined) throw serviceUnknown(policy, name);
    const { alpha, beta, stepBasisPoints, stepDeadlineSeconds, bakeSeconds } = policy.rollout;
    return {
      shares: stepBasisPoints.map((points) => points / 10_000),
      metrics: metricsToJudge(service.metrics),
      ...(service.traffic === null
        ? {}
        : {
            requestsPerSecond: service.traffic.requestsPerSecond,
            baselineRates: [service.traffic.errorRate],
          }),
      alpha,
      beta,
      deadlineSeconds: stepDeadlineSeconds,
      horizonSeconds: stepBasisPoints.length * stepDeadlineSeconds + bakeSeconds,
    };
  } finally {
    close();
  }
}
