import type { ConfigScope, SchemaScope } from '../../analyzers/scope.ts';
import type { ApprovalPolicy } from '../approval/approval-policy.ts';
import type { CommandPolicy } from '../command/command-policy.ts';
import type { EnvironmentPolicy } from '../gates/gate-policy.ts';
import type { MetricSettings } from '../judge/metric-settings.ts';
import type { TrainPolicy } from '../train/train-policy.ts';
import type { MigrationPolicy } from '../schema-steps/migration-policy.ts';
import type { ProbePolicy } from '../probes/probe-policy.ts';
import type { forwardEffects } from '../rollout/state.ts';

/** `evenkeel.yml` after loading: defaults filled in, durations in seconds, shares in basis points. */
export interface Policy {
  version: 1;
  services: ServicePolicy[];
  unclaimed: 'allow' | 'block';
  /** Paths from the root of the repository, by the URL of the schema that each stands in for. */
  schemaUrls: Record<string, string>;
  /** A waiver that ends later than this many days from now is none. */
  waivers: { maxDays: number };
  /** Absent means that everything which deploys is blocked. */
  approval: ApprovalPolicy | null;
  /** Only those that the file names; another one asks for nothing of its own. */
  environments: EnvironmentPolicy[];
  commands: CommandPolicy;
  rollout: RolloutPolicy;
  /** The order of places, and what goes out together. */
  train: TrainPolicy;
  /** Null: metrics come from the router or the instances only. */
  prometheus: PrometheusPolicy | null;
  /** What a service without a runbook that can be reached is: a warning, or an error. */
  runbooks: 'expected' | 'required';
  tickets: TicketPolicy;
  /** Where the file stands, for messages: `evenkeel.yml` or `.github/evenkeel.yml`. */
  path: string;
}

/** The issue that a rollback opens. */
export interface TicketPolicy {
  /** Beside our own. */
  labels: string[];
  assignees: string[];
  /** `owner/name`; null: where the workflow runs. */
  repository: string | null;
}

export interface ServicePolicy {
  name: string;
  paths: string[];
  config: ConfigScope[];
  schemas: SchemaScope[];
  migrations: MigrationPolicy | null;
  code: { commands: string[][]; timeoutSeconds: number };
  infra: {
    directory: string;
    stack: string;
    files: string[];
    stateful: string[];
    previewTimeoutSeconds: number;
  } | null;
  /** `local`, or the path of a module of one's own; null: this service is checked and not deployed. */
  target: string | null;
  run: RunPolicy | null;
  probes: ProbePolicy;
  metrics: MetricPolicy[];
  /** What the service usually gets; null where the policy does not say. Only plans rest on it. */
  traffic: { requestsPerSecond: number; errorRate: number } | null;
  /** Null: rollouts of this service start whatever its error budget is. */
  slo: SloPolicy | null;
  /** Runbook path or URL by the kind of failure (policies/runbooks/failure-kinds.ts). */
  runbooks: Record<string, string>;
}

/** How one instance is started and told apart. */
export interface RunPolicy {
  /** Run once in a new release's directory before anything of it is started, for instance `npm ci`. */
  build: string[][];
  command: string[];
  directory: string;
  healthPath: string;
  publicPort: number;
  instances: number;
  startSeconds: number;
  drainSeconds: number;
  router: 'auto' | 'haproxy' | 'embedded';
  /** What tells users apart, so that they stay on their version; null: the header `x-user`. */
  userKey: { header: string } | { cookie: string } | null;
  /** Names of the zones that instances are placed in, in turn; empty: there is only one place. */
  zones: string[];
  /** How many healthy instances of full weight must stay when others are taken away; null: all but one. */
  minHealthy: number | null;
  env: Record<string, string>;
}

/** The gate before a rollout: an OpenSLO file, from the root of the repository. */
export interface SloPolicy {
  file: string;
  /** Fraction of the error budget. */
  minimumRemaining: number;
}

/** One metric: what it is, how much worse is harmless, and where its figures come from. */
export interface MetricPolicy extends MetricSettings {
  source: MetricSourcePolicy;
}

/**
 * `prometheus` asks a server for raw samples; `scrape` reads the text that every instance serves under `path`. Texts are
 * selectors of counters, of a histogram (without `_bucket`) or of a gauge, never expressions. `exposure` null:
 * instance-seconds. `probes` counts rounds of the service's synthetic customers in which something was not in order.
 */
export type MetricSourcePolicy =
  | { from: 'router' }
  | { from: 'probes' }
  | ({ from: 'prometheus' } & SelectedMetric)
  | ({ from: 'scrape'; path: string } & SelectedMetric);

export type SelectedMetric =
  | { kind: 'ratio'; bad: string; total: string }
  | { kind: 'rate'; count: string; exposure: string | null }
  | { kind: 'latency'; histogram: string }
  | { kind: 'gauge'; gauge: string };

/** A server that speaks Prometheus' HTTP API. */
export interface PrometheusPolicy {
  url: string;
  /** The label whose value begins with the release's digest, with or without `sha256:`; tells the versions apart. */
  label: string;
  /** References to secrets (`env:`, `file:`), never values. */
  authorization:
    { scheme: 'basic'; username: string; password: string } | { scheme: 'bearer'; token: string } | null;
  /** A certificate authority of one's own, PEM. */
  caFile: string | null;
  timeoutSeconds: number;
  scrapeSeconds: number;
  /** How long after a scrape its samples can be read. */
  lagSeconds: number;
  /** The least share of the samples that a window should have. */
  minimumCoverage: number;
}

export interface RolloutPolicy {
  preset: 'careful' | 'standard' | 'fast';
  /** The candidate's share at each canary step, ascending, in basis points (1 to 9999). */
  stepBasisPoints: number[];
  /** A step is held at least this long … */
  minSoakSeconds: number;
  /** … and asks a person when it is undecided after this long. */
  stepDeadlineSeconds: number;
  bakeSeconds: number;
  /** No counters for this long pauses the rollout. */
  noDataSeconds: number;
  /** … and for this long takes users back; absent in rollouts that began before it could be said. */
  noDataDeadlineSeconds?: number;
  /** As the file says them; absent as above. */
  limits?: RolloutLimits;
  tickSeconds: number;
  /** Chance of a false rollback over a whole rollout, and of a false pass at one step. */
  alpha: number;
  beta: number;
}

/** Steps forward that take time. */
export type LimitedEffect = (typeof forwardEffects)[number];

/** How long things may take; null and absent: chosen for the service when a rollout of it is planned. */
export interface RolloutLimits {
  rolloutSeconds: number | null;
  effectSeconds: Partial<Record<LimitedEffect, number>>;
}
