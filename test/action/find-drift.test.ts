/** What the journal says against what is live, as values; that the live side is read rightly is proved on real processes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Expectation } from '../../action/deployer/drift/expected-exposure.ts';
import { findDrift, type DriftKind, type Live, type Wanted } from '../../action/deployer/drift/find-drift.ts';
import type { Release } from '../../stacks/exposure.ts';
import type { RouterShares } from '../../stacks/local/router/router.ts';

const release = (letter: string): Release => ({
  digest: `sha256:${letter.repeat(64)}`,
  commit: letter.repeat(40),
  tree: letter.repeat(40),
  directory: `/releases/${letter}`,
});
const blue = release('a');
const green = release('b');
const pins = { stable: 'pin-1', candidate: 'pin-2' };
const atQuarter: Expectation = {
  exposure: {
    stable: blue,
    candidate: green,
    candidateBasisPoints: 2500,
    capacity: { stable: 1, candidate: 1 },
    pins,
  },
  alsoBasisPoints: [],
  isInDoubt: false,
};
const wanted: Wanted = {
  instances: [
    { name: 'shop-a-0', release: blue.digest },
    { name: 'shop-b-0', release: green.digest },
  ],
  tolerated: [],
  stable: blue.digest,
};
const shares: RouterShares = {
  stable: { release: blue.digest, ports: [1] },
  candidate: { release: green.digest, ports: [2] },
  candidateBasisPoints: 2500,
  pins,
};
const runs = (name: string, said: string) => ({ name, isAlive: true, answers: { release: said } });
const live: Live = {
  router: shares,
  instances: [runs('shop-a-0', blue.digest), runs('shop-b-0', green.digest)],
  basisPoints: null,
  state: { instances: ['shop-a-0', 'shop-b-0'], basisPoints: 2500, stable: blue.digest, pending: [] },
  stable: blue.digest,
};

const rows: { what: string; live: Partial<Live>; expected?: Partial<Expectation>; kinds: DriftKind[] }[] = [
  { what: 'everything as it should be', live: {}, kinds: [] },
  { what: 'the router is gone', live: { router: 'gone' }, kinds: ['router-gone'] },
  {
    what: 'somebody moved the share',
    live: { router: { ...shares, candidateBasisPoints: 9000 } },
    kinds: ['share-differs'],
  },
  {
    what: 'the share of an effect that was begun',
    live: { router: { ...shares, candidateBasisPoints: 9000 } },
    expected: { alsoBasisPoints: [9000], isInDoubt: true },
    kinds: [],
  },
  {
    what: 'the router has another stable version',
    live: { router: { ...shares, stable: { release: green.digest, ports: [2] } } },
    kinds: ['release-differs'],
  },
  {
    what: 'the router knows other pins',
    live: { router: { ...shares, pins: { stable: 'other', candidate: 'pin-2' } } },
    kinds: ['pin-differs'],
  },
  {
    what: 'the router has the pins of the rollout before one that never started its candidate',
    live: {
      router: {
        ...shares,
        candidate: null,
        candidateBasisPoints: 0,
        pins: { stable: 'old', candidate: 'old' },
      },
      instances: [runs('shop-a-0', blue.digest), runs('shop-b-0', green.digest)],
      state: { instances: ['shop-a-0', 'shop-b-0'], basisPoints: 0, stable: blue.digest, pending: [] },
    },
    expected: {
      exposure: { ...atQuarter.exposure, candidate: null, candidateBasisPoints: 0 },
    },
    kinds: [],
  },
  {
    what: 'an instance died and its supervisor with it',
    live: { instances: [runs('shop-a-0', blue.digest)] },
    kinds: ['instance-gone'],
  },
  {
    what: 'an instance of a version that nobody wants',
    live: { instances: [...(live.instances ?? []), runs('shop-c-0', `sha256:${'c'.repeat(64)}`)] },
    kinds: ['instance-unwanted'],
  },
  {
    what: 'an instance that says it is another release',
    live: { instances: [runs('shop-a-0', blue.digest), runs('shop-b-0', blue.digest)] },
    kinds: ['instance-lies'],
  },
  {
    what: 'an update that was killed',
    live: { state: { instances: ['shop-a-0'], basisPoints: 0, stable: blue.digest, pending: ['shop-b-0'] } },
    kinds: ['state-unfinished'],
  },
  {
    what: 'the router was flipped, and Pulumi does not know yet',
    live: {
      state: {
        instances: ['shop-a-0', 'shop-b-0'],
        basisPoints: 9000,
        stable: blue.digest,
        pending: [],
      },
    },
    kinds: ['journal-newer'],
  },
  {
    what: 'Pulumi and the router agree with each other and not with the journal',
    live: {
      router: { ...shares, candidateBasisPoints: 9000 },
      state: {
        instances: ['shop-a-0', 'shop-b-0'],
        basisPoints: 9000,
        stable: blue.digest,
        pending: [],
      },
    },
    kinds: ['share-differs', 'state-differs'],
  },
  { what: 'another release is on file as stable', live: { stable: green.digest }, kinds: ['stable-differs'] },
  {
    what: 'it was stopped on purpose',
    live: {
      router: 'gone',
      instances: [],
      state: { instances: [], basisPoints: null, stable: null, pending: [] },
    },
    kinds: [],
  },
];

test('each kind of drift is named by what differs', () => {
  for (const row of rows) {
    const found = findDrift({ ...atQuarter, ...row.expected }, wanted, { ...live, ...row.live });
    assert.deepEqual(
      found.map(({ kind }) => kind),
      row.kinds,
      row.what,
    );
  }
});

test('what an instance says of itself is shown only when it is a digest', () => {
  const [found] = findDrift(atQuarter, wanted, {
    ...live,
    instances: [runs('shop-a-0', blue.digest), runs('shop-b-0', '\u001b[2J<script>')],
  });
  assert.match(found?.message ?? '', /says that it is something that is no release/);
});
