import { randomUUID } from 'node:crypto';
import { textOf } from '../../analyzers/change.ts';
import { latencyLines, phaseLatency } from '../../policies/probes/phase-latency.ts';
import { planProbes, type ProbePlan } from '../../policies/probes/plan-probes.ts';
import type { ProbeObservation } from '../../policies/probes/probe-verdict.ts';
import { inputFailure } from '../../stacks/failure.ts';
import { deployableService, type DeployableService } from '../deployer/deployable-service.ts';
import { runAgent } from '../probes/agent/run-agent.ts';
import { openLocation, withSecrets } from '../probes/probe-location.ts';
import { runRound } from '../probes/run-round.ts';
import { printable } from '../report/describe-finding.ts';
import { findRevisions } from '../repository/find-revisions.ts';
import { requirePolicyAt } from '../repository/policy-at.ts';
import { openTree } from '../repository/read-changes.ts';
import { repositoryRoot } from '../repository/repository-root.ts';
import { textOption, type Command, type CommandContext, type CommandResult } from './command.ts';

export const probeCommand: Command = {
  name: 'probe',
  summary: 'send a round of probes now, show what is covered, or send probes for others from this machine',
  usage: `evenkeel probe [--service NAME] [--base-url URL] [--revision REVISION]
       evenkeel probe plan [--service NAME] [--revision REVISION]
       evenkeel probe agent --listen HOST:PORT --cert FILE --key FILE --ca FILE --allow HOST:PORT…`,
  example: 'evenkeel probe --service shop --base-url https://shop.example',
  takesPositionals: true,
  options: {
    service: { type: 'string' },
    'base-url': { type: 'string' },
    revision: { type: 'string' },
    listen: { type: 'string' },
    cert: { type: 'string' },
    key: { type: 'string' },
    ca: { type: 'string' },
    allow: { type: 'string', multiple: true },
  },
  optionHelp: {
    service: 'one service of the policy (default: the only one)',
    'base-url': 'what is probed (default: the port of the policy on this machine)',
    revision: 'whose policy and document hold (default: HEAD)',
    listen: 'agent: where it listens, such as 0.0.0.0:7443',
    cert: "agent: its certificate, PEM; --key: its certificate's key",
    ca: 'agent: the authority whose clients may ask, PEM',
    allow: 'agent: a host and port that probes may be sent to; may be given again',
  },
  async run({ values, positionals }, context) {
    const [what = 'send', ...rest] = positionals;
    if (rest.length > 0 || !['send', 'plan', 'agent'].includes(what))
      throw inputFailure(
        'usage',
        `there is no probe ${JSON.stringify(positionals.join(' '))}; valid are: plan, agent`,
      );
    if (what === 'agent') return await runAgent(values, context);
    const { service, plan } = await planOf(
      textOption(values, 'service'),
      textOption(values, 'revision') ?? 'HEAD',
      context,
    );
    return what === 'plan'
      ? coverageResult(service, plan)
      : await send(service, plan, baseUrlOf(textOption(values, 'base-url'), service), context);
  },
};

type Plan = Extract<ProbePlan, { ok: true }>;

async function planOf(
  name: string | undefined,
  revision: string,
  context: CommandContext,
): Promise<{ service: DeployableService; plan: Plan }> {
  const repository = repositoryRoot(context.workingDirectory);
  const { head } = await findRevisions(repository, revision, revision);
  const service = deployableService(await requirePolicyAt(repository, head), name);
  const { tree, close } = openTree(repository, head);
  try {
    const probes = { ...service.probes, paths: [service.run.healthPath, ...service.probes.paths] };
    const plan = await planProbes(probes, async (path) => textOf(await tree.read(path)));
    if (plan.ok) return { service, plan };
    throw inputFailure(
      'probes-unreadable',
      `the probes of ${service.name} cannot be planned: ${plan.message}`,
    );
  } finally {
    close();
  }
}

