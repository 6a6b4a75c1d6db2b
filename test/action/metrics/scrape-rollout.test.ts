/**
 * A whole rollout whose harm no router can see: every answer is 200, and orders get lost. Releases, router, instances and
 * the command line are real; the service counts its own orders, and the policy reads them from its instances.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createShopRepository } from '../../../action/demo/shop-repository.ts';
import { freePort } from '../../support/free-port.ts';
import { startLoad } from '../../support/load.ts';
import { runEvenkeel, type CliResult } from '../../support/run-evenkeel.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const policyOf = (port: number): string => `version: 1
services:
  shop:
    paths: [shop/**]
    target: local
    run: { command: node server.js, directory: shop, health: /healthz, port: ${port}, instances: 2, router: embedded }
    metrics:
      - { name: errors, slack: 1% }
      - { name: orders, from: scrape, slack: 1%, bad: 'orders_total{result="lost"}', total: orders_total }
approval: { required: 1 }
rollout: { preset: fast, steps: [50%], soak: 1s, deadline: 120s, bake: 1s }
unclaimed: allow
`;

/** Loses one order in `oneIn`; 0: none. */
const server = (oneIn: number): string => `import { createServer } from 'node:http';
const orders = { kept: 0, lost: 0 };
createServer((request, response) => {
  response.setHeader('x-evenkeel-release', process.env.EVENKEEL_RELEASE);
  if (request.url === '/metrics') {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(Object.entries(orders).map(([result, count]) => \`orders_total{result="\${result}"} \${count}\\n\`).join(''));
    return;
  }
  if (request.url === '/') orders[${oneIn} > 0 && (orders.kept + orders.lost) % ${oneIn} === 0 ? 'lost' : 'kept']++;
  response.end();
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

test('a regression that only the instances know of is rolled back; a harmless version settles', async (context) => {
  // Before the directory goes, which holds what is known of the processes.
  context.after(async () => {
    const down = await evenkeel(['down', '--service', 'shop', '--yes']);
    assert.ok(down.exitCode === 0 || /was not deployed/.test(down.stderr), down.stderr);
  });
  const repository = createShopRepository(join(temporaryDirectory(context), 'shop'));
  const port = await freePort();
  const pulumi = process.env['EVENKEEL_PULUMI'];
  const evenkeel = (args: string[]): Promise<CliResult> =>
    runEvenkeel(args, {
      directory: repository.directory,
      env: pulumi === undefined ? {} : { EVENKEEL_PULUMI: pulumi },
    });
  repository.commit('policy', {
    '.gitignore': '.evenkeel/\n',
    'evenkeel.yml': policyOf(port),
    'shop/package.json': '{ "type": "module" }\n',
    'shop/server.js': `// none\n${server(0)}`,
  });
  const deploy = (note: string, oneIn: number): Promise<CliResult> => {
    const commit = repository.commit(note, { 'shop/server.js': `// ${note}\n${server(oneIn)}` });
    const evidence = repository.writeEvidence(commit, true);
    return evenkeel(['deploy', '--json', '--head', commit.sha, '--evidence', evidence]);
  };

  const first = await deploy('first', 0);
  assert.equal(first.exitCode, 0, first.stderr);
  const load = startLoad(`http://127.0.0.1:${port}`, 4, { keyed: true });
  try {
    const harmless = await deploy('harmless', 0);
    assert.equal(harmless.exitCode, 0, harmless.stderr);

    const harmful = await deploy('harmful', 4);
    assert.equal(harmful.exitCode, 1, harmful.stderr);
    assert.match(harmful.stderr, /judge: fail \(worse than stable: orders 2\d\.\d % of [\d,]+ requests/);
    assert.doesNotMatch(harmful.stderr, /worse than stable: [^(]*errors/);
    assert.match(harmful.stdout, /"phase":\s*"rolled-back"/);
  } finally {
    await load.stop();
  }
  assert.equal(load.result.failed, 0, load.result.failures.join('\n'));

  const status = await evenkeel(['status', '--json']);
  const shown = status.stdout;
  assert.match(shown, /orders/, 'the evidence of both metrics is kept');
  assert.match(shown, /errors/);
});
