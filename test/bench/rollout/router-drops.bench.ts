/** A million requests per router through shares, flips, rollbacks, promotions, drains and SIGKILL, and none lost. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { RouterSettings } from '../../../stacks/local/router/router.ts';
import { afterRequests } from '../../support/load.ts';
import { runDrops } from '../../support/router-drops.ts';
import { routerWorld } from '../../support/router-world.ts';
import type { BenchRow } from '../bench-row.ts';
import { median } from '../paired.ts';

const requestsPerRouter = 1_000_000;
const requestsEach = 1500;
const unkeyedKills = 5;
const unkeyedClients = 32;
const secondsPerCall = 10;

/** GET and keyed POST in turn for 2,000 users; `done` prints what the load met. */
const script = `
local count = 0
request = function()
  count = count + 1
  local user = 'bulk-' .. (count % 2000)
  if count % 4 == 3 then
    return wrk.format('POST', '/', { ['x-user'] = user, ['idempotency-key'] = 'k' .. count })
  end
  return wrk.format('GET', '/', { ['x-user'] = user })
end
done = function(summary)
  local errors = summary.errors
  io.write(string.format('\\nresult %d %d\\n', summary.requests,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
`;

interface Bulk {
  requests: number;
  failed: number;
}

export async function benchRouterDrops(requests = requestsPerRouter): Promise<BenchRow[]> {
  return [...(await measure('haproxy', requests)), ...(await measure('embedded', requests))];
}

async function measure(kind: RouterSettings['kind'], wanted: number): Promise<BenchRow[]> {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-bench-drops-'));
  const scriptPath = join(directory, 'load.lua');
  writeFileSync(scriptPath, script);
  const bulk: Bulk = { requests: 0, failed: 0 };
  let isOver = false;
  let bulkEnded = Promise.resolve();
  const drops = await runDrops(kind, {
    clients: 8,
    requestsEach,
    isEnough(requests, rounds) {
      const isEnough = requests + bulk.requests >= wanted && rounds >= 3;
      isOver ||= isEnough;
      return isEnough;
    },
    onReady(url) {
      bulkEnded = (async () => {
        while (!isOver) await runBulk(url, scriptPath, bulk);
      })();
    },
    beforeEnd: () => bulkEnded,
  });
  rmSync(directory, { recursive: true, force: true });
  const unkeyed = await measureUnkeyed(kind);
  const failed = drops.failed + bulk.failed;
  const share = median(drops.shareMs);
  return [
    {
      name: `${kind}: failed, GET and keyed POST, through ${drops.rounds} releases and ${drops.kills} kills`,
      value: failed,
      unit: 'requests',
      goal: '0',
      isMet: failed === 0,
      detail: [`of ${drops.requests + bulk.requests}`, ...drops.failures].join('; '),
    },
    {
      name: `${kind}: the slowest request while an instance dies`,
      value: drops.worstInKillMs,
      unit: 'ms',
      goal: 'at most 150 ms',
      isMet: drops.worstInKillMs <= 150,
    },
    {
      name: `${kind}: users who went back while a share grew`,
      value: drops.flapped,
      unit: 'users',
      goal: '0',
      isMet: drops.flapped === 0,
    },
    {
      name: `${kind}: a share change under load, from call to confirmed`,
      value: share,
      unit: 'ms',
      goal: 'at most 50 ms',
      isMet: share <= 50,
    },
    {
      name: `${kind}: failed POSTs without a key that began after their instance had died`,
      value: unkeyed.late,
      unit: 'requests',
      goal: '0',
      isMet: unkeyed.late === 0,
      detail: `${unkeyed.failed} were under way in ${unkeyedKills} kills, ${unkeyed.worstKill} in the worst, of ${unkeyedClients} clients`,
    },
  ];
}

async function runBulk(url: string, scriptPath: string, bulk: Bulk): Promise<void> {
  const wrk = spawn(
    'wrk',
    ['-t1', '-c32', `-d${secondsPerCall}s`, '--timeout', '10s', '-s', scriptPath, `${url}/`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const printed = await text(wrk.stdout);
  const result = /^result (\d+) (\d+)$/m.exec(printed);
  if (result === null) throw new Error(`wrk said nothing that can be read:\n${printed}`);
  bulk.requests += Number(result[1]);
  bulk.failed += Number(result[2]);
}

/** One request in four is a POST that may not be sent twice; each kill may cost those on the dead process and no other. */
async function measureUnkeyed(
  kind: RouterSettings['kind'],
): Promise<{ failed: number; late: number; worstKill: number }> {
  let failed = 0;
  let late = 0;
  let worstKill = 0;
  for (let round = 0; round < unkeyedKills; round++) {
    const hooks: (() => Promise<void>)[] = [];
    const {
      router,
      load: start,
      sharesAt,
      candidates,
    } = await routerWorld({ after: (hook) => void hooks.push(hook) }, kind);
    await router.apply(sharesAt(5000));
    const load = start(unkeyedClients, { keyed: false });
    await afterRequests(load, requestsEach);
    const [dying] = candidates;
    const gone = new Promise<number>((resolve) =>
      dying?.process.once('exit', () => resolve(performance.now())),
    );
    dying?.kill();
    const goneMs = await gone;
    await afterRequests(load, requestsEach);
    const result = await load.stop();
    failed += result.failed;
    worstKill = Math.max(worstKill, result.failed);
    if (result.lastFailedBeganMs > goneMs) late++;
    for (const hook of hooks) await hook();
  }
  return { failed, late, worstKill };
}
