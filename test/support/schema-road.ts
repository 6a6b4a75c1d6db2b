/**
 * A service whose answers come from a real PostgreSQL, and its releases: an expand and a backfill under load, killed in
 * the backfill and taken up again; then what they replaced is dropped. Commands, router, instances and Pulumi are real.
 */
import { join } from 'node:path';
import { createShopRepository, type ShopRepository } from '../../action/demo/shop-repository.ts';
import { findPulumi } from '../../action/deployer/pulumi/find-pulumi.ts';
import { freePort } from './free-port.ts';
import { startLoad, type Load } from './load.ts';
import type { PostgresServer } from './postgres.ts';
import { runEvenkeel, type CliResult, type CliRun } from './run-evenkeel.ts';

const pgModule = join(import.meta.dirname, '../../node_modules/pg/esm/index.mjs');
const policyOf = (port: number): string => `version: 1
services:
  shop:
    paths: [shop/**]
    target: local
    migrations: { files: shop/migrations/*.sql, database: env:DATABASE_URL, lockTimeout: 500ms }
    run:
      command: node server.js
      directory: shop
      port: ${port}
      router: embedded
      env: { DATABASE_URL: env:DATABASE_URL, PG_MODULE: ${pgModule} }
    metrics: [{ name: errors, slack: 1%, critical: true }]
approval: { required: 1 }
rollout: { preset: fast, steps: [50%], soak: 1s, deadline: 120s, bake: 1s }
unclaimed: allow
`;

/** Asks the database for every answer, so that a column that is missing fails a request. */
const serverOf = (expression: string): string => `import { createServer } from 'node:http';
const { default: pg } = await import(process.env.PG_MODULE);
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 });
createServer(async (request, response) => {
  response.setHeader('x-evenkeel-release', process.env.EVENKEEL_RELEASE);
  try {
    const { rows } = await pool.query("SELECT ${expression} AS name FROM people ORDER BY id LIMIT 1");
    response.end(rows[0]?.name ?? 'nobody');
  } catch (error) {
    response.writeHead(500).end(error.message);
  }
}).listen(Number(process.env.PORT), '127.0.0.1');
`;

const migrations = 'shop/migrations';
const people = `CREATE TABLE people (id bigint PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL);`;
const backfill = `-- evenkeel: backfill table=people key=id batch=50
UPDATE people SET full_name = first_name || ' ' || last_name WHERE id BETWEEN $1 AND $2;`;
const drop = `SET lock_timeout = '1s';
ALTER TABLE people DROP COLUMN first_name;`;

export interface SchemaRoad {
  url: string;
  /** Everything the commands have printed so far. */
  printed(): string;
  startLoad(): Load;
  /** The first release, and rows in its table. */
  first(rows: number): Promise<CliResult>;
  /** Adds a column and fills it; the tool is killed in the backfill, and another takes it up. */
  expand(): Promise<{ killed: CliResult; resumed: CliResult }>;
  /** Drops what the release before still names in its files. */
  contractTooEarly(): Promise<CliResult>;
  /** The same, with the reason why that mention is no need. */
  contract(): Promise<CliResult>;
  /** Stops what outlives the tool. */
  down(): Promise<CliResult>;
}

export async function openSchemaRoad(directory: string, postgres: PostgresServer): Promise<SchemaRoad> {
  const repository = createShopRepository(join(directory, 'shop'));
  const database = await postgres.createDatabase('people');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const { signal } = new AbortController();
  const pulumi = await findPulumi({ env: process.env, progress: () => undefined, signal });
  let printed = '';
  const evenkeel = async (args: string[], onProgress?: CliRun['onProgress']): Promise<CliResult> => {
    const done = await runEvenkeel(args, {
      directory: repository.directory,
      env: { DATABASE_URL: database, EVENKEEL_PULUMI: pulumi.path },
      ...(onProgress !== undefined && { onProgress }),
    });
    printed += done.stdout + done.stderr;
    return done;
  };
  const deploy = (which: string[], onProgress?: CliRun['onProgress']): Promise<CliResult> =>
    evenkeel(['deploy', '--json', ...which], onProgress);
  const commit = (note: string, files: Record<string, string>): string[] =>
    committed(repository, note, files);
  repository.commit('policy', {
    '.gitignore': '.evenkeel/\n',
    'evenkeel.yml': policyOf(port),
    'shop/package.json': '{ "type": "module" }\n',
  });
  return {
    url,
    printed: () => printed,
    startLoad: () => startLoad(url, 4, { keyed: true }),
    async first(rows) {
      const done = await deploy(
        commit('first', {
          [`${migrations}/1_people.sql`]: people,
          'shop/server.js': serverOf('first_name'),
        }),
      );
      const fill = `INSERT INTO people SELECT n, 'Ada', 'Shore' FROM generate_series(1, ${rows}) AS n`;
      await postgres.query('people', fill);
      return done;
    },
    async expand() {
      const which = commit('full name', {
        [`${migrations}/2_full_name.sql`]: 'ALTER TABLE people ADD COLUMN full_name text;',
        [`${migrations}/3_full_name.backfill.sql`]: backfill,
        'shop/server.js': serverOf('full_name'),
        'shop/export.js': '// writes first_name\n',
      });
      const killed = await deploy(which, (stderr, processId) => {
        if (stderr.includes('backfill: ')) process.kill(processId, 'SIGKILL');
      });
      const resumed = await deploy(['--resume', ...which.slice(2)]);
      return { killed, resumed };
    },
    async contractTooEarly() {
      const dropped = { [`${migrations}/4_drop.sql`]: drop, 'shop/export.js': '// writes full_name\n' };
      const unwaived = commit('drop', dropped);
      const checked = await evenkeel(['check', '--json', '--head', unwaived[1] ?? '']);
      const waivers = `version: 1\nwaivers:\n${fingerprintsIn(checked.stdout).map(waiverOf).join('')}`;
      return await deploy(commit('waive', { 'evenkeel.waivers.yml': waivers }));
    },
    contract() {
      const answered = `-- evenkeel: unused first_name: the export of the last release is not run any more\n${drop}`;
      return deploy(commit('answer', { [`${migrations}/4_drop.sql`]: answered }));
    },
    down: () => evenkeel(['down', '--service', 'shop', '--yes']),
  };
}

function committed(repository: ShopRepository, note: string, files: Record<string, string>): string[] {
  const made = repository.commit(note, files);
  return ['--head', made.sha, '--evidence', repository.writeEvidence(made, true)];
}

function fingerprintsIn(json: string): string[] {
  return [...json.matchAll(/"fingerprint":\s*"([0-9a-f]{32})"/g)].map(([, digest = '']) => digest);
}

function waiverOf(fingerprint: string): string {
  const expires = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  return `  - { fingerprint: ${fingerprint}, owner: ada@example.com, reason: nothing reads it, expires: ${expires} }\n`;
}
