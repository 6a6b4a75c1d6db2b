/**
 * Commands as they are carried out: in processes of their own, as typed, and through the executor that all doors share,
 * with a real release, router and audit log. One machine has one account here, so that the two people who send a service
 * back are handed to the executor as a door would hand them; that GitHub says who they are is proved elsewhere.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { carryOutCommand, type CommandRun } from '../../action/command-log/carry-out.ts';
import { readLog } from '../../action/command-log/read-log.ts';
import { readSituation } from '../../action/command-log/read-situation.ts';
import type { CommandContext } from '../../action/commands/command.ts';
import { createShopRepository } from '../../action/demo/shop-repository.ts';
import type { CommandDecision } from '../../policies/command/command-decision.ts';
import { decideCommand } from '../../policies/command/decide-command.ts';
import { parseCommand } from '../../policies/command/parse-command.ts';
import type { Requester } from '../../policies/command/requester.ts';
import { ada, grace, originOf, policy } from '../support/command-input.ts';
import { freePort } from '../support/free-port.ts';
import { startLoad } from '../support/load.ts';
import { runEvenkeel, type CliResult } from '../support/run-evenkeel.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const policyOf = (port: number, soak = 'soak: 12s, deadline: 60s'): string => `version: 1
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

test('a service is steered, and goes back to an older release when two people say so', async (context) => {
  const { directory, commit, writeEvidence } = createShopRepository(
    join(temporaryDirectory(context), 'shop'),
  );
  const port = await freePort();
  const pulumi = process.env['EVENKEEL_PULUMI'];
  const env = pulumi === undefined ? {} : { EVENKEEL_PULUMI: pulumi };
  const evenkeel = (args: string[], onProgress?: (stderr: string) => void): Promise<CliResult> =>
    runEvenkeel(args, { directory, env, ...(onProgress === undefined ? {} : { onProgress }) });
  context.after(async () => {
    const down = await evenkeel(['down', '--service', 'shop', '--yes']);
    assert.ok(down.exitCode === 0 || /was not deployed/.test(down.stderr), down.stderr);
  });
  commit('policy', {
    'evenkeel.yml': policyOf(port),
    'shop/package.json': '{ "type": "module" }\n',
    'shop/server.js': server('none'),
  });
  const change = (note: string) => commit(note, { 'shop/server.js': server(note) });
  const deploy = (change: ReturnType<typeof commit>, onProgress?: (stderr: string) => void) =>
    evenkeel(
      ['deploy', '--json', '--head', change.sha, '--evidence', writeEvidence(change, true)],
      onProgress,
    );

  const nothing = await evenkeel(['abort', '--json']);
  assert.deepEqual([nothing.exitCode, answerOf(nothing).reasonCode], [2, 'nothing-deployed']);

  const first = change('one');
  assert.equal((await deploy(first)).exitCode, 0);
  const load = startLoad(`http://127.0.0.1:${port}`, 2, { keyed: true });
  try {
    // From here on a step lasts until somebody steers it, however slow the machine is.
    const second = await deploy(
      commit('two', {
        'shop/server.js': server('two'),
        'evenkeel.yml': policyOf(port, 'soak: 1h, deadline: 2h'),
      }),
    );
    assert.equal(second.exitCode, 0, second.stderr);

    // While the next one is under way, an account that the policy does not name may stop it, and that is all.
    const typed: Promise<CliResult[]>[] = [];
    const third = await deploy(change('three'), (stderr) => {
      if (typed.length > 0 || !/canary 1\/1: 50 %/.test(stderr)) return;
      typed.push(steer());
    });
    assert.equal(third.exitCode, 1, third.stderr);
    const [paused, resumed, aborted] = (await Promise.all(typed)).flat();
    assert.ok(paused !== undefined && resumed !== undefined && aborted !== undefined);
    assert.equal(paused.exitCode, 0, paused.stdout + paused.stderr);
    assert.deepEqual([resumed.exitCode, answerOf(resumed).reasonCode], [1, 'identity-unknown']);
    assert.equal(aborted.exitCode, 0, aborted.stdout + aborted.stderr);

    // Settled, it may ask, sees what that would do, and nobody can confirm it.
    const asked = await evenkeel(['rollback', 'to', (await releaseOf(first.sha)).slice(0, 19), '--json']);
    assert.equal(asked.exitCode, 3, asked.stdout);
    const { digest = '', message = '', plan } = answerOf(asked).result;
    assert.match(message, /nobody can confirm it/);
    assert.match(
      plan?.words.join(' ') ?? '',
      new RegExp(`to [0-9a-f]{12} \\(commit ${first.sha.slice(0, 12)}\\)`),
    );
    const confirmed = await evenkeel(['confirm', digest, '--json']);
    assert.deepEqual([confirmed.exitCode, answerOf(confirmed).reasonCode], [1, 'identity-unknown']);
    assert.match(
      (await evenkeel(['help'])).stdout,
      /rollback.*\n {4}no: the last rollout of shop in production went back already/,
    );

    await goBack(first.sha);
  } finally {
    await load.stop();
  }
  const { entries } = readLog(directory, env);
  const events = entries.filter(({ event }) => /^command\./.test(event)).map(({ event }) => event);
  assert.ok(events.includes('command.refused') && events.includes('command.confirmed'), events.join(' '));
  assert.equal((await evenkeel(['audit', 'verify'])).exitCode, 0);

  async function steer(): Promise<CliResult[]> {
    const paused = await evenkeel(['pause', '--json']);
    const resumed = await evenkeel(['resume', '--json']);
    return [paused, resumed, await evenkeel(['abort', '--json'])];
  }

  async function releaseOf(commit: string): Promise<string> {
    const { places } = await readSituation(directory, env, readLog(directory, env).entries);
    return places[0]?.releases.find((release) => release.commit === commit)?.digest ?? '';
  }

  async function decide(
    text: string,
    id: string,
    requester: Requester,
  ): Promise<[CommandDecision, CommandRun]> {
    const { entries, commands } = readLog(directory, env);
    const situation = await readSituation(directory, env, entries);
    const unchanged = { requester: ada, text: 'unchanged', headCommit: null } as const;
    const decision = decideCommand({
      command: parseCommand(text),
      requester,
      origin: originOf(text, { id, headCommit: null }),
      situation,
      pending: commands.pending,
      rechecks: { 'comment:1': unchanged },
      policy,
      at: new Date().toISOString(),
    });
    return [decision, { repository: directory, policy, situation, context: commandContext(directory) }];
  }

  async function goBack(commit: string): Promise<void> {
    const request = await carryOutCommand(...(await decide('rollback', 'comment:1', ada)));
    assert.equal(
      request.decision,
      'refused',
      'the last rollout went back already: which release is not clear',
    );
    const to = `rollback to ${await releaseOf(commit)}`;
    const waiting = await carryOutCommand(...(await decide(to, 'comment:2', ada)));
    assert.equal(waiting.decision, 'awaiting-confirmation', waiting.text);
    const [pending] = readLog(directory, env).commands.pending.slice(-1);
    assert.ok(pending?.by.login === 'ada');
    const confirm = `confirm ${pending.digest.slice(7, 19)}`;
    const rechecks = { 'comment:2': { requester: ada, text: 'unchanged', headCommit: null } as const };
    const again = async (id: string, by: Requester): Promise<[CommandDecision, CommandRun]> => {
      const { entries, commands } = readLog(directory, env);
      const situation = await readSituation(directory, env, entries);
      const decision = decideCommand({
        command: parseCommand(confirm),
        requester: by,
        origin: originOf(confirm, { id, headCommit: null }),
        situation,
        pending: commands.pending,
        rechecks,
        policy,
        at: new Date().toISOString(),
      });
      return [decision, { repository: directory, policy, situation, context: commandContext(directory) }];
    };
    const own = await carryOutCommand(...(await again('comment:3', ada)));
    assert.deepEqual([own.decision, own.reasonCode], ['refused', 'same-person']);
    // Decided twice before either is begun, as two runs at once would.
    const both = [await again('comment:4', grace), await again('comment:5', grace)] as const;
    const done = await carryOutCommand(...both[0]);
    assert.equal(done.decision, 'done', done.text);
    assert.equal((await carryOutCommand(...both[0])).decision, 'duplicate');
    assert.equal((await carryOutCommand(...both[1])).decision, 'refused');
    const { places } = await readSituation(directory, env, readLog(directory, env).entries);
    assert.equal(places[0]?.stable?.commit, commit);
    assert.equal(places[0].rollout?.phase, 'settled');
    const started = readLog(directory, env).entries.filter(({ event }) => event === 'rollout.started');
    assert.deepEqual(started.at(-1)?.inputs?.['confirmedCommand'], {
      digest: pending.digest,
      by: 'ada',
      confirmedBy: 'grace',
    });
  }
});

function commandContext(directory: string): CommandContext {
  return {
    workingDirectory: directory,
    env: process.env,
    now: () => new Date(),
    signal: new AbortController().signal,
    print: () => undefined,
    progress: () => undefined,
    isTerminal: false,
  };
}
