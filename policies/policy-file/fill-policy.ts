import { pointerTo } from '../../analyzers/document/document.ts';
import type { ConfigScope, ContractKind, ServiceScope } from '../../analyzers/scope.ts';
import { isSecretName, redactText } from '../audit/redact.ts';
import { fillApproval, type RawApproval } from './fill-approval.ts';
import { fillCommands, type RawCommands } from './fill-commands.ts';
import { fillEnvironments, type RawEnvironments } from './fill-environments.ts';
import { fillTrain, type RawTrain } from './fill-train.ts';
import { fillLimits, readNoDataDeadline, type RawLimits } from './fill-limits.ts';
import { fillMigrations, type RawMigrations } from './fill-migrations.ts';
import { fillMetrics, fillPrometheus, type RawMetric, type RawPrometheus } from './fill-metrics.ts';
import { fillProbes, type RawProbes } from './fill-probes.ts';
import { readFraction, readRate, readSeconds } from './quantities.ts';
import type { PolicyFault } from './schema-faults.ts';
import { readSteps } from './read-steps.ts';
import type { Policy, RolloutPolicy, RunPolicy, ServicePolicy, SloPolicy, TicketPolicy } from './policy.ts';
import { presets } from './presets.ts';
import { readSecretReference } from './secret-reference.ts';
import { splitWords } from './words.ts';
import { fillZones } from './fill-zones.ts';

/** The file as its JSON Schema lets it through. */
interface RawPolicy {
  services: Record<string, RawService>;
  unclaimed?: 'allow' | 'block';
  schemaUrls?: Record<string, string>;
  waivers?: { maxDays?: number };
  approval?: RawApproval;
  environments?: RawEnvironments;
  commands?: RawCommands;
  groups?: RawTrain['groups'];
  runbooks?: Policy['runbooks'];
  tickets?: Partial<TicketPolicy>;
  prometheus?: RawPrometheus;
  rollout?: {
    preset?: RolloutPolicy['preset'];
    steps?: string[];
    soak?: string;
    deadline?: string;
    bake?: string;
    noData?: string;
    noDataDeadline?: string;
    limits?: RawLimits;
    waves?: RawTrain['waves'];
    blastRadius?: string;
  };
}

type RawCommand = string | string[];

interface RawService {
  paths: string[];
  config?: (Omit<ConfigScope, 'files'> & { files: string | string[] })[];
  schemas?: {
    files: string | string[];
    kind: ContractKind;
    direction?: 'consumed' | 'produced' | 'both';
    level?: string;
    operations?: string | string[];
    deployed?: string | string[];
  }[];
  migrations?: RawMigrations;
  code?: { commands?: RawCommand[]; timeout?: string };
  infra?: { directory: string; stack?: string; stateful?: string[]; timeout?: string };
  target?: string;
  run?: {
    build?: RawCommand[];
    command: RawCommand;
    directory?: string;
    health?: string;
    port: number;
    instances?: number;
    start?: string;
    drain?: string;
    router?: RunPolicy['router'];
    userKey?: RunPolicy['userKey'];
    zones?: string[];
    minHealthy?: number;
    env?: Record<string, string>;
  };
  probes?: RawProbes;
  metrics?: RawMetric[];
  traffic?: { requests: string; errors?: string };
  scrape?: { path?: string };
  slo?: string | { file: string; minimumRemaining?: string };
  runbooks?: Record<string, string>;
}

export type FilledPolicy = { ok: true; policy: Policy } | { ok: false; faults: PolicyFault[] };

function secretAt(pointer: string): PolicyFault {
  const message =
    'this looks like a secret; name where it is (`env:NAME` or `file:/PATH`), never the secret itself';
  return { pointer, onKey: false, message };
}

