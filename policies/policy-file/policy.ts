import type { Direction } from '../../analyzers/scope.ts';

/** `evenkeel.yml` after loading: defaults filled in, durations in seconds, shares in basis points. */
export interface Policy {
  version: 1;
  services: ServicePolicy[];
  unclaimed: 'allow' | 'block';
  /** Absent means that everything which deploys is blocked. */
  approval: ApprovalPolicy | null;
  rollout: RolloutPolicy;
  /** Where the file stands, for messages: `evenkeel.yml` or `.github/evenkeel.yml`. */
  path: string;
}

export interface ServicePolicy {
  name: string;
  paths: string[];
  config: { files: string[]; schema?: string }[];
  schemas: { files: string[]; kind: 'json-schema' | 'openapi'; direction: Direction }[];
  migrations: { files: string[]; runner: string } | null;
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
  probes: { openapi: string | null; paths: string[] };
  metrics: MetricPolicy[];
  /** Null: rollouts of this service start whatever its error budget is. */
  slo: SloPolicy | null;
  /** Runbook path or URL by the kind of failure. */
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
  env: Record<string, string>;
}

/** The gate before a rollout: an OpenSLO file, from the root of the repository. */
export interface SloPolicy {
  file: string;
  /** Fraction of the error budget. */
  minimumRemaining: number;
}

export interface MetricPolicy {
  name: 'errors' | 'latency';
  isCritical: boolean;
  /** Harmless up to `toleratedRatio` times the stable version's figure … */
  toleratedRatio: number;
  /** … plus this much, as a fraction of requests (errors only). */
  slack: number;
}

export interface ApprovalPolicy {
  required: number;
  codeOwners: boolean;
  /** Repository roles that may approve. */
  roles: string[];
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
  tickSeconds: number;
  /** Chance of a false rollback over a whole rollout, and of a false pass at one step. */
  alpha: number;
  beta: number;
}
