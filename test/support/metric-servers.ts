/** Real metric servers, each with data of its own, on a port of its own; gone with the test. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { freePort } from './free-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { until } from './until.ts';

/** For a test's `skip`: false where all programs are there, or where nothing may be skipped. */
export function skipWithout(...programs: string[]): string | false {
  const missing = programs.filter((name) => spawnSync(name, ['--version']).error !== undefined);
  if (missing.length === 0 || process.env['EVENKEEL_TEST_STRICT'] !== undefined) return false;
  return `not installed: ${missing.join(', ')}`;
}

/** Prometheus with the samples of an OpenMetrics text, which says a time in seconds for each. Returns its address. */
export async function startPrometheus(
  context: TestContext,
  openMetrics: string | null,
  flags: readonly string[] = [],
): Promise<string> {
  return startServer(context, 'prometheus', '/-/ready', (directory, address) => {
    const data = join(directory, 'data');
    if (openMetrics !== null) {
      const seed = join(directory, 'seed.om');
      writeFileSync(seed, openMetrics);
      const create = ['tsdb', 'create-blocks-from', '--max-block-duration=1536h', 'openmetrics', seed, data];
      execFileSync('promtool', create, { stdio: 'pipe' });
    }
    const config = join(directory, 'prometheus.yml');
    writeFileSync(config, 'scrape_configs: []\n');
    const retention = '--storage.tsdb.retention.time=10y';
    const own = [`--config.file=${config}`, `--storage.tsdb.path=${data}`, retention];
    return [...own, `--web.listen-address=${address}`, ...flags];
  });
}

/** VictoriaMetrics with the samples of a Prometheus text, which says a time in milliseconds for each. */
export async function startVictoriaMetrics(context: TestContext, text: string): Promise<string> {
  const url = await startServer(context, 'victoria-metrics', '/health', (directory, address) => {
    const data = `-storageDataPath=${join(directory, 'data')}`;
    return [data, `-httpListenAddr=${address}`, '-retentionPeriod=100y'];
  });
  const sent = await fetch(`${url}/api/v1/import/prometheus`, { method: 'POST', body: text });
  if (!sent.ok) throw new Error(`the import was answered ${sent.status}`);
  await fetch(`${url}/internal/force_flush`);
  return url;
}

async function startServer(
  context: TestContext,
  program: string,
  readyPath: string,
  flagsOf: (directory: string, address: string) => string[],
): Promise<string> {
  // Before the directory goes, which the server writes into.
  let stop = (): Promise<void> => Promise.resolve();
  context.after(() => stop());
  const directory = temporaryDirectory(context);
  const address = `127.0.0.1:${await freePort()}`;
  const server = spawn(program, flagsOf(directory, address), { stdio: 'ignore' });
  let problem = '';
  const ended = new Promise<void>((resolve) => {
    server.once('error', (error) => {
      problem = error.message;
      resolve();
    });
    server.once('exit', (code) => {
      problem = `it ended with ${code}`;
      resolve();
    });
  });
  stop = () => {
    server.kill('SIGKILL');
    return ended;
  };
  await until(`${program} being ready`, async () => {
    if (problem !== '') throw new Error(`${program} did not start: ${problem}`);
    const response = await fetch(`http://${address}${readyPath}`).catch(() => null);
    return response?.ok === true;
  });
  return `http://${address}`;
}