/** Fills in what the file leaves out, and checks what its JSON Schema cannot say. `value` has passed that schema. */
export function fillPolicy(value: unknown, path: string): FilledPolicy {
  const raw = value as RawPolicy;
  const faults: PolicyFault[] = [];
  const services = Object.entries(raw.services).map(([name, service]) => fillService(name, service, faults));
  const rollout = fillRollout(raw.rollout ?? {}, faults);
  const prometheus = fillPrometheus(raw.prometheus, services, faults);
  const environments = fillEnvironments(raw.environments, faults);
  const train = fillTrain(
    { ...raw.rollout, groups: raw.groups, environments: raw.environments },
    services,
    faults,
  );
  const commands = fillCommands(raw.commands, faults);
  const approval = raw.approval === undefined ? null : fillApproval(raw.approval, faults);
  if (faults.length > 0) return { ok: false, faults };
  return {
    ok: true,
    policy: {
      version: 1,
      services,
      unclaimed: raw.unclaimed ?? 'block',
      schemaUrls: raw.schemaUrls ?? {},
      waivers: { maxDays: raw.waivers?.maxDays ?? 180 },
      approval,
      environments,
      commands,
      rollout,
      train,
      prometheus,
      runbooks: raw.runbooks ?? 'expected',
      tickets: { labels: [], assignees: [], repository: null, ...raw.tickets },
      path,
    },
  };
}

function fillService(name: string, raw: RawService, faults: PolicyFault[]): ServicePolicy {
  const at = (...parts: (string | number)[]): string =>
    ['services', name, ...parts].reduce<string>((pointer, part) => pointerTo(pointer, String(part)), '');
  const command = (written: RawCommand, ...place: (string | number)[]): string[] => {
    const words = typeof written === 'string' ? splitWords(written) : written;
    if (words === null)
      faults.push({
        pointer: at(...place),
        onKey: false,
        message: 'a quote is not closed, or the command is empty',
      });
    else if (words.some((word) => redactText(word) !== word)) faults.push(secretAt(at(...place)));
    return words ?? [];
  };
  if (raw.target !== undefined && raw.run === undefined) {
    faults.push({
      pointer: at('target'),
      onKey: true,
      message: 'a service with a target needs `run`, which says how it is started',
    });
  }
  const code = raw.code ?? {};
  return {
    name,
    paths: raw.paths,
    config: (raw.config ?? []).map((entry) => ({ ...entry, files: listOf(entry.files) })),
    schemas: (raw.schemas ?? []).map(({ files, kind, direction, level, operations, deployed }) => ({
      files: listOf(files),
      kind,
      direction: direction ?? 'both',
      ...(level !== undefined && { level: level.toLowerCase().replaceAll('_', '-') }),
      ...(operations !== undefined && { operations: listOf(operations) }),
      ...(deployed !== undefined && { deployed: listOf(deployed) }),
    })),
    migrations:
      raw.migrations === undefined
        ? null
        : fillMigrations(raw.migrations, (key) => at('migrations', key), faults),
    code: {
      commands: (code.commands ?? []).map((written, index) => command(written, 'code', 'commands', index)),
      timeoutSeconds: readSeconds(code.timeout ?? '15m'),
    },
    infra: raw.infra === undefined ? null : fillInfra(raw.infra),
    target: raw.target ?? null,
    run: raw.run === undefined ? null : fillRun(raw.run, command, at, faults),
    probes: fillProbes(raw.probes, at('probes'), faults),
    metrics: fillMetrics(raw.metrics, raw.scrape?.path ?? '/metrics', at('metrics'), faults),
    traffic:
      raw.traffic === undefined
        ? null
        : {
            requestsPerSecond: readRate(raw.traffic.requests),
            errorRate: readFraction(raw.traffic.errors ?? '0.1%'),
          },
    slo: raw.slo === undefined ? null : fillSlo(raw.slo),
    runbooks: raw.runbooks ?? {},
  };
}

function fillInfra(infra: NonNullable<RawService['infra']>): NonNullable<ServicePolicy['infra']> {
  const directory = infra.directory.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
  const isRoot = directory === '' || directory === '.';
  return {
    directory: isRoot ? '.' : directory,
    stack: infra.stack ?? 'production',
    files: [isRoot ? '**' : `${directory}/**`],
    stateful: infra.stateful ?? [],
    previewTimeoutSeconds: readSeconds(infra.timeout ?? '5m'),
  };
}

