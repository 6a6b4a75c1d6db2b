/** A whole bundle: code, configuration, schema and infrastructure of one commit, under one digest. */
export interface Release {
  /** `sha256:…` over commit, tree and the service's own definition of how it runs. */
  digest: string;
  commit: string;
  tree: string;
  /** Absolute directory that holds this release's files, read-only once written. */
  directory: string;
}

/** The first 12 hexadecimal characters, as shown to people and used in names. */
export function shortDigest(digest: string): string {
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** The one value a target is given: who runs, how many, and what share of the users meets the candidate. */
export interface Exposure {
  stable: Release | null;
  candidate: Release | null;
  candidateBasisPoints: number;
  /** Instances wanted per version. */
  capacity: { stable: number; candidate: number };
  /** Secret tokens that pin a probe to a version, sent in the header `x-evenkeel-pin`. */
  pins: { stable: string; candidate: string };
}

/** Where the running versions can be reached: base URLs without a trailing slash. */
export interface Endpoints {
  public: string;
  stable: string[];
  candidate: string[];
  /** The router's own control socket, when the target can flip without an update. */
  routerSocket?: string;
  /** Prometheus text with the counters per version. */
  metrics: string;
}

/** How a service says it runs; targets read what they need of it. */
export interface ServiceDefinition {
  name: string;
  environment: string;
  /** The command that starts one instance; it must listen on 127.0.0.1 at the port in `PORT`. */
  command: string[];
  /** Directory inside the release, POSIX. */
  directory: string;
  healthPath: string;
  startSeconds: number;
  drainSeconds: number;
  publicPort: number;
  router: 'auto' | 'haproxy' | 'embedded';
  env: Record<string, string>;
  /** What tells users apart; absent in rollouts that began before it could be chosen. */
  userKey?: { header: string } | { cookie: string };
  /** Where instances are placed, in turn. */
  zones?: string[];
  /** How many healthy instances of full weight must stay when others are taken away; absent: all but one. */
  minHealthy?: number;
}

/**
 * A target's way to move the share without an update, for a rollback that does not wait for Pulumi. The next update puts
 * it right again, whatever was flipped meanwhile.
 */
export interface FastFlip {
  /** Sends the candidate this share, and returns once that is live. Idempotent; nothing but the share changes. */
  flip(candidateBasisPoints: number, service: ServiceDefinition, stateDirectory: string): Promise<void>;
  /** The candidate's share that is live now, in basis points, as the load balancer itself says it. */
  read(service: ServiceDefinition, stateDirectory: string): Promise<number>;
}

/** What a target module exports as `target`: a Pulumi program that turns an exposure into endpoints. */
export interface Target {
  /** Registers the resources for one exposure; runs inside a Pulumi program. The result may hold Pulumi outputs. */
  program(
    exposure: Exposure,
    service: ServiceDefinition,
    stateDirectory: string,
  ): Promise<Record<string, unknown>>;
  fast?: FastFlip;
  /**
   * Ends what a kill left running here and no exposure names, and says what it was. Called after an update only, when the
   * target is at this exposure.
   */
  tidy?(exposure: Exposure, service: ServiceDefinition, stateDirectory: string): Promise<string[]>;
  /** Where a user's own module stands; set by whoever loaded it, so that its own copy of the Pulumi SDK is used. */
  modulePath?: string;
}
