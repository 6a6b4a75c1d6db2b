/** A target that is somebody's own Pulumi program: it goes the same way as ours, and its mistakes are sentences. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findPulumi } from '../../action/deployer/pulumi/find-pulumi.ts';
import { openStack, type StackDriver } from '../../action/deployer/pulumi/stack-driver.ts';
import type { Exposure } from '../../stacks/exposure.ts';
import { loadTarget } from '../../stacks/load-target.ts';
import { failureOf } from '../support/failure-of.ts';
import { serviceForTest } from '../support/release-of-service.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const never = new AbortController().signal;
const pulumi = await findPulumi({ env: process.env, progress: () => undefined, signal: never });

function exposed(candidateBasisPoints: number): Exposure {
  const stable = { digest: `sha256:${'a'.repeat(64)}`, commit: 'a', tree: 'a', directory: '/' };
  const pins = { stable: 's', candidate: 'c' };
  return { stable, candidate: null, candidateBasisPoints, capacity: { stable: 1, candidate: 1 }, pins };
}

interface OwnTarget {
  apply(exposure: Exposure): ReturnType<StackDriver['apply']>;
}

/** A target that is somebody's own module in a release, as `target: ./target.ts` in the policy names it. */
async function openOwnTarget(context: TestContext, program: string): Promise<OwnTarget> {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-test-'));
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(
    join(import.meta.dirname, '../../node_modules/@pulumi'),
    join(directory, 'node_modules/@pulumi'),
  );
  writeFileSync(
    join(directory, 'target.mjs'),
    `import * as pulumi from '@pulumi/pulumi';\nexport const target = { ${program} };\n`,
  );
  const stack = await openStack({
    pulumiPath: pulumi.path,
    stateDirectory: join(directory, '.evenkeel'),
    environment: 'production',
    service: serviceForTest(8080),
    target: await loadTarget('./target.mjs', directory),
    env: {},
    progress: () => undefined,
  });
  context.after(async () => {
    await stack.destroy();
    rmSync(directory, { recursive: true, force: true });
  });
  return { apply: (exposure) => stack.apply(exposure, never) };
}

test('a target of one’s own goes the same way, with any resources it likes', async (context) => {
  const target = await openOwnTarget(
    context,
    `async program(exposure, service) {
      const weight = new pulumi.Stash('weight', { input: exposure.candidateBasisPoints });
      return {
        public: pulumi.interpolate\`https://\${service.name}.example/?weight=\${weight.output}\`,
        stable: [], candidate: ['https://candidate.example/'], metrics: 'https://metrics.example',
      };
    }`,
  );
  assert.deepEqual(await target.apply(exposed(700)), {
    public: 'https://shop.example/?weight=700',
    stable: [],
    candidate: ['https://candidate.example'],
    metrics: 'https://metrics.example',
  });
});

test('a target of one’s own that says nothing useful is an input error', async (context) => {
  const mute = await openOwnTarget(context, `async program() { return { public: 'somewhere' }; }`);
  const said = await failureOf(mute.apply(exposed(0)));
  assert.deepEqual([said.kind, said.reasonCode], ['input', 'target-invalid']);
  assert.match(said.message, /no usable `public`/);
});

test('a target of one’s own that throws is one sentence, and ends nobody’s process', (context) => {
  // In a process of its own: the test runner takes a rejection that Pulumi's SDK looks after for a failure of the test.
  const directory = temporaryDirectory(context);
  writeFileSync(
    join(directory, 'target.mjs'),
    `export const target = { async program() { throw new Error('no such cluster'); } };\n`,
  );
  const from = (path: string): string => JSON.stringify(join(import.meta.dirname, '../..', path));
  writeFileSync(
    join(directory, 'apply.ts'),
    `import { openStack } from ${from('action/deployer/pulumi/stack-driver.ts')};
import { loadTarget } from ${from('stacks/load-target.ts')};
import { serviceForTest } from ${from('test/support/release-of-service.ts')};
const stack = await openStack({
  pulumiPath: ${JSON.stringify(pulumi.path)}, stateDirectory: ${JSON.stringify(join(directory, '.evenkeel'))},
  environment: 'production', service: serviceForTest(8080), env: {}, progress: () => undefined,
  target: await loadTarget('./target.mjs', ${JSON.stringify(directory)}),
});
const exposure = { stable: null, candidate: null, candidateBasisPoints: 0, capacity: { stable: 1, candidate: 1 },
  pins: { stable: '', candidate: '' } };
await stack.apply(exposure, new AbortController().signal).catch((error) =>
  process.stdout.write(\`\${error.reasonCode}: \${error.message}\`));
`,
  );
  const printed = execFileSync(process.execPath, [join(directory, 'apply.ts')], { encoding: 'utf8' });
  assert.equal(printed, 'target-failed: Pulumi could not bring the target there: no such cluster');
});
