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

export interface MetricServer {
  url: string;
  stop(): Promise<void>;
  /** The same data at the same address. */
  startAgain(): Promise<void>;
}

/** Prometheus with the samples of an OpenMetrics text, which says a time in seconds for each. Returns its address. */
export async function startPrometheus(
  context: TestContext,
  openMetrics: string | null,
  flags: readonly string[] = [],
): Promise<string> {
  return (await startPrometheusServer(context, openMetrics, flags)).url;
}

/** The same, for a test that stops it and starts it again. */
export async function startPrometheusServer(
  context: TestContext,
  openMetrics: string | null,
  flags: readonly string[] = [],
): Promise<MetricServer> {
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
  const { url } = await startServer(context, 'victoria-metrics', '/health', (directory, address) => {
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
): Promise<MetricServer> {
  const server: MetricServer = {
    url: '',
    stop: () => Promise.resolve(),
    startAgain: () => Promise.resolve(),
  };
  // Before the directory goes, which the server writes into.
  context.after(() => server.stop());
  const directory = temporaryDirectory(context);
  const address = `127.0.0.1:${await freePort()}`;
  const flags = flagsOf(directory, address);
  server.url = `http://${address}`;
  server.startAgain = async () => {
    server.stop = await startProcess(program, flags, `${server.url}${readyPath}`);
  };
  await server.startAgain();
  return server;
}

/** Waits until it is ready. Returns what ends it. */
async function startProcess(
  program: string,
  flags: readonly string[],
  readyUrl: string,
): Promise<() => Promise<void>> {
  const server = spawn(program, flags, { stdio: 'ignore' });
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
  const stop = (): Promise<void> => {
    server.kill('SIGKILL');
    return ended;
  };
  try {
    await until(`${program} being ready`, async () => {
      if (problem !== '') throw new Error(`${program} did not start: ${problem}`);
      const response = await fetch(readyUrl).catch(() => null);
      return response?.ok === true;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
