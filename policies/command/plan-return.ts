import { refuse } from './choose-place.ts';
import type { KnownRelease, PlaceSituation } from './command-situation.ts';
import type { Planning } from './plan-command.ts';
import { isNamedBy, short } from './short-digest.ts';

/** A settled service goes to a release that it had before: a rollout of its own, straight to all users. */
export function planReturn(
  to: string | undefined,
  place: PlaceSituation,
  headCommit: string | null,
): Planning {
  const { service, environment, stable } = place;
  const where = `${service} in ${environment}`;
  if (stable === null) return refuse('nothing-under-way', `${where} has no release to go back from`);
  const target = targetOf(to, place, stable);
  if (!('digest' in target)) return target;
  if (target.digest === stable.digest) {
    return refuse('already-stable', `${where} runs ${short(stable.digest)} already`);
  }
  return {
    ok: true,
    use: 'rollback',
    need: 'two',
    plan: {
      words: [
        `${where} goes back from ${short(stable.digest)} (commit ${stable.commit.slice(0, 12)}) to ${short(target.digest)} (commit ${target.commit.slice(0, 12)})`,
        'it is started beside what runs, probed, and the way back is tried; then all users go to it at once, without canary steps, and the bake watches it',
        'migrations and data are not taken back: the older release has to work with what the newer one left',
      ],
      inputs: {
        command: 'rollback',
        service,
        environment,
        head: headCommit,
        from: { ...stable },
        to: { ...target },
        stepBasisPoints: [],
      },
    },
    effect: {
      kind: 'return',
      service,
      environment,
      release: target.digest,
      commit: target.commit,
      from: stable.digest,
    },
  };
}

function targetOf(
  to: string | undefined,
  { service, environment, releases, rollout }: PlaceSituation,
  stable: KnownRelease,
): KnownRelease | ReturnType<typeof refuse> {
  const others = releases.filter(({ digest }) => digest !== stable.digest);
  const known = others.map(({ digest }) => short(digest)).join(', ') || 'none';
  if (to === undefined) {
    if (rollout?.phase === 'rolled-back') {
      return refuse(
        'nothing-under-way',
        `the last rollout of ${service} in ${environment} went back already; to go further back name the release, one of: ${known}`,
      );
    }
    return (
      others.at(-1) ??
      refuse('release-unknown', `${service} in ${environment} had no release before this one`)
    );
  }
  const named = releases.filter(({ digest }) => isNamedBy(to, digest));
  const [only, ...more] = named;
  if (only === undefined) {
    return refuse(
      'release-unknown',
      `${to} has never served ${service} in ${environment}; known are: ${known}`,
    );
  }
  return more.length > 0
    ? refuse('release-ambiguous', `${to} names several releases; write more of its digits`)
    : only;
}
