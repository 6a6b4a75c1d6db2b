/**
 * A service that nobody uses is rolled out by the word of its synthetic customers: real rollouts on this machine, with real
 * processes, the real router and the real Pulumi CLI, and no load at all. What GitHub says is no part of it.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CommandContext } from '../../action/commands/command.ts';
import { downCommand } from '../../action/commands/down.ts';
import { configJson, configSchemaJson, openapiYaml, serverJs } from '../../action/demo/shop-files.ts';
import { createShopRepository } from '../../action/demo/shop-repository.ts';
import { evidenceFile } from '../../action/deployer/approval-source.ts';
import { startDeployment } from '../../action/deployer/start-deployment.ts';
import { freePort } from '../support/free-port.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const policy = (port: number): string => `version: 1
services:
  shop:
    paths: [shop/**]
    config: [{ files: 'shop/config/*.json', schema: shop/config.schema.json }]
    schemas: [{ files: shop/api/openapi.yaml, kind: openapi, direction: produced }]
    target: local
    run: { command: node server.js, directory: shop, port: ${port}, instances: 1, router: embedded }
    probes:
      openapi: shop/api/openapi.yaml
      every: 100ms
      data: { 'POST /payments': { body: { order: 7 } } }
      journeys: [{ name: pay, steps: [{ request: GET /orders/7, keep: { id: /id } }, { request: POST /payments, body: { order: '{id}' } }] }]
    metrics: [{ name: probes, slack: 40% }]
    runbooks: { rolled-back: docs/runbook.md }
approval: { required: 1 }
rollout: { preset: fast, steps: [50%], soak: 1s, deadline: 50s, bake: 2s }
unclaimed: allow
`;

/** In order until a file is there, and then ill at one operation: its health stays as it is. */
function laterIll(file: string): string {
  return serverJs
    .replace("import { readFileSync } from 'node:fs';", "import { existsSync, readFileSync } from 'node:fs';")
    .replace(
      "  if (path === '/payments'",
      `  if (path === '/payments' && existsSync(${JSON.stringify(file)})) return answer(response, 500, { error: 'no till' });\n  if (path === '/payments'`,
    );
}

test('without a user: probes let a good candidate through, and take one back that falls ill at one operation', async (context) => {
  const shop = createShopRepository(join(temporaryDirectory(context), 'shop'));
  shop.commit('Adopt Evenkeel', {
    'evenkeel.yml': policy(await freePort()),
    '.gitignore': '.evenkeel/\n',
    'docs/runbook.md': '# Rollback of shop\n\n1. Deploy it again.\n',
  });
  const lines: string[] = [];
  let onCanary = (): void => undefined;
  const world: CommandContext = {
    workingDirectory: shop.directory,
    env: process.env,
    now: () => new Date(),
    signal: new AbortController().signal,
    print: () => undefined,
    progress: (line) => {
      lines.push(line);
      if (line.startsWith('canary 1/1: 50 %')) onCanary();
    },
    isTerminal: false,
  };
  const deploy = async (message: string, files: Record<string, string>) => {
    const commit = shop.commit(message, files);
    const source = evidenceFile(shop.writeEvidence(commit, true));
    const actor = { id: 103, login: 'lin' };
    return await startDeployment({ repository: shop.directory, source, actor, context: world });
  };
  try {
    const first = await deploy('Open the shop', {
      'shop/server.js': serverJs,
      'shop/package.json': '{ "name": "shop", "private": true, "type": "module" }\n',
      'shop/config/shop.json': configJson(200, 'EUR'),
      'shop/config.schema.json': configSchemaJson,
      'shop/api/openapi.yaml': openapiYaml(true),
    });
    assert.equal(first.decision, 'settled', lines.join('\n'));
    assert.match(
      lines.join('\n'),
      /judge: pass \(4 operations in order on the candidate from 1 of 1 locations\)/,
    );

    lines.length = 0;
    const good = await deploy('Say it in Swedish', { 'shop/config/shop.json': configJson(200, 'SEK') });
    assert.equal(good.decision, 'settled', lines.join('\n'));
    assert.match(
      lines.join('\n'),
      /judge: pass \(not worse than stable: probes .*; probes: 4 operations in order on both versions/,
    );

    lines.length = 0;
    const file = join(shop.directory, '..', 'ill');
    onCanary = () => writeFileSync(file, '');
    const ill = await deploy('A new till', { 'shop/server.js': laterIll(file) });
    assert.equal(ill.decision, 'rolled-back', lines.join('\n'));
    assert.equal(ill.reasonCode, 'probe-failed', ill.text);
    assert.match(ill.text, /POST \/payments answered 500.* on the candidate, twice in a row/);
  } finally {
    // Instances and router outlive the tool.
    const values = { service: 'shop', environment: 'production', yes: true };
    await downCommand.run({ values, positionals: [] }, world);
  }
});
