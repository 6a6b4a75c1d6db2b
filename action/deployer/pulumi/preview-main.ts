/**
 * Previews one Node project through its own Pulumi SDK: the program and the engine must share one copy of it. Prints the
 * steps as one line of JSON; everything that goes wrong goes to standard error.
 */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as automation from '@pulumi/pulumi/automation/index.js';
import type { PreviewStep } from '../../../analyzers/scope.ts';
import type { PreviewTask } from './preview-program.ts';

// Our own parent's argument.
const task = JSON.parse(process.argv[2] ?? '{}') as PreviewTask;
const sdk = createRequire(join(task.directory, 'package.json')).resolve('@pulumi/pulumi/automation');
// The module that the project itself would import under this name.
const pulumi = createRequire(import.meta.url)(sdk) as typeof automation;

const root = join(task.home, 'cli');
mkdirSync(join(root, 'bin'), { recursive: true });
rmSync(join(root, 'bin', 'pulumi'), { force: true });
symlinkSync(task.pulumiPath, join(root, 'bin', 'pulumi'));

const stack = await pulumi.LocalWorkspace.createOrSelectStack(
  {
    projectName: task.project,
    stackName: task.stack,
    program: async () => {
      const module: unknown = await import(pathToFileURL(task.program).href);
      return typeof module === 'object' && module !== null ? Object.fromEntries(Object.entries(module)) : {};
    },
  },
  {
    pulumiCommand: await pulumi.PulumiCommand.get({ root, skipVersionCheck: true }),
    pulumiHome: task.home,
    projectSettings: { name: task.project, runtime: 'nodejs', backend: { url: task.backend } },
    envVars: {
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      PULUMI_CONFIG_PASSPHRASE: process.env['PULUMI_CONFIG_PASSPHRASE'] ?? '',
    },
  },
);

const steps: PreviewStep[] = [];
await stack.preview({
  color: 'never',
  onEvent(event) {
    const step = event.resourcePreEvent?.metadata;
    if (step === undefined || step.type === 'pulumi:pulumi:Stack') return;
    steps.push({
      op: step.op,
      urn: step.urn,
      type: step.type,
      name: step.urn.split('::').at(-1) ?? '',
      protect: step.old?.protect ?? step.new?.protect ?? false,
      diff: step.diffs ?? [],
      replaceReasons: step.keys ?? [],
    });
  },
});
process.stdout.write(`${JSON.stringify(steps)}\n`);
process.exit(0);
