/** What every target promises, each tried on a running one. A case says what was promised, and what to do when it was not. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Endpoints, Release } from '../../stacks/exposure.ts';
import { rehearse } from '../deployer/rehearsal/rehearse.ts';
import { slowAnswerMs, testPaths } from './test-service.ts';
import {
  assertAnswered,
  assertShare,
  askOnce,
  Broken,
  exposed,
  measure,
  type TargetBench,
} from './target-bench.ts';

export interface ConformanceCase {
  name: string;
  promise: string;
  remedy: string;
  /** Requests may go unanswered meanwhile: the case takes something down. */
  mayDrop?: boolean;
  /** Returns what was seen; throws `Broken`, or a `Failure` of the update. Null: it does not apply to this target. */
  run(bench: TargetBench, signal: AbortSignal): Promise<string | null>;
}

/** Enough to notice one in 400; a share is told from another by more. */
const users = 400;
const usersOfShares = 1000;

async function apply(
  bench: TargetBench,
  signal: AbortSignal,
  ...rest: Parameters<typeof exposed> extends [unknown, ...infer Rest] ? Rest : never
): Promise<Endpoints> {
  return await bench.stack.apply(exposed(bench, ...rest), signal);
}

async function assertAnswers(
  url: string,
  release: Release,
  what: string,
  signal: AbortSignal,
): Promise<void> {
  const answer = await askOnce(url, signal);
  if (answer === null) throw new Broken(`${what} (${url}) does not answer`);
  if (answer.release === release.digest) return;
  throw new Broken(`${what} (${url}) answers as ${answer.release ?? 'nobody'} and not as ${release.digest}`);
}

