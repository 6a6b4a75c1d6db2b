/**
 * Commands as they are carried out: in processes of their own, as typed, and through the executor that all doors share,
 * with a real release, router and audit log. One machine has one account here, so that the two people who send a service
 * back are handed to the executor as a door would hand them; that GitHub says who they are is proved elsewhere.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { carryOutCommand } from '../../action/command-log/carry-out.ts';
import { readLog } from '../../action/command-log/read-log.ts';
import { readSituation } from '../../action/command-log/read-situation.ts';
import { createShopRepository } from '../../action/demo/shop-repository.ts';
import { ada, grace } from '../support/command-input.ts';
import { carryOutText, decideText } from '../support/confirm-break-glass.ts';
import { freePort } from '../support/free-port.ts';
import { startLoad } from '../support/load.ts';
import { runEvenkeel, type CliResult } from '../support/run-evenkeel.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const policyOf = (port: number, soak: string): string => `version: 1
services:
  shop:
    paths: [shop/**]
    target: local
    run: { command: node server.js, directory: shop, health: /healthz, port: ${port}, instances: 1, router: embedded }
    metrics: [{ name: errors, critical: true, slack: 1% }]
approval: { required: 1 }
rollout: { preset: fast, steps: [50%], ${soak}, bake: 1s, noData: 60s }
unclaimed: allow
`;

const server = (note: string): string => `// ${note}
import { createServer } from 'node:http';
createServer((request, response) => {
  response.writeHead(200, { 'x-evenkeel-release': process.env.EVENKEEL_RELEASE });
  response.end();
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

interface Answer {
  decision: string;
  reasonCode: string;
  result: { digest?: string; message?: string; plan?: { words: string[] } };
}

/** Our own command's versioned output. */
function answerOf({ stdout, stderr }: CliResult): Answer {
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as Answer;
}

interface Shop extends ReturnType<typeof createShopRepository> {
  port: number;
  env: Record<string, string>;
  evenkeel(args: string[], onProgress?: (stderr: string) => void): Promise<CliResult>;
  /** A commit that a peer approved, deployed. */
  deploy(note: string, onProgress?: (stderr: string) => void): Promise<CliResult & { sha: string }>;
}

/** Runs the test in a shop of its own, and stops what it runs before the directory goes that knows of it. */
async function inShop(
  context: TestContext,
  soak: string,
  work: (shop: Shop) => Promise<void>,
): Promise<void> {
  const shop = openShop(context, await freePort(), soak);
  try {
    await work(shop);
  } finally {
    const down = await shop.evenkeel(['down', '--service', 'shop', '--yes']);
    assert.ok(down.exitCode === 0 || /was not deployed/.test(down.stderr), down.stderr);
  }
}

function openShop(context: TestContext, port: number, soak: string): Shop {
  const repository = createShopRepository(join(temporaryDirectory(context), 'shop'));
  const { directory, commit, writeEvidence } = repository;
  const pulumi = process.env['EVENKEEL_PULUMI'];
  const env: Record<string, string> = pulumi === undefined ? {} : { EVENKEEL_PULUMI: pulumi };
  const evenkeel: Shop['evenkeel'] = (args, onProgress) =>
    runEvenkeel(args, { directory, env, ...(onProgress === undefined ? {} : { onProgress }) });
  commit('policy', {
    'evenkeel.yml': policyOf(port, soak),
    'shop/package.json': '{ "type": "module" }\n',
    'shop/server.js': server('none'),
  });
  return {
    ...repository,
    port,
    env,
    evenkeel,
    async deploy(note, onProgress) {
      const change = commit(note, { 'shop/server.js': server(note) });
      const evidence = writeEvidence(change, true);
      const ended = await evenkeel(
        ['deploy', '--json', '--head', change.sha, '--evidence', evidence],
        onProgress,
      );
      return { ...ended, sha: change.sha };
    },
  };
}

