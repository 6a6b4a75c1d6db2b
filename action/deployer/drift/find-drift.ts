/** What the journal says against what is live, as values: the reading is in `read-live.ts`. */
import type { RouterShares } from '../../../stacks/local/router/router.ts';
import { shortDigest, type Exposure } from '../../../stacks/exposure.ts';
import type { Expectation } from './expected-exposure.ts';

export type DriftKind =
  | 'router-gone'
  | 'share-differs'
  | 'release-differs'
  | 'pin-differs'
  | 'instance-gone'
  | 'instance-unwanted'
  | 'instance-lies'
  | 'state-differs'
  | 'state-unfinished'
  | 'stable-differs'
  | 'journal-newer';

export interface DriftItem {
  kind: DriftKind;
  /** What is not as it should be, and what reconciling does about it. */
  message: string;
  remedy: string;
}

export interface LiveInstance {
  name: string;
  /** What its answer says it is; null when it gives no answer. */
  answers: { release: string | null } | null;
  isAlive: boolean;
}

/** What was found; null where the target does not show it, or nothing is there. */
export interface Live {
  /** `not-shown`: the target has no router of ours. */
  router: RouterShares | 'gone' | 'not-shown';
  instances: LiveInstance[] | null;
  /** The share alone, for a target that shows no more. */
  basisPoints: number | null;
  state: { instances: string[]; basisPoints: number | null; stable: string | null; pending: string[] } | null;
  stable: string | null;
}

export interface Wanted {
  instances: { name: string; release: string }[];
  /** May be there or not: what the pending effect starts or ends. */
  tolerated: string[];
  /** The release that `stable.json` has to name; null before the first has settled. */
  stable: string | null;
}

/** Every difference, the ones that users feel first. */
export function findDrift({ exposure, ...doubt }: Expectation, wanted: Wanted, live: Live): DriftItem[] {
  if (isTakenDown(live)) return [];
  return [
    ...driftOfRouter({ exposure, ...doubt }, live),
    ...driftOfInstances(wanted, live),
    ...driftOfState({ exposure, ...doubt }, wanted, live),
    ...driftOfStable(wanted, live),
  ];
}

/** Stopped by `evenkeel down`: Pulumi itself knows of nothing any more, and nothing runs. */
function isTakenDown({ router, instances, state }: Live): boolean {
  const isStateEmpty = state?.instances.length === 0 && state.stable === null && state.pending.length === 0;
  return isStateEmpty && router === 'gone' && instances?.every(({ isAlive }) => !isAlive) === true;
}

const restates = 'the exposure of the journal is applied again';

function driftOfRouter(expected: Expectation, { router, basisPoints }: Live): DriftItem[] {
  const { exposure } = expected;
  if (router === 'not-shown') return basisPoints === null ? [] : driftOfShare(expected, basisPoints);
  if (exposure.stable === null && exposure.candidate === null) {
    if (router === 'gone' || (router.stable === null && router.candidate === null)) return [];
    return [
      item('release-differs', 'the router sends users to a version, and nothing is deployed', restates),
    ];
  }
  if (router === 'gone') {
    if (expected.isInDoubt && exposure.stable === null) return [];
    return [
      item(
        'router-gone',
        'no router answers, so users get no answer',
        'it is started with the shares it had',
      ),
    ];
  }
  return [
    ...driftOfReleases(expected, router),
    ...driftOfShare(expected, router.candidateBasisPoints),
    ...driftOfPins(exposure, router),
  ];
}

function driftOfReleases({ exposure, isInDoubt }: Expectation, router: RouterShares): DriftItem[] {
  // While an effect is under way the candidate may be routed or not, and at the end it becomes stable.
  if (isInDoubt && router.stable?.release !== undefined) {
    const known = [exposure.stable?.digest, exposure.candidate?.digest];
    if (known.includes(router.stable.release)) return [];
  }
  if (isInDoubt && exposure.stable === null) return [];
  return (['stable', 'candidate'] as const).flatMap((version) => {
    const wanted = exposure[version]?.digest ?? null;
    const found = router[version]?.release ?? null;
    if (wanted === found) return [];
    return [
      item(
        'release-differs',
        `the router has ${nameOf(found)} as ${version}, and the journal ${nameOf(wanted)}`,
        restates,
      ),
    ];
  });
}

