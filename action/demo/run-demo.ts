import { readFileSync, mkdirSync, rmSync, writeFileSync, cpSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { effectFailure } from '../../stacks/failure.ts';
import { startEvenkeel, type CommandOutcome } from './evenkeel-process.ts';
import { startLoad, type LoadGenerator } from './load-generator.ts';
import { scenarios, type Scenario } from './scenarios.ts';
import { configJson, configSchemaJson, openapiYaml, policyYaml, serverJs } from './shop-files.ts';
import { createShopRepository, type Commit, type ShopRepository } from './shop-repository.ts';

/** One row of the demo's table; null where a figure has no meaning for the scenario. */
export interface DemoRow {
  scenario: string;
  isAsExpected: boolean;
  verdict: string;
  reasonCode: string;
  step: string;
  /** From the first share on the candidate to the judge's verdict. */
  secondsToDetect: number | null;
  /** Requests that a version which was rolled back answered. */
  requestsOnBadVersion: number;
  errorsOnBadVersion: number;
  dropped: number;
  verdictToTrafficOffMs: number | null;
  seconds: number;
  detail: string;
}

export interface DemoReport {
  rows: DemoRow[];
  requests: number;
  dropped: number;
  seconds: number;
  router: string;
  directory: string;
}

export interface DemoOptions {
  directory: string;
  requestsPerSecond: number;
  router: 'auto' | 'haproxy' | 'embedded';
  progress(line: string): void;
  signal: AbortSignal;
}

/** Takes every scenario down the road on real processes under real load. Leaves the repository for a look around. */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const startedMs = performance.now();
  const port = await freePort();
  const shop = createShopRepository(join(options.directory, 'shop'));
  const adoption = shop.commit('Adopt Evenkeel', {
    'evenkeel.yml': policyYaml(port, options.router),
    '.gitignore': '.evenkeel/\n',
    'docs/runbook.md':
      '# The shop was rolled back\n\nLook at the incident, mend the change, deploy it again.\n',
  });
  options.progress(`a shop in ${shop.directory}, policy adopted in ${adoption.sha.slice(0, 12)}`);
  const stage = { shop, options, port };
  const rows = [await deployFirst(stage)];
  const load = startLoad(`http://127.0.0.1:${port}`, options.requestsPerSecond);
  try {
    for (const scenario of scenarios) {
      if (options.signal.aborted) break;
      rows.push(await runScenario(stage, scenario, load));
    }
    rows.push(await catchEditedAudit(stage));
  } finally {
    await load.stop();
    await takeDown(stage);
  }
  const counts = load.counts();
  return {
    rows,
    requests: counts.requests,
    dropped: counts.dropped,
    seconds: (performance.now() - startedMs) / 1000,
    router: options.router,
    directory: shop.directory,
  };
}

interface Stage {
  shop: ShopRepository;
  options: DemoOptions;
  port: number;
}

function evenkeel(stage: Stage, args: string[]) {
  return startEvenkeel(args, {
    directory: stage.shop.directory,
    onLine: (line) => stage.options.progress(`    ${line}`),
  });
}

async function deploy(stage: Stage, commit: Commit, isApproved: boolean): Promise<CommandOutcome> {
  const evidence = stage.shop.writeEvidence(commit, isApproved);
  return await evenkeel(stage, ['deploy', '--service', 'shop', '--evidence', evidence]).outcome;
}

async function deployFirst(stage: Stage): Promise<DemoRow> {
  stage.options.progress('first deployment: nothing to compare with, so probes decide');
  const startedMs = performance.now();
  const commit = stage.shop.commit('Open the shop', {
    'shop/server.js': serverJs,
    'shop/package.json': `${JSON.stringify({ name: 'shop', private: true, type: 'module' }, null, 2)}\n`,
    'shop/config/shop.json': configJson(200, 'EUR'),
    'shop/config.schema.json': configSchemaJson,
    'shop/api/openapi.yaml': openapiYaml(true),
  });
  const outcome = await deploy(stage, commit, true);
  if (outcome.decision !== 'settled') {
    const last = outcome.lines.at(-1)?.text ?? 'it printed nothing';
    throw effectFailure(
      'demo-failed',
      `the shop could not be opened (${outcome.decision}, ${outcome.reasonCode}): ${last}`,
      false,
    );
  }
  return {
    scenario: 'first deployment',
    isAsExpected: true,
    verdict: outcome.decision,
    reasonCode: outcome.reasonCode,
    step: '',
    secondsToDetect: null,
    requestsOnBadVersion: 0,
    errorsOnBadVersion: 0,
    dropped: 0,
    verdictToTrafficOffMs: null,
    seconds: (performance.now() - startedMs) / 1000,
    detail: '',
  };
}