export const conformanceCases: readonly ConformanceCase[] = [
  {
    name: 'preview',
    promise: 'a preview shows what will be made, and makes nothing',
    remedy: 'Do everything in resources: code of the program itself runs in previews too.',
    async run(bench, signal) {
      const url = `http://127.0.0.1:${bench.service.publicPort}${bench.service.healthPath}`;
      const changes = await bench.stack.preview(exposed(bench, bench.blue, null));
      // Pulumi counts the stack itself as one.
      const resources = (changes['create'] ?? 0) - 1;
      if (resources <= 0) throw new Broken('the first preview shows no resource that would be created');
      if ((await askOnce(url, signal)) !== null) throw new Broken(`after a preview ${url} answers already`);
      return `${resources} to create`;
    },
  },
  {
    name: 'create',
    promise: 'the first release is served, under its own name, once the update has returned',
    remedy:
      'Return from the update only when the balancer sends requests to instances that answer with their own EVENKEEL_RELEASE.',
    async run(bench, signal) {
      const endpoints = await apply(bench, signal, bench.blue, null);
      assertShare(bench, await measure(bench, endpoints, users, signal), 0);
      for (const url of endpoints.stable)
        await assertAnswers(`${url}${bench.service.healthPath}`, bench.blue, 'an endpoint of stable', signal);
      return endpoints.public;
    },
  },
  {
    name: 'repeat',
    promise: 'the same exposure again changes nothing',
    remedy: 'Name resources by release, not by place or time, and let inputs depend on the exposure alone.',
    async run(bench) {
      const again = await bench.stack.preview(exposed(bench, bench.blue, null));
      const moved = ['create', 'delete', 'replace', 'create-replacement', 'delete-replaced'].filter(
        (operation) => (again[operation] ?? 0) > 0,
      );
      if (moved.length > 0)
        throw new Broken(
          `a preview of what is there already shows ${moved.map((one) => `${again[one]} to ${one}`).join(', ')}`,
        );
      return 'nothing to create, delete or replace';
    },
  },
  {
    name: 'candidate',
    promise: 'a candidate without a share runs, and no user meets it',
    remedy: 'Start the candidate beside stable; route to it by its share and pin only.',
    async run(bench, signal) {
      const endpoints = await apply(bench, signal, bench.blue, bench.green, 0);
      assertShare(bench, await measure(bench, endpoints, users, signal), 0);
      for (const url of endpoints.candidate)
        await assertAnswers(
          `${url}${bench.service.healthPath}`,
          bench.green,
          'an endpoint of the candidate',
          signal,
        );
      return `${endpoints.candidate.length} endpoints of the candidate`;
    },
  },
  {
    name: 'pins',
    promise:
      'a request with a pin goes to that version, whatever the share; a pin that nobody gave out decides nothing',
    remedy: 'Compare the header x-evenkeel-pin with `pins` of the exposure before the share is looked at.',
    async run(bench, signal) {
      const endpoints = await apply(bench, signal, bench.blue, bench.green, 0);
      const pinned: [string, Release][] = [
        [bench.pins.candidate, bench.green],
        [bench.pins.stable, bench.blue],
        ['made-up', bench.blue],
      ];
      for (const [pin, release] of pinned) {
        const seen = await measure(bench, endpoints, 40, signal, { 'x-evenkeel-pin': pin });
        assertAnswered(seen);
        const right = seen.byRelease.get(release.digest) ?? 0;
        const which =
          pin === 'made-up'
            ? 'a made-up pin'
            : release === bench.green
              ? 'the candidate’s pin'
              : 'stable’s pin';
        if (right < seen.requests)
          throw new Broken(
            `with ${which} ${seen.requests - right} of ${seen.requests} requests went to the other version`,
          );
      }
      return 'both pins hold, a made-up one does not';
    },
  },
  {
    name: 'capacity',
    promise: 'each version has as many instances as the exposure says',
    remedy:
      'Start `capacity.stable` and `capacity.candidate` instances, and return the address of each, or no addresses.',
    async run(bench, signal) {
      const { stable, candidate } = await apply(bench, signal, bench.blue, bench.green, 0, {
        stable: 1,
        candidate: 2,
      });
      if (stable.length === 0 && candidate.length === 0) return null;
      if (stable.length !== 1 || candidate.length !== 2)
        throw new Broken(
          `1 and 2 instances were wanted, and ${stable.length} and ${candidate.length} are told of`,
        );
      return '1 of stable, 2 of the candidate';
    },
  },
  {
    name: 'share',
    promise:
      'the candidate answers exactly its share of the users, at every step, and nobody goes unanswered',
    remedy: 'Give the balancer both weights in one change, and return when it says that they are live.',
    async run(bench, signal) {
      const seen: string[] = [];
      for (const basisPoints of [500, 5000, 10_000]) {
        const endpoints = await apply(bench, signal, bench.blue, bench.green, basisPoints);
        const measured = await measure(bench, endpoints, usersOfShares, signal);
        assertShare(bench, measured, basisPoints);
        seen.push(
          `${((measured.byRelease.get(bench.green.digest) ?? 0) / usersOfShares) * 100} % at ${basisPoints / 100} %`,
        );
      }
      return seen.join(', ');
    },
  },
  {
    name: 'withdraw',
    promise: 'a share of 0 takes every user off the candidate by the time the update returns',
    remedy:
      'Return only when the balancer sends the candidate nothing more; connections that stay open count.',
    async run(bench, signal) {
      await apply(bench, signal, bench.blue, bench.green, 5000);
      const endpoints = await apply(bench, signal, bench.blue, bench.green, 0);
      assertShare(bench, await measure(bench, endpoints, users, signal), 0);
      return 'everybody is on stable';
    },
  },
  {
    name: 'fast',
    promise:
      'the fast flip moves the share and nothing else, says what is live, and the next update puts it right',
    remedy:
      'Let `flip` return when the share is live, `read` ask the balancer itself, and an update always write the share.',
    async run(bench, signal) {
      const { fast } = bench;
      if (fast === null) return null;
      const endpoints = await apply(bench, signal, bench.blue, bench.green, 5000);
      const before = await fast.share();
      if (before !== 5000) throw new Broken(`after an update to 5000 basis points \`read\` says ${before}`);
      await fast.setShare(0);
      assertShare(bench, await measure(bench, endpoints, users, signal), 0);
      await fast.setShare(0);
      // What a rollback does next: the update that takes the candidate's share off for Pulumi too, and the next rollout.
      await apply(bench, signal, bench.blue, bench.green, 0);
      await fast.setShare(5000);
      assertShare(bench, await measure(bench, endpoints, users, signal), 5000);
      await bench.stack.refresh();
      await apply(bench, signal, bench.blue, bench.green, 0);
      assertShare(bench, await measure(bench, endpoints, users, signal), 0);
      return 'flipped to 0, repeated, given back, and put right by an update';
    },
  },
  {
    name: 'rehearsal',
    promise:
      'a rollback can be rehearsed: given a share and taken back by every way, measured, with nothing dropped',
    remedy: 'See the sentence: it names the way that failed.',
    async run(bench, signal) {
      const { asUser, stack, service, fast, blue, green } = bench;
      const plan = { stable: blue.digest, candidate: green.digest, stepBasisPoints: [500] };
      const outcome = await rehearse(
        {
          plan,
          asUser,
          healthPath: service.healthPath,
          applyExposure: (exposure) => stack.apply(exposure, signal),
          exposureWith: (basisPoints) => exposed(bench, blue, green, basisPoints),
          connectFastWay: () => Promise.resolve(fast),
          probeCandidate: () => Promise.resolve(0),
          progress: () => undefined,
        },
        signal,
      );
      if (!outcome.isProven) throw new Broken(outcome.problem ?? 'the rehearsal proved nothing');
      const { takeBack, byUpdate } = outcome;
      const times = [takeBack, byUpdate].flatMap((one) =>
        one == null ? [] : [`${one.path} ${one.takeBackMs.toFixed(0)} ms`],
      );
      return `taken back by ${times.join(', then ')}`;
    },
  },
  {
    name: 'damage',
    promise: 'after an instance died, refresh and the same exposure again bring everything back',
    remedy: 'Let `read` of a resource say that it is gone, or let every update start what does not answer.',
    mayDrop: true,
    async run(bench, signal) {
      if (!bench.isOwnService) return null;
      const endpoints = await apply(bench, signal, bench.blue, bench.green, 0);
      const [victim] = endpoints.candidate;
      if (victim === undefined) return null;
      await askOnce(`${victim}${testPaths.die}`, signal);
      await bench.stack.refresh();
      const after = await apply(bench, signal, bench.blue, bench.green, 0);
      const [healed] = after.candidate;
      if (healed === undefined)
        throw new Broken('after an instance died the candidate has no endpoint any more');
      await until(bench, signal, async () => {
        const answer = await askOnce(`${healed}${bench.service.healthPath}`, signal);
        return answer?.release === bench.green.digest;
      });
      const pinned = await measure(bench, after, 40, signal, { 'x-evenkeel-pin': bench.pins.candidate });
      assertShare(bench, pinned, 10_000);
      return 'an instance died and is back, and pinned requests reach it';
    },
  },
  {
    name: 'killed',
    promise: 'an update that is killed in its middle is taken up by the next one, and users notice nothing',
    remedy:
      'Make every step of a resource one that can be done again, and tell of what was made only when it is whole.',
    async run(bench, signal) {
      await apply(bench, signal, bench.blue, bench.green, 0);
      const wanted = { stable: 1, candidate: 2 };
      const update = apply(bench, signal, bench.blue, bench.green, 5000, wanted);
      const wasKilled = await bench.killUpdate(update);
      const endpoints = await apply(bench, signal, bench.blue, bench.green, 5000, wanted);
      assertShare(bench, await measure(bench, endpoints, users, signal), 5000);
      return wasKilled ? 'killed, and taken up' : 'the update had ended before it could be killed';
    },
  },
  {
    name: 'promote',
    promise:
      'the candidate becomes stable without a restart, and what the one before it was answering is answered',
    remedy:
      'Keep an instance of a release what it is when its release changes sides, and drain before you stop one.',
    async run(bench, signal) {
      const { blue, green, service } = bench;
      const both = await apply(bench, signal, blue, green, 0);
      const slow = bench.isOwnService ? askOnce(`${both.public}${testPaths.slow}`, signal) : null;
      // Until it is under way: the update behind it takes longer than this.
      if (slow !== null) await pause(50, undefined, { signal });
      const endpoints = await apply(bench, signal, green, null);
      assertShare(bench, await measure(bench, endpoints, users, signal), 10_000);
      const answer = await slow;
      if (slow !== null && answer?.release !== blue.digest) {
        throw new Broken(
          `a request of ${slowAnswerMs / 1000} s that stable was answering got ${answer === null ? 'no answer' : `one of ${answer.status}`} when stable was stopped, although it may drain for ${service.drainSeconds} s`,
        );
      }
      for (const url of both.stable) {
        if ((await askOnce(`${url}${service.healthPath}`, signal))?.release === blue.digest)
          throw new Broken(`the version before still answers at ${url}`);
      }
      return 'everybody is on the promoted version, and the one before has ended';
    },
  },
];

/** The last case, after which nothing is there any more. */
export const destroyCase: ConformanceCase = {
  name: 'destroy',
  promise: 'taking the target down leaves nothing',
  remedy: 'Delete in `delete` of each resource what its `create` made.',
  mayDrop: true,
  async run(bench, signal) {
    const address = bench.publicUrl();
    await bench.stack.destroy();
    const url = `${address ?? ''}${bench.service.healthPath}`;
    if (address !== null && (await askOnce(url, signal))?.release != null)
      throw new Broken(`${url} still answers`);
    const left = bench.leftProcesses();
    if (left.length > 0) throw new Broken(`still running: ${left.slice(0, 3).join('; ')}`);
    return 'no address answers, and no process is left';
  },
};

async function until(bench: TargetBench, signal: AbortSignal, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + bench.service.startSeconds * 1000;
  while (!(await isSo())) {
    if (performance.now() > deadline)
      throw new Broken(
        `the candidate was not back ${bench.service.startSeconds} s after an instance of it died`,
      );
    await pause(50, undefined, { signal });
  }
}