function fillRun(
  run: NonNullable<RawService['run']>,
  command: (written: RawCommand, ...place: (string | number)[]) => string[],
  at: (...parts: (string | number)[]) => string,
  faults: PolicyFault[],
): RunPolicy {
  for (const [name, value] of Object.entries(run.env ?? {})) {
    if (readSecretReference(value) !== null) continue;
    if (isSecretName(name) || redactText(value) !== value) faults.push(secretAt(at('run', 'env', name)));
  }
  return {
    build: (run.build ?? []).map((written, index) => command(written, 'run', 'build', index)),
    command: command(run.command, 'run', 'command'),
    directory: run.directory ?? '.',
    healthPath: run.health ?? '/healthz',
    publicPort: run.port,
    instances: run.instances ?? 1,
    startSeconds: readSeconds(run.start ?? '30s'),
    drainSeconds: readSeconds(run.drain ?? '10s'),
    router: run.router ?? 'auto',
    userKey: run.userKey ?? null,
    ...fillZones(run, at, faults),
    env: run.env ?? {},
  };
}

function fillSlo(raw: NonNullable<RawService['slo']>): SloPolicy {
  const { file, minimumRemaining } =
    typeof raw === 'string' ? { file: raw, minimumRemaining: undefined } : raw;
  return { file: file.replace(/^(?:\.\/+)+/, ''), minimumRemaining: readFraction(minimumRemaining ?? '10%') };
}

function fillRollout(raw: NonNullable<RawPolicy['rollout']>, faults: PolicyFault[]): RolloutPolicy {
  const preset = presets[raw.preset ?? 'standard'];
  const steps =
    raw.steps === undefined ? preset.stepBasisPoints : readSteps(raw.steps, '/rollout/steps', faults);
  const minSoakSeconds = raw.soak === undefined ? preset.minSoakSeconds : readSeconds(raw.soak);
  const stepDeadlineSeconds =
    raw.deadline === undefined ? preset.stepDeadlineSeconds : readSeconds(raw.deadline);
  if (minSoakSeconds >= stepDeadlineSeconds) {
    faults.push({
      pointer: raw.deadline === undefined ? '/rollout/soak' : '/rollout/deadline',
      onKey: false,
      message: `the deadline (${stepDeadlineSeconds} s) has to be longer than the soak (${minSoakSeconds} s), or no step could pass`,
    });
  }
  const rollout = {
    ...preset,
    stepBasisPoints: steps,
    minSoakSeconds,
    stepDeadlineSeconds,
    bakeSeconds: raw.bake === undefined ? preset.bakeSeconds : readSeconds(raw.bake),
    noDataSeconds: raw.noData === undefined ? preset.noDataSeconds : readSeconds(raw.noData),
  };
  return {
    ...rollout,
    noDataDeadlineSeconds: readNoDataDeadline(raw.noDataDeadline, rollout, faults),
    limits: fillLimits(raw.limits ?? {}, rollout, faults),
  };
}

function listOf(value: string | string[]): string[] {
  return typeof value === 'string' ? [value] : value;
}

/** The part of each service that analysis needs. */
export function toScopes(policy: Policy): ServiceScope[] {
  return policy.services.map((service) => ({
    name: service.name,
    paths: service.paths,
    config: service.config,
    schemaUrls: policy.schemaUrls,
    ...(service.run === null
      ? {}
      : { run: { variables: Object.keys(service.run.env), port: service.run.publicPort } }),
    schemas: service.schemas,
    code: service.code,
    ...(service.migrations === null
      ? {}
      : { migrations: { files: service.migrations.files, runner: service.migrations.runner } }),
    ...(service.infra === null
      ? {}
      : { infra: { files: service.infra.files, stateful: service.infra.stateful } }),
  }));
}