async function runScenario(stage: Stage, scenario: Scenario, load: LoadGenerator): Promise<DemoRow> {
  const { shop, options } = stage;
  options.progress(`${scenario.name}: "${scenario.message}"`);
  const startedMs = performance.now();
  const before = load.counts();
  const previous = readAll(shop.directory, Object.keys(scenario.files));
  const commit = shop.commit(scenario.message, scenario.files);
  const notes: string[] = [];
  let outcome: CommandOutcome;
  if (scenario.approval === 'missing-then-given') {
    const waiting = await deploy(stage, commit, false);
    notes.push(`without an approval: ${waiting.decision}, exit code ${String(waiting.exitCode)}`);
    options.progress('  grace approves exactly this commit');
  }
  if (scenario.interruption === 'kill-and-resume') outcome = await deployKilled(stage, commit, notes);
  else outcome = await deploy(stage, commit, true);
  const after = load.counts();
  // What was taken back is on the branch as well, and so is deployed along with what comes next: a peer approves it too.
  if (scenario.isReverted) shop.writeEvidence(shop.commit(`Revert "${scenario.message}"`, previous), true);

  const candidate = outcome.result['candidate'];
  const bad =
    outcome.decision === 'rolled-back' && typeof candidate === 'string'
      ? after.byRelease[candidate]
      : undefined;
  const trafficOffMs = outcome.result['trafficOffMs'];
  const step = outcome.result['rolledBackFrom'];
  const isAsExpected =
    outcome.decision === scenario.expected.verdict &&
    outcome.reasonCode === scenario.expected.reasonCode &&
    after.dropped === before.dropped &&
    (scenario.approval === 'given' || notes[0]?.includes('exit code 3') === true);
  return {
    scenario: scenario.name,
    isAsExpected,
    verdict: outcome.decision,
    reasonCode: outcome.reasonCode,
    step: typeof step === 'string' ? step : '',
    secondsToDetect: outcome.decision === 'rolled-back' ? secondsToDetect(outcome) : null,
    requestsOnBadVersion: bad?.requests ?? 0,
    errorsOnBadVersion: bad?.errors ?? 0,
    dropped: after.dropped - before.dropped,
    verdictToTrafficOffMs: typeof trafficOffMs === 'number' ? trafficOffMs : null,
    seconds: (performance.now() - startedMs) / 1000,
    detail: notes.join('; '),
  };
}

/** Ends the deploying process the hard way in the middle of a canary step, and goes on from what it left on disk. */
async function deployKilled(stage: Stage, commit: Commit, notes: string[]): Promise<CommandOutcome> {
  const evidence = stage.shop.writeEvidence(commit, true);
  const running = evenkeel(stage, ['deploy', '--service', 'shop', '--evidence', evidence]);
  if (await running.waitForLine('canary 1/2: 10 % of users')) {
    running.process.kill('SIGKILL');
    stage.options.progress('  the deploying process is killed (SIGKILL)');
  }
  const killed = await running.outcome;
  notes.push(
    killed.exitCode === null
      ? 'killed in canary, resumed'
      : `ended before it could be killed (${killed.decision})`,
  );
  return await evenkeel(stage, ['deploy', '--resume']).outcome;
}

function secondsToDetect(outcome: CommandOutcome): number | null {
  const shown = outcome.lines.find((line) => line.text.includes('of users on'));
  const judged = outcome.lines.find((line) => line.text.includes('judge: fail'));
  if (judged === undefined) return null;
  // A judgement may come before the target has confirmed the share.
  return shown === undefined ? 0 : Math.max(0, (judged.atMs - shown.atMs) / 1000);
}

/** Changes one word in a copy of the log: verification of the copy must fail, of the original it must not. */
async function catchEditedAudit(stage: Stage): Promise<DemoRow> {
  const { shop, options } = stage;
  options.progress('edited audit entry: one word is changed in a copy of the log');
  const startedMs = performance.now();
  const original = await evenkeel(stage, ['audit', 'verify']).outcome;
  const copy = join(options.directory, 'edited');
  cpSync(join(shop.directory, '.evenkeel', 'audit'), join(copy, 'audit'), { recursive: true });
  editOneWord(join(copy, 'audit'), 'grace', 'mallory');
  const edited = await startEvenkeel(['audit', 'verify', '--directory', join(copy, 'audit')], {
    directory: shop.directory,
    onLine: (line) => options.progress(`    ${line}`),
  }).outcome;
  return {
    scenario: 'edited audit entry',
    isAsExpected: original.exitCode === 0 && edited.exitCode === 1,
    verdict: edited.decision,
    reasonCode: edited.reasonCode,
    step: '',
    secondsToDetect: null,
    requestsOnBadVersion: 0,
    errorsOnBadVersion: 0,
    dropped: 0,
    verdictToTrafficOffMs: null,
    seconds: (performance.now() - startedMs) / 1000,
    detail: `untouched log: ${original.decision}; edited copy: ${edited.decision}`,
  };
}

function editOneWord(directory: string, from: string, to: string): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const text = readFileSync(path, 'utf8');
    if (!text.includes(from)) continue;
    writeFileSync(path, text.replace(from, to));
    return;
  }
  throw effectFailure(
    'demo-failed',
    `no entry of the audit log in ${directory} names ${from}, so there is nothing to edit`,
    false,
  );
}

/** Ends what the demo started: the target's processes and its router. The files stay for a look around. */
async function takeDown(stage: Stage): Promise<void> {
  const outcome = await evenkeel(stage, ['down', '--service', 'shop', '--yes']).outcome;
  if (outcome.exitCode !== 0) {
    stage.options.progress(
      `the shop could not be taken down (${outcome.reasonCode}); its files are in ${stage.shop.directory}`,
    );
  }
}

function readAll(directory: string, paths: string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(directory, path), 'utf8')]));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** Where the demo puts its repository: emptied first, so that a second run starts afresh. */
export function emptyDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
}
