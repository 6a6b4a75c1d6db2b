/** Where the Pulumi CLI is looked for, in order, and what is said when it is nowhere. Small scripts stand in for CLI and Go. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findPulumi, pulumiVersion } from '../../action/deployer/pulumi/find-pulumi.ts';
import { failureOf } from '../support/failure-of.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const never = new AbortController().signal;

interface Machine {
  home: string;
  env: Record<string, string>;
  /** Puts an executable script at a path below the home; returns where. */
  install(path: string, script: string): string;
}

/** A machine with nothing on it and no network. */
function emptyMachine(context: TestContext): Machine {
  const home = temporaryDirectory(context);
  const noNetwork = join(home, 'no-network.mjs');
  writeFileSync(noNetwork, "globalThis.fetch = () => Promise.reject(new Error('no network'));");
  return {
    home,
    env: { HOME: home, PATH: join(home, 'bin'), NODE_OPTIONS: `--import=${noNetwork}` },
    install(path, script) {
      const file = join(home, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `#!/bin/sh\n${script}\n`);
      chmodSync(file, 0o755);
      return file;
    },
  };
}

function find(machine: Machine, progress: string[] = [], signal = never): ReturnType<typeof findPulumi> {
  return findPulumi({ env: machine.env, progress: (line) => progress.push(line), signal });
}

/** Stands in for Go: `go build … -o FILE …` makes a CLI, slowly enough for a second process to come by. */
const fakeGo = `echo "$*" >> "$HOME/go.log"
if [ "$1" = build ]; then
  /bin/sleep 0.3
  printf '#!/bin/sh\\necho v${pulumiVersion}\\n' > "$5"
  /bin/chmod 755 "$5"
fi`;

test('the places are tried in order', async (context) => {
  const machine = emptyMachine(context);
  const version = `echo v${pulumiVersion}`;
  const cached = machine.install(`.cache/evenkeel/pulumi/${pulumiVersion}/pulumi`, version);
  assert.deepEqual(await find(machine), {
    path: cached,
    version: pulumiVersion,
    foundBy: 'an earlier build',
  });
  const downloaded = machine.install(`.pulumi/versions/${pulumiVersion}/bin/pulumi`, version);
  assert.equal((await find(machine)).path, downloaded);
  const onPath = machine.install('bin/pulumi', 'echo v3.260.1');
  assert.deepEqual(await find(machine), { path: onPath, version: '3.260.1', foundBy: 'PATH' });
  const named = machine.install('elsewhere/pulumi', version);
  machine.env['EVENKEEL_PULUMI'] = named;
  assert.deepEqual(await find(machine), { path: named, version: pulumiVersion, foundBy: 'EVENKEEL_PULUMI' });
});

test('a CLI that is too early, or is none, is passed over', async (context) => {
  const machine = emptyMachine(context);
  machine.install('bin/pulumi', 'echo v3.41.0');
  machine.install('.pulumi/bin/pulumi', 'exit 1');
  const cached = machine.install(`.cache/evenkeel/pulumi/${pulumiVersion}/pulumi`, `echo v${pulumiVersion}`);
  assert.equal((await find(machine)).path, cached);
});

test('one that was named and does not work is a mistake to correct', async (context) => {
  const machine = emptyMachine(context);
  machine.env['EVENKEEL_PULUMI'] = '/nowhere/pulumi';
  const failure = await failureOf(find(machine));
  assert.deepEqual([failure.kind, failure.reasonCode], ['input', 'pulumi-missing']);
  assert.equal(
    failure.message,
    'EVENKEEL_PULUMI names /nowhere/pulumi, which does not exist; correct or unset it',
  );
});

test('when it is nowhere, one sentence says what was tried and what to do', async (context) => {
  const machine = emptyMachine(context);
  const early = machine.install('bin/pulumi', 'echo v2.1.0');
  const failure = await failureOf(find(machine));
  assert.deepEqual([failure.kind, failure.reasonCode], ['input', 'pulumi-missing']);
  assert.equal(
    failure.message,
    `the Pulumi CLI is missing (tried: ${early} is version 2.1.0, and 3.200.0 or a later 3 is needed; the official download failed (no network); Go, to build it with, is not installed); install Pulumi ${pulumiVersion} or name its path in EVENKEEL_PULUMI`,
  );
});

test('two at once build it once, and both use what was built', async (context) => {
  const machine = emptyMachine(context);
  machine.install('bin/go', fakeGo);
  const progress: string[] = [];
  const found = await Promise.all([find(machine, progress), find(machine, progress)]);
  const built = join(machine.home, `.cache/evenkeel/pulumi/${pulumiVersion}/pulumi`);
  assert.deepEqual(
    found.map(({ path, foundBy }) => [path, foundBy]),
    [
      [built, 'a build from the Go module'],
      [built, 'a build from the Go module'],
    ],
  );
  const builds = readFileSync(join(machine.home, 'go.log'), 'utf8')
    .split('\n')
    .filter((line) => /^build/.test(line));
  assert.equal(builds.length, 1);
  assert.match(
    progress.join('\n'),
    /from its Go module.*\n?.*waiting for it|waiting for it.*\n?.*from its Go module/s,
  );
  assert.equal(existsSync(`${built}.building`), false);
});

test('a build that was killed does not keep the next one waiting', async (context) => {
  const machine = emptyMachine(context);
  machine.install('bin/go', fakeGo);
  const built = join(machine.home, `.cache/evenkeel/pulumi/${pulumiVersion}/pulumi`);
  mkdirSync(dirname(built), { recursive: true });
  // No process has this id: it is above what Linux and macOS give out.
  writeFileSync(`${built}.building`, '99999999');
  assert.equal((await find(machine)).path, built);
});

test('a build that fails says why, and leaves nothing half done', async (context) => {
  const machine = emptyMachine(context);
  machine.install('bin/go', 'if [ "$1" = mod ]; then echo "no module proxy" >&2; exit 1; fi');
  const failure = await failureOf(find(machine));
  assert.match(failure.message, /the build from the Go module failed \(no module proxy\)/);
  assert.equal(existsSync(join(machine.home, `.cache/evenkeel/pulumi/${pulumiVersion}/pulumi`)), false);
});

test('Ctrl-C during the search is an interruption, not a missing CLI', async (context) => {
  const machine = emptyMachine(context);
  machine.install('bin/go', 'if [ "$1" = mod ]; then exec /bin/sleep 60; fi');
  const abort = new AbortController();
  const search = findPulumi({
    env: machine.env,
    progress: (line) => {
      if (/from its Go module/.test(line)) setImmediate(() => abort.abort());
    },
    signal: abort.signal,
  });
  assert.equal((await failureOf(search)).reasonCode, 'interrupted');
});
