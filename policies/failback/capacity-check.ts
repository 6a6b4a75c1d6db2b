/** Whether instances may be taken away: never below what has to stay, counting only what really carries users. */

export interface CapacityInstance {
  name: string;
  zone: string | null;
  /** Its identity is proven and it answers its health check. */
  isHealthy: boolean;
  /** Percent of a full instance's share; only 100 counts. */
  weight: number;
}

export interface CapacityQuestion {
  instances: readonly CapacityInstance[];
  /** Names of what is to be taken away. */
  leaving: readonly string[];
  /** How many a version has when it carries everything. */
  fullCapacity: number;
  /** The policy's `run.minHealthy`; null: one less than the full capacity, and at least one. */
  minHealthy: number | null;
}

export type CapacityAnswer =
  | { ok: true; staying: number; needed: number }
  | { ok: false; reasonCode: 'capacity-too-low' | 'instance-unknown'; message: string };

/** What is drained may be unhealthy itself: only what stays has to carry the users. */
export function capacityCheck({
  instances,
  leaving,
  fullCapacity,
  minHealthy,
}: CapacityQuestion): CapacityAnswer {
  const unknown = leaving.find((name) => !instances.some((instance) => instance.name === name));
  if (unknown !== undefined) {
    const names = instances.map(({ name }) => name).join(', ');
    return {
      ok: false,
      reasonCode: 'instance-unknown',
      message: `${unknown} is not among the instances that run: ${names === '' ? 'there are none' : names}`,
    };
  }
  const needed = neededOf(fullCapacity, minHealthy);
  const staying = instances.filter((instance) => !leaving.includes(instance.name) && carries(instance));
  if (staying.length >= needed) return { ok: true, staying: staying.length, needed };
  const lost = instances.filter((instance) => !leaving.includes(instance.name) && !carries(instance));
  const others =
    lost.length === 0 ? '' : ` (${lost.map(({ name }) => name).join(', ')} carry no full share at present)`;
  return {
    ok: false,
    reasonCode: 'capacity-too-low',
    message: `${staying.length} healthy ${staying.length === 1 ? 'instance' : 'instances'} of full weight would stay, and ${needed} are needed${others}; bring others back first, or set \`run.minHealthy\` to how many carry the load`,
  };
}

/** How many healthy instances of full weight have to stay. */
export function neededOf(fullCapacity: number, minHealthy: number | null): number {
  return minHealthy ?? Math.max(1, fullCapacity - 1);
}

function carries({ isHealthy, weight }: CapacityInstance): boolean {
  return isHealthy && weight >= 100;
}