test('who sits at a terminal that the policy does not name may stop a rollout and ask, and that is all', (context) =>
  // A step lasts until somebody steers it, however slow the machine is.
  inShop(context, 'soak: 1h, deadline: 2h', async ({ evenkeel, deploy, directory, env }) => {
    const nothing = await evenkeel(['abort', '--json']);
    assert.deepEqual([nothing.exitCode, answerOf(nothing).reasonCode], [2, 'nothing-deployed']);
    const first = await deploy('one');
    assert.equal(first.exitCode, 0, first.stderr);

    const typed: Promise<CliResult[]>[] = [];
    const second = await deploy('two', (stderr) => {
      if (typed.length > 0 || !/canary 1\/1: 50 %/.test(stderr)) return;
      typed.push(steer());
    });
    assert.equal(second.exitCode, 1, second.stderr);
    const [paused, resumed, aborted] = (await Promise.all(typed)).flat();
    assert.ok(paused !== undefined && resumed !== undefined && aborted !== undefined);
    assert.equal(paused.exitCode, 0, paused.stdout + paused.stderr);
    assert.deepEqual([resumed.exitCode, answerOf(resumed).reasonCode], [1, 'identity-unknown']);
    assert.equal(aborted.exitCode, 0, aborted.stdout + aborted.stderr);

    // Settled, there is nothing that it could confirm, and help says why.
    const confirmed = await evenkeel(['confirm', '0123456789ab', '--json']);
    assert.deepEqual([confirmed.exitCode, answerOf(confirmed).reasonCode], [1, 'digest-unknown']);
    assert.match(
      (await evenkeel(['help'])).stdout,
      /rollback.*\n {4}no: the last rollout of shop in production went back already/,
    );
    assert.ok(readLog(directory, env).entries.some(({ event }) => event === 'command.refused'));
    assert.equal((await evenkeel(['audit', 'verify'])).exitCode, 0);

    async function steer(): Promise<CliResult[]> {
      const paused = await evenkeel(['pause', '--json']);
      const resumed = await evenkeel(['resume', '--json']);
      return [paused, resumed, await evenkeel(['abort', '--json'])];
    }
  }));

test('a settled service goes back to an older release when two people say so, once', (context) =>
  inShop(context, 'soak: 12s, deadline: 5m', async ({ evenkeel, deploy, directory, env, port }) => {
    const first = await deploy('one');
    assert.equal(first.exitCode, 0, first.stderr);
    const load = startLoad(`http://127.0.0.1:${port}`, 2, { keyed: true });
    try {
      const second = await deploy('two');
      assert.equal(second.exitCode, 0, second.stderr);

      // An account that the policy does not name may ask and sees what that would do, and nobody can confirm it.
      const unnamed = await evenkeel(['rollback', '--json']);
      assert.equal(unnamed.exitCode, 3, unnamed.stdout);
      const { digest = '', message = '', plan } = answerOf(unnamed).result;
      assert.match(message, /nobody can confirm it/);
      assert.match(plan?.words.join(' ') ?? '', new RegExp(`\\(commit ${first.sha.slice(0, 12)}\\)`));
      const byNobody = await carryOutText(directory, `confirm ${digest}`, 'comment:1', grace);
      assert.deepEqual([byNobody.decision, byNobody.reasonCode], ['refused', 'asked-by-nobody']);

      const waiting = await carryOutText(directory, 'rollback', 'comment:2', ada);
      assert.equal(waiting.decision, 'awaiting-confirmation', waiting.text);
      const [pending] = readLog(directory, env).commands.pending.slice(-1);
      assert.ok(pending?.by.login === 'ada');
      const confirm = `confirm ${pending.digest.slice(7, 19)}`;
      const own = await carryOutText(directory, confirm, 'comment:3', ada);
      assert.deepEqual([own.decision, own.reasonCode], ['refused', 'same-person']);
      // Decided twice before either is begun, as two runs at once would.
      const one = await decideText(directory, confirm, 'comment:4', grace);
      const other = await decideText(directory, confirm, 'comment:5', grace);
      const done = await carryOutCommand(...one);
      assert.equal(done.decision, 'done', done.text);
      assert.equal((await carryOutCommand(...one)).decision, 'duplicate');
      assert.equal((await carryOutCommand(...other)).decision, 'refused');
      const { entries } = readLog(directory, env);
      const { places } = await readSituation(directory, env, entries);
      assert.equal(places[0]?.stable?.commit, first.sha);
      assert.equal(places[0].rollout?.phase, 'settled');
      assert.deepEqual(
        entries.findLast(({ event }) => event === 'rollout.started')?.inputs?.['confirmedCommand'],
        { digest: pending.digest, by: 'ada', confirmedBy: 'grace' },
      );
      assert.equal((await evenkeel(['audit', 'verify'])).exitCode, 0);
    } finally {
      await load.stop();
    }
  }));
