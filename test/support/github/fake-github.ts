/**
 * A GitHub to test against: an API on node:http and a real bare repository, with one store behind both. What it takes
 * and gives is compared with GitHub's own OpenAPI description; what breaks that fails the test at its end.
 *
 * What a green run against it does not prove: that GitHub's behaviour beyond its description (which status, which order,
 * which permission, how late a list is) is what was read in its documentation and written down here.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openBareRepository } from './bare-repository.ts';
import { createGitHubServer } from './server.ts';
import { botAccount, newState } from './state.ts';
import type { Store } from './store.ts';
import { openWorld, type World } from './world.ts';
import { startClock } from './world/clock.ts';

export interface FakeGitHub {
  /** Where the API is. */
  url: string;
  store: Store;
  world: World;
}

export interface FakeGitHubOptions {
  organisation?: string;
  repository?: string;
  isPrivate?: boolean;
  /** What time it is at first. */
  at?: string;
}

/** The secret of a token that may do all that a workflow's can. */
export const workflowToken = 'secret-token';

/** All that `permissions:` of a workflow can give. */
const everything = {
  actions: 'write',
  checks: 'write',
  contents: 'write',
  deployments: 'write',
  issues: 'write',
  'pull-requests': 'write',
  statuses: 'write',
} as const;

/** Starts one for a test; it ends with it, and fails it when GitHub's description was broken by either side. */
export async function startFakeGitHub(
  context: TestContext,
  options: FakeGitHubOptions = {},
): Promise<FakeGitHub> {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-github-'));
  const clock = startClock(options.at ?? '2026-01-05T08:00:00Z');
  const store: Store = {
    url: '',
    state: newState(options.organisation ?? 'acme', options.repository ?? 'shop'),
    git: openBareRepository(join(directory, 'repository.git')),
    clock,
    tokens: new Map([[workflowToken, { kind: 'workflow', by: botAccount.id, permissions: everything }]]),
    faults: [],
    lags: [],
    limit: { perHour: 5000, used: 0, resetAt: '2026-01-05T09:00:00Z' },
    requests: [],
    unknown: [],
    breaks: [],
  };
  store.state.isPrivate = options.isPrivate ?? false;
  const server = createGitHubServer(store);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  store.url = `http://127.0.0.1:${portOf(server.address())}`;
  context.after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true, force: true });
    assert.deepEqual(store.breaks, [], "GitHub's description was broken");
    assert.deepEqual(store.unknown, [], 'something was asked for that this fake does not answer');
  });
  return { url: store.url, store, world: openWorld(store) };
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('the fake has no port');
  return address.port;
}