function driftOfShare({ exposure, alsoBasisPoints }: Expectation, live: number): DriftItem[] {
  const wanted = exposure.candidateBasisPoints;
  if (live === wanted || alsoBasisPoints.includes(live)) return [];
  return [
    item(
      'share-differs',
      `${live / 100} % of users are sent to the candidate instead of ${wanted / 100} %`,
      `the share becomes ${wanted / 100} % again`,
    ),
  ];
}

function driftOfPins({ pins, stable, candidate }: Exposure, router: RouterShares): DriftItem[] {
  // Probes are sent while there is a candidate. Before it was started, and after the end, pins of another rollout stay.
  const differs =
    candidate !== null &&
    ((stable !== null && router.stable !== null && router.pins.stable !== pins.stable) ||
      (router.candidate !== null && router.pins.candidate !== pins.candidate));
  return differs
    ? [item('pin-differs', 'the router knows other pins than the probes send', 'the pins are set again')]
    : [];
}

function driftOfInstances({ instances: wanted, tolerated }: Wanted, { instances }: Live): DriftItem[] {
  if (instances === null) return [];
  const missing = wanted
    .filter(({ name }) => !tolerated.includes(name))
    .filter(({ name }) => !instances.some((one) => one.name === name && one.isAlive && one.answers !== null))
    .map(({ name }) =>
      item('instance-gone', `${name} does not run, or gives no answer`, 'it is started again'),
    );
  const unwanted = instances
    .filter(
      ({ name, isAlive }) => isAlive && ![...wanted.map((one) => one.name), ...tolerated].includes(name),
    )
    .map(({ name }) =>
      item('instance-unwanted', `${name} runs, and nobody wants it`, 'it is drained and ended'),
    );
  const lying = wanted.flatMap(({ name, release }) => {
    const said = instances.find((one) => one.name === name)?.answers?.release ?? null;
    if (said === null || said === release) return [];
    return [
      item(
        'instance-lies',
        `${name} says that it is ${nameOf(said)}, and was started as ${nameOf(release)}`,
        'nothing is done about it: roll back, and look at what it was built from',
      ),
    ];
  });
  return [...missing, ...unwanted, ...lying];
}

function driftOfState(
  { exposure, isInDoubt }: Expectation,
  wanted: Wanted,
  { state, router }: Live,
): DriftItem[] {
  if (state === null) return [];
  if (state.pending.length > 0) {
    return [
      item(
        'state-unfinished',
        `an update that was ended left ${state.pending.join(', ')} half done`,
        'Pulumi looks at what is there, and what nobody knows of is ended',
      ),
    ];
  }
  if (isInDoubt) return [];
  const names = wanted.instances.map(({ name }) => name).sort();
  const isSame =
    JSON.stringify([...state.instances].sort()) === JSON.stringify(names) &&
    state.stable === (exposure.stable?.digest ?? null) &&
    (state.basisPoints ?? 0) === exposure.candidateBasisPoints;
  if (isSame) return [];
  const isRouterRight =
    typeof router !== 'string' && router.candidateBasisPoints === exposure.candidateBasisPoints;
  return isRouterRight
    ? [item('journal-newer', 'the journal and the router are ahead of Pulumi’s state', restates)]
    : [item('state-differs', 'Pulumi’s state is not what the journal says', restates)];
}

function driftOfStable(wanted: Wanted, live: Live): DriftItem[] {
  if (wanted.stable === live.stable) return [];
  return [
    item(
      'stable-differs',
      `stable.json names ${nameOf(live.stable)}, and the journal ${nameOf(wanted.stable)}`,
      'the file is written again',
    ),
  ];
}

function item(kind: DriftKind, message: string, remedy: string): DriftItem {
  return { kind, message, remedy };
}

/** What a service answers is untrusted: anything but a digest is shown as what it is not. */
function nameOf(release: string | null): string {
  if (release === null) return 'nothing';
  return /^sha256:[0-9a-f]{64}$/.test(release) ? shortDigest(release) : 'something that is no release';
}
