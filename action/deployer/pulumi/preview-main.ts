/**
 * Previews one Node project through its own Pulumi SDK: the program and the engine must share one copy of it. Prints the
 * steps as one line of JSON; everything that goes wrong goes to standard error.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as automation from '@pulumi/pulumi/automation/index.js';
import type { PreviewStep } from '../../../analyzers/scope.ts';
import type { PreviewTask } from './preview-program.ts';
import { linkCli } from './pulumi-home.ts';

// Our own parent's argument.
const task = JSON.parse(process.argv[2] ?? '{}') as PreviewTask;
const sdk = resolveSdk(task.directory);
// The module that the project itself would import under this name.
const pulumi = createRequire(import.meta.url)(sdk) as typeof automation;

// The CLI reads a stack's settings in its working directory, and writes to them: a copy, never the project's own file.
const workDir = join(task.scratch, 'work');
mkdirSync(workDir);
if (task.stackFile !== null) copyFileSync(task.stackFile, join(workDir, basename(task.stackFile)));

const stack = await pulumi.LocalWorkspace.createOrSelectStack(
  {
    projectName: task.settings.name,
    stackName: task.stack,
    program: async () => {
      const module: unknown = await import(pathToFileURL(task.program).href);
      return typeof module === 'object' && module !== null ? Object.fromEntries(Object.entries(module)) : {};
    },
  },
  {
    pulumiCommand: await pulumi.PulumiCommand.get({
      root: linkCli(task.scratch, task.pulumiPath),
      skipVersionCheck: true,
    }),
    workDir,
    projectSettings: task.settings,
    envVars: {
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      ...(task.backend === undefined ? {} : { PULUMI_BACKEND_URL: task.backend }),
    },
    ...(task.home === undefined ? {} : { pulumiHome: task.home }),
  },
);

const steps: PreviewStep[] = [];
await stack.preview({
  color: 'never',
  onEvent(event) {
    const step = event.resourcePreEvent?.metadata;
    if (step === undefined || isOwnPart(step.type, step.urn)) return;
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

/** The stack itself and the providers that nobody declared say nothing about the infrastructure. */
function isOwnPart(type: string, urn: string): boolean {
  return (
    type === 'pulumi:pulumi:Stack' || (type.startsWith('pulumi:providers:') && /::default\w*$/.test(urn))
  );
}

function resolveSdk(directory: string): string {
  try {
    return createRequire(join(directory, 'package.json')).resolve('@pulumi/pulumi/automation');
  } catch {
    process.stderr.write(
      'error: its dependencies are not installed (@pulumi/pulumi); install them in `code.commands`, for instance with npm ci\n',
    );
    process.exit(1);
  }
}
