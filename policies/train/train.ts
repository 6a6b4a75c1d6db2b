/**
 * A release that goes to several services or places in order: first one box, then wave by wave. Each member is a rollout
 * of its own; what holds between them is decided in `decide-train.ts`. Plain JSON, kept in every member's journal.
 */
export interface Train {
  /** The sequence of its `train.started` in the audit log. */
  id: string;
  /** What goes out together: a group, or one service. */
  name: string;
  /** The names of its waves, in order. */
  waves: string[];
  /** In the order in which they are let on. */
  members: TrainMember[];
  /** Instances of all places of these services, those that have the release already included. */
  totalCapacity: number;
  /** How much of that candidates may serve that have not baked: 1 to 10000. */
  blastRadiusBasisPoints: number;
}

/** One service in one place. */
export interface TrainMember {
  service: string;
  environment: string;
  /** Place in `waves`. */
  wave: number;
  /** Instances that its candidate has once it serves everybody. */
  capacity: number;
}

/** The name of a member inside its train. */
export function memberName({ service, environment }: Pick<TrainMember, 'service' | 'environment'>): string {
  return `${service} in ${environment}`;
}
