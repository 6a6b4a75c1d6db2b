/**
 * What can change between the decision to deploy and the start, in this process and on a real repository. No rollout
 * begins here; that a rollout which does is held to its gates is proved in `test/acceptance/gates-deploy.test.ts`.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createShopRepository } from '../../action/demo/shop-repository.ts';
import { evidenceFile, type ApprovalSource } from '../../action/deployer/approval-source.ts';
import { recordStable } from '../../action/deployer/deployment.ts';
import { startDeployment } from '../../action/deployer/start-deployment.ts';
import { stateDirectoryOf } from '../../action/deployer/state-directory.ts';
import type { Release } from '../../stacks/exposure.ts';
import { failureOf } from '../support/failure-of.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { quietContext } from '../support/confirm-break-glass.ts';

const policyText = `version: 1
services:
  shop:
    paths: [shop/**]
    target: local
    run: { command: node server.js, directory: shop, health: /healthz, port: 8080, instances: 1 }
approval: { required: 1 }
unclaimed: allow
`;

test('a release that became stable while another deployment was being decided is not rolled over', async (context) => {
  const shop = createShopRepository(join(temporaryDirectory(context), 'shop'));
  shop.commit('Adopt', { 'evenkeel.yml': policyText, '.gitignore': '.evenkeel/\n' });
  const commit = shop.commit('Open', { 'shop/server.js': '1;\n' });
  const world = quietContext(shop.directory);
  const reviews = evidenceFile(shop.writeEvidence(commit, true));
  const directories = stateDirectoryOf(shop.directory, world.env, 'shop', 'production');
  const other: Release = { digest: `sha256:${'b'.repeat(64)}`, commit: commit.sha, tree: '', directory: '' };
  const source: ApprovalSource = {
    name: reviews.name,
    gather: async () => {
      // Another process brings its own rollout to the end while the reviews are being read.
      recordStable(directories, other);
      return await reviews.gather();
    },
  };
  const actor = { id: 103, login: 'lin' };
  const failure = await failureOf(
    startDeployment({ repository: shop.directory, source, actor, context: world }),
  );
  assert.equal(failure.reasonCode, 'situation-moved');
  assert.match(
    failure.message,
    /another release of shop became stable while this deployment was being decided/,
  );
});
