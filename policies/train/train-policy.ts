/** In which order places get a release, and which services get one together: from the policy file. */
export interface TrainPolicy {
  /** Empty: every environment is deployed to on its own. */
  waves: WavePolicy[];
  groups: GroupPolicy[];
  places: PlacePolicy[];
  /** The part of all instances that candidates may serve before they have baked: 1 to 10000. */
  blastRadiusBasisPoints: number;
}

export interface WavePolicy {
  name: string;
  /** In order; the first one of the first wave is the one box that goes before everything else. */
  environments: string[];
  /** Null: as its places say, or the rollout. */
  bakeSeconds: number | null;
}

/** Services of one commit that go out together and come back together. */
export interface GroupPolicy {
  name: string;
  services: string[];
}

/** What is different in one environment: a region, a zone, one box. */
export interface PlacePolicy {
  name: string;
  /** Null: as the rollout says. */
  stepBasisPoints: number[] | null;
  bakeSeconds: number | null;
  /** Names of probe locations; null: all of the service. */
  locations: string[] | null;
  /** What holds for every service here … */
  run: PlaceRun;
  /** … and for one of them, by name. */
  services: Record<string, PlaceRun>;
}

/** Null: as the service says. `env` adds to the service's own. */
export interface PlaceRun {
  publicPort: number | null;
  instances: number | null;
  target: string | null;
  env: Record<string, string>;
}
