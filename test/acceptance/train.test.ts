/**
 * A real train on this machine: two services in two places, with real processes, the embedded router and the real Pulumi
 * CLI. The first release goes out in short runs that nobody watches between; of the second one a place of the last wave is
 * broken, and everything comes back. What it does not show: more than one machine, and traffic of more than a test makes.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { advanceRollouts, resultOfAdvance } from '../../action/deployer/advance-rollouts.ts';
import { readEntries } from '../../action/audit-log/directory-store.ts';
import { downCommand } from '../../action/commands/down.ts';
import type { CommandContext } from '../../action/commands/command.ts';
import { createShopRepository } from '../../action/demo/shop-repository.ts';
import { evidenceFile } from '../../action/deployer/approval-source.ts';
import { latestRollouts } from '../../action/deployer/find-rollout.ts';
import { startDeployment } from '../../action/deployer/start-deployment.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** Answers every page; in a place that it is told to fail in, it fails from its first request on. */
const serverJs = (failsIn: string): string => `import { createServer } from 'node:http';
const release = process.env.EVENKEEL_RELEASE;
createServer((request, response) => {
  const isBroken = request.url !== '/healthz' && process.env.PLACE === '${failsIn}';
  response.writeHead(isBroken ? 500 : 200, { 'x-evenkeel-release': release });
  response.end(JSON.stringify({ release, place: process.env.PLACE }));
}).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`;

const places = ['box', 'north'];
const services = ['shop', 'stock'];

async function policyText(ports: Map<string, number>): Promise<string> {
  for (const place of places)
    for (const service of services) ports.set(`${service} ${place}`, await freePort());
  const run = (name: string): string =>
    `  ${name}:
    paths: [${name}/**]
    target: local
    run: { command: node server.mjs, directory: ${name}, health: /healthz, port: ${ports.get(`${name} box`) ?? 0}, router: embedded, drain: 1s }
    probes: { paths: [/], every: 500ms }
    metrics: [{ name: errors, critical: true, slack: 20% }]
`;
  const place = (name: string): string =>
    `  ${name}:
    env: { PLACE: ${name} }
    services: { ${services.map((service) => `${service}: { port: ${ports.get(`${service} ${name}`) ?? 0} }`).join(', ')} }
`;
  return `version: 1
services:
${services.map(run).join('')}environments:
${places.map(place).join('')}groups: { storefront: [shop, stock] }
approval: { required: 1 }
rollout:
  preset: fast
  steps: [50%]
  soak: 1s
  bake: 1s
  waves: [{ name: first, environments: [box] }, { name: rest, environments: [north] }]
unclaimed: allow
`;
}

test('a group goes out wave by wave in short runs, and comes back as one when its last wave is broken', async (context) => {
  const repository = createShopRepository(join(temporaryDirectory(context), 'shop'));
  const ports = new Map<string, number>();
  repository.commit('Adopt Evenkeel', {
    'evenkeel.yml': await policyText(ports),
    '.gitignore': '.evenkeel/\n',
  });
  const lines: string[] = [];
  const world: CommandContext = {
    workingDirectory: repository.directory,
    env: process.env,
    now: () => new Date(),
    signal: new AbortController().signal,
    print: () => undefined,
    progress: (line) => void lines.push(line),
    isTerminal: false,
  };
  const commit = (message: string, failsIn: string) =>
    repository.commit(message, {
      'shop/server.mjs': serverJs('nowhere'),
      'stock/server.mjs': serverJs(failsIn),
      'CHANGES.md': `${message}\n`,
    });
  const actor = { id: 103, login: 'lin' };
  const base = { repository: repository.directory, group: 'storefront', actor, context: world };
  const answers = async (user: string): Promise<string[]> =>
    await Promise.all(
      [...ports].map(async ([place, port]) => {
        const response = await fetch(`http://127.0.0.1:${port}/`, { headers: { 'x-user': user } });
        return `${place} ${response.status} ${response.headers.get('x-evenkeel-release') ?? ''}`;
      }),
    );

  try {
    const first = commit('Open the shop', 'nowhere');
    const source = evidenceFile(repository.writeEvidence(first, true));
    const started = await startDeployment({ ...base, source, isDetached: true });
    assert.deepEqual(
      [started.exitCode, started.decision],
      [3, 'waiting'],
      `${started.text}\n${lines.join('\n')}`,
    );
    const settled = resultOfAdvance(
      await advanceRollouts({
        repository: repository.directory,
        source: null,
        watchSeconds: 120,
        context: world,
      }),
    );
    assert.deepEqual(
      [settled.exitCode, settled.decision],
      [0, 'settled'],
      `${settled.text}\n${lines.join('\n')}`,
    );
    const placeOf = new Map(
      latestRollouts(repository.directory, process.env).map(({ rollout: { plan } }) => [
        plan.rollout,
        plan.environment,
      ]),
    );
    const begun = [...readEntries(join(repository.directory, '.evenkeel', 'audit'))]
      .filter(({ event, inputs }) => event === 'effect.intended' && inputs?.['name'] === 'prepare')
      .map(({ rollout }) => placeOf.get(rollout ?? ''));
    assert.deepEqual(begun, ['box', 'box', 'north', 'north'], 'the box before the rest, and nothing twice');
    const before = await answers('ada');
    assert.ok(
      before.every((answer) => answer.includes(' 200 sha256:')),
      before.join('\n'),
    );
    const idle = await advanceRollouts({
      repository: repository.directory,
      source: null,
      watchSeconds: 0,
      context: world,
    });
    assert.equal(resultOfAdvance(idle).reasonCode, 'nothing-under-way');

    const second = commit('Count the stock anew', 'north');
    // Many users: each stays on one version, and both versions have to be seen at work.
    let asked = 0;
    const load = setInterval(() => void answers(`user-${asked++}`).catch(() => undefined), 25);
    const back = await startDeployment({
      ...base,
      source: evidenceFile(repository.writeEvidence(second, true)),
    }).finally(() => clearInterval(load));
    assert.deepEqual([back.exitCode, back.decision], [1, 'rolled-back'], `${back.text}\n${lines.join('\n')}`);
    // What went wrong is the broken place itself; all others went back with it, those of the first wave from after their bake.
    const ends = Object.fromEntries(
      latestRollouts(repository.directory, process.env).map(({ rollout: { plan, state, records } }) => [
        `${plan.service} ${plan.environment}`,
        {
          by: state.phase === 'rolled-back' ? state.cause.by : state.phase,
          hasFlipped: records.some((one) => one.record === 'intent' && one.effect.name === 'flip'),
        },
      ]),
    );
    assert.equal(ends['stock north']?.by, 'evenkeel', back.text);
    for (const other of ['shop box', 'stock box', 'shop north'])
      assert.match(ends[other]?.by ?? '', /^train /, `${other}\n${back.text}`);
    assert.ok(ends['shop box']?.hasFlipped === true && ends['stock box']?.hasFlipped === true);
    assert.deepEqual(await answers('ada'), before, 'every place serves what it served before');
    assert.match((await startDeployment({ ...base, source, head: first.sha })).text, /already runs/);
  } finally {
    for (const environment of places)
      for (const service of services)
        await downCommand.run({ values: { service, environment, yes: true }, positionals: [] }, world);
  }
});
