/** Applies the migrations of a deployment, from a file, so that a test can kill the whole process at any place. */
import { readFileSync } from 'node:fs';
import { openMigrations, type MigratedDeployment } from '../../action/migrations/run-migrations.ts';

const [path = ''] = process.argv.slice(2);
const deployment = JSON.parse(readFileSync(path, 'utf8')) as MigratedDeployment;
const migrations = openMigrations({
  deployment,
  plan: { rollout: '7', service: 'shop', environment: 'production' },
  connectRouter: () => Promise.resolve(null),
  env: process.env,
  progress: (line) => process.stdout.write(`${line}\n`),
});
const { signal } = new AbortController();
await migrations.expand(signal);
const { rows } = await migrations.backfill(signal);
process.stdout.write(`done ${JSON.stringify(rows)}\n`);
