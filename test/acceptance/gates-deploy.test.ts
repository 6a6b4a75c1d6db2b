/**
 * A real rollout on this machine that is held by its gates and goes on by itself: real processes, the real router, the
 * real Pulumi CLI. The clock is the test's, so that nobody waits for a freeze to begin or to end; the judge of a first deployment is
 * its probes. What GitHub says about an approval is no part of it: the evidence is a file that changes meanwhile.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readEntries } from '../../action/audit-log/directory-store.ts';
import type { CommandContext } from '../../action/commands/command.ts';
import { downCommand } from '../../action/commands/down.ts';
import {
  configJson,
  configSchemaJson,
  openapiYaml,
  policyYaml,
  serverJs,
} from '../../action/demo/shop-files.ts';
import { createShopRepository, reviewer } from '../../action/demo/shop-repository.ts';
import { evidenceFile } from '../../action/deployer/approval-source.ts';
import { startDeployment } from '../../action/deployer/start-deployment.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const environments = `environments:
  production:
    separateDuties: true
    freeze: [{ name: stocktaking, zone: Europe/Berlin, from: 2026-12-24T12:00, to: 2026-12-24T12:01 }]
`;
const beforeFreeze = Date.parse('2026-12-24T10:55:00Z');
const inFreeze = Date.parse('2026-12-24T11:00:50Z');
const afterFreeze = Date.parse('2026-12-24T11:01:10Z');

/** A shop whose policy has landed, a commit that waits for its deployment, and a clock that a test sets. */
async function stage(context: TestContext) {
  const shop = createShopRepository(join(temporaryDirectory(context), 'shop'));
  shop.commit('Adopt Evenkeel', {
    'evenkeel.yml': `${policyYaml(await freePort(), 'embedded')}${environments}`,
    '.gitignore': '.evenkeel/\n',
    'docs/runbook.md': '# Deploy it again\n',
  });
  const commit = shop.commit('Open the shop', {
    'shop/server.js': serverJs,
    'shop/package.json': '{ "name": "shop", "private": true, "type": "module" }\n',
    'shop/config/shop.json': configJson(200, 'EUR'),
    'shop/config.schema.json': configSchemaJson,
    'shop/api/openapi.yaml': openapiYaml(true),
  });
  let offsetMs = beforeFreeze - Date.now();
  const lines: string[] = [];
  const watchers: ((line: string) => void)[] = [];
  const world: CommandContext = {
    workingDirectory: shop.directory,
    env: process.env,
    now: () => new Date(Date.now() + offsetMs),
    signal: new AbortController().signal,
    print: () => undefined,
    progress(line) {
      lines.push(line);
      for (const watch of watchers) watch(line);
    },
    isTerminal: false,
  };
  const evidence = shop.writeEvidence(commit, true);
  const deploy = (actor: { id: number | null; login: string }) =>
    startDeployment({ repository: shop.directory, source: evidenceFile(evidence), actor, context: world });
  const setClock = (ms: number): number => (offsetMs = ms - Date.now());
  const audit = () => [...readEntries(join(shop.directory, '.evenkeel', 'audit'))];
  return { shop, commit, world, deploy, setClock, lines, watchers, audit };
}

test('a start is refused with its reason: no approval, a freeze, duties that are not separate', async (context) => {
  const { shop, commit, deploy, setClock, audit } = await stage(context);
  const lin = { id: 103, login: 'lin' };
  shop.writeEvidence(commit, false);
  const waiting = await deploy(lin);
  assert.equal(waiting.decision, 'await-approval');
  assert.match(waiting.text, /pull request #1: .*grace/, 'who can still approve, by name');
  shop.writeEvidence(commit, true);

  setClock(inFreeze);
  const frozen = await deploy(lin);
  assert.deepEqual([frozen.exitCode, frozen.decision, frozen.reasonCode], [3, 'held', 'frozen']);
  assert.match(frozen.text, /"stocktaking" holds until 2026-12-24 12:01 Europe\/Berlin/);

  setClock(afterFreeze);
  assert.equal((await deploy(reviewer)).reasonCode, 'duties-not-separate');
  assert.equal((await deploy({ id: null, login: 'root' })).reasonCode, 'identity-unknown');
  const decided = audit().filter(({ event }) => event === 'gate.decided');
  assert.deepEqual(
    decided.map(({ inputs }) => inputs?.['reasonCode']),
    ['frozen', 'duties-not-separate', 'identity-unknown'],
  );
});

test('a rollout is held by a freeze that begins and by an approval that goes, and goes on by itself', async (context) => {
  const { shop, commit, world, deploy, setClock, lines, watchers, audit } = await stage(context);
  const seen = new Set<string>();
  const once = (line: string, part: string, then: () => void): void => {
    if (!line.includes(part) || seen.has(part)) return;
    seen.add(part);
    then();
  };
  watchers.push((line) => {
    once(line, 'rehearse: probing', () => setClock(inFreeze));
    once(line, 'held before rehearse', () => {
      shop.writeEvidence(commit, false);
      setClock(afterFreeze);
    });
    if (line.startsWith('held before rehearse') && !line.includes('frozen')) {
      shop.writeEvidence(commit, true);
      setClock(afterFreeze + 20_000);
    }
  });
  const result = await deploy({ id: 103, login: 'lin' }).finally(async () => {
    // Instances and router outlive the tool; the test's directory goes before any hook of a test could use it.
    const values = { service: 'shop', environment: 'production', yes: true };
    await downCommand.run({ values, positionals: [] }, world);
  });
  assert.equal(result.decision, 'settled', lines.join('\n'));
  const gates = audit().filter(({ event }) => event === 'gate.decided');
  assert.deepEqual(
    gates.map(({ inputs }) => inputs?.['reasonCode']),
    // At the start, before the first step, and then whenever the answer is another one.
    ['open', 'open', 'frozen', 'approvals-missing', 'open'],
  );
  const effects = audit().filter(({ event }) => event === 'effect.intended');
  const held = gates[3]?.sequence ?? 0;
  assert.deepEqual(
    effects.filter(({ sequence }) => sequence < held).map(({ inputs }) => inputs?.['name']),
    ['prepare'],
    'no user met it while it was held',
  );
});
