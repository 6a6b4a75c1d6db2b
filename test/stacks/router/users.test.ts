/** Who meets which version: the same answer from both routers for every key a client may send, and only ever one way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RouterSettings, UserKey } from '../../../stacks/local/router/router.ts';
import { findHaproxy } from '../../../stacks/local/router/start-router.ts';
import { exchangeBytes } from '../../support/raw-http.ts';
import { candidate, routerWorld, stable, type World } from '../../support/router-world.ts';

const kinds = ['embedded', 'haproxy'] as const satisfies RouterSettings['kind'][];
const isHaproxyMissing =
  findHaproxy(process.env) === null && process.env['EVENKEEL_TEST_STRICT'] === undefined;

/** Asks for every user at once on one connection; answers with the release that each met. */
async function releasesMet(world: World, requests: readonly string[][]): Promise<string[]> {
  const heads = requests.map((lines) => ['GET /health HTTP/1.1', 'host: a', ...lines].join('\r\n'));
  const bytes = Buffer.from(`${heads.join('\r\n\r\n')}\r\nconnection: close\r\n\r\n`, 'latin1');
  const answer = await exchangeBytes(world.settings.publicPort, bytes, 10_000);
  return [...answer.matchAll(/x-evenkeel-release: (\S+)/gi)].map((match) => match[1] ?? '');
}

// Every byte that may stand in a header, with blanks inside; and what people really use.
const anyValue = fc
  .array(
    fc.integer({ min: 0x21, max: 0xff }).filter((byte) => byte !== 0x7f),
    { minLength: 1, maxLength: 60 },
  )
  .map((bytes) => String.fromCharCode(...bytes));
const usualValue = fc.oneof(fc.uuid(), fc.emailAddress(), fc.nat().map(String), fc.constant('A b'));
const longValue = fc.nat({ max: 20_000 }).map((length) => 'l'.repeat(length + 1));
const cookieValue = fc.stringMatching(/^[\w.+/=-]{1,40}$/);

const byHeader = fc.oneof(
  usualValue.map((value) => [`x-user: ${value}`]),
  anyValue.map((value) => [`X-User: ${value}`]),
  longValue.map((value) => [`x-user: ${value}`]),
  // An empty one is none, of several the last one counts, and blanks around are no part of it.
  fc.tuple(usualValue, usualValue).map(([one, two]) => [`x-user: ${one}`, `x-user: ${two}`]),
  cookieValue.map((value) => ['x-user:', `cookie: evenkeel_uid=${value}`]),
  usualValue.map((value) => [`x-user:   ${value}  `]),
);
const byCookie = fc.oneof(
  cookieValue.map((value) => [`cookie: sid=${value}`]),
  fc.tuple(cookieValue, cookieValue).map(([one, two]) => [`cookie: other=${one}; sid=${two}; sid2=${one}`]),
  fc.tuple(cookieValue, cookieValue).map(([one, two]) => [`cookie: evenkeel_uid=${one}; sid=${two}`]),
  fc.tuple(cookieValue, cookieValue).map(([one, two]) => [`cookie: a=${one}`, `cookie: sid=${two}`]),
  cookieValue.map((value) => [`cookie: sid=; evenkeel_uid=${value}`]),
);

const tables: { name: string; userKey: UserKey; users: fc.Arbitrary<string[]> }[] = [
  { name: 'a header', userKey: { header: 'x-user' }, users: byHeader },
  { name: 'a cookie', userKey: { cookie: 'sid' }, users: byCookie },
];

for (const { name, userKey, users } of tables) {
  test(
    `users by ${name} meet the same version on both routers, and nobody goes back while the share grows`,
    { skip: isHaproxyMissing ? 'HAProxy is not installed' : false },
    async (context) => {
      const requests = fc.sample(users, 120);
      const worlds = await Promise.all(
        kinds.map((kind) => routerWorld(context, kind, { instances: 'wire', settings: { userKey } })),
      );
      const before = new Map<number, string>();
      for (const basisPoints of [0, 1000, 3300, 5000, 9000, 10_000]) {
        const met = [];
        for (const world of worlds) {
          await world.router.apply(world.sharesAt(basisPoints));
          met.push(await releasesMet(world, requests));
        }
        const [embedded = [], haproxy = []] = met;
        assert.equal(embedded.length, requests.length);
        requests.forEach((lines, index) => {
          assert.equal(embedded[index], haproxy[index], `${JSON.stringify(lines)} at ${basisPoints}`);
          if (before.get(index) === candidate) assert.equal(embedded[index], candidate, 'went back');
          before.set(index, embedded[index] ?? '');
        });
        if (basisPoints === 5000) {
          const kinds = new Set(embedded);
          assert.deepEqual([...kinds].sort(), [stable, candidate].sort(), 'both versions are met');
        }
      }
    },
  );
}