function coverageResult(service: DeployableService, { coverage, probes, journeys }: Plan): CommandResult {
  const uncovered = coverage.filter(({ covered }) => covered === 'uncovered');
  const lines = coverage.map(
    ({ operation, covered, reason }) =>
      `${covered.padEnd(9)}  ${operation}${reason === '' ? '' : `: ${reason}`}`,
  );
  const count = `${probes.length} probes and ${journeys.length} journeys; ${coverage.length - uncovered.length} of ${coverage.length} documented operations are covered or excused`;
  return {
    exitCode: uncovered.length === 0 ? 0 : 1,
    decision: uncovered.length === 0 ? 'covered' : 'uncovered',
    reasonCode: uncovered.length === 0 ? 'covered' : 'uncovered',
    result: {
      service: service.name,
      probes: probes.map(({ operation, request }) => ({
        operation,
        method: request.method,
        path: request.path,
      })),
      journeys: journeys.map(({ name, operations }) => ({ name, operations })),
      coverage: coverage.map(({ operation, covered, reason }) => ({ operation, covered, reason })),
    },
    text: [...lines, count].map((line) => printable(line)).join('\n'),
  };
}

function baseUrlOf(written: string | undefined, { run }: DeployableService): string {
  const url = written ?? `http://127.0.0.1:${run.publicPort}`;
  if (/^https?:\/\/[^\s@?#]+$/.test(url) && URL.canParse(url)) return url.replace(/\/+$/, '');
  throw inputFailure(
    'usage',
    `--base-url ${JSON.stringify(url)} is no base URL; write it like https://shop.example`,
  );
}

/** One round from every location at whatever answers there; without a second version nothing is compared. */
async function send(
  { name, probes: policy }: DeployableService,
  plan: Plan,
  baseUrl: string,
  context: CommandContext,
): Promise<CommandResult> {
  const locations = policy.locations.map((one) => openLocation(one, context.env, policy.timeoutSeconds));
  try {
    const { round } = await runRound({
      part: 'now',
      probes: plan.probes,
      journeys: plan.journeys,
      locations,
      targetOf: ({ target }, version) =>
        version === 'stable' ? null : { url: target ?? baseUrl, headers: {} },
      isCompared: false,
      newId: randomUUID,
      withSecrets: (request) => withSecrets(request, context.env),
      signal: context.signal,
    });
    const { observations } = round;
    const isInOrder = observations.every(({ problem }) => problem === null);
    const latency = phaseLatency([round]);
    return {
      exitCode: isInOrder ? 0 : 1,
      decision: isInOrder ? 'in-order' : 'failed',
      reasonCode: isInOrder ? 'in-order' : 'probe-failed',
      result: { service: name, baseUrl, observations, latency },
      text: [...tableOf(observations), ...latencyLines(latency)].map((line) => printable(line)).join('\n'),
    };
  } finally {
    for (const location of locations) location.close();
  }
}

/** Operations by locations; what is not in order is said below. */
function tableOf(observations: readonly ProbeObservation[]): string[] {
  const locations = [...new Set(observations.map(({ location }) => location))];
  const operations = [...new Set(observations.map(({ operation }) => operation))];
  const width = Math.max(...operations.map((operation) => operation.length), 9);
  const cell = (operation: string, location: string): string => {
    const found = observations.find((one) => one.operation === operation && one.location === location);
    if (found === undefined) return '';
    return found.problem === null ? `${(found.phases?.totalMs ?? 0).toFixed(0)} ms` : 'FAILED';
  };
  const row = (first: string, cells: readonly string[]): string =>
    [
      first.padEnd(width),
      ...cells.map((text, index) => text.padStart(Math.max(8, locations[index]?.length ?? 0))),
    ].join('  ');
  return [
    row('operation', locations),
    ...operations.map((operation) =>
      row(
        operation,
        locations.map((location) => cell(operation, location)),
      ),
    ),
    ...observations.flatMap(({ operation, location, problem }) =>
      problem === null ? [] : [`${operation} ${problem} from ${location}`],
    ),
  ];
}
