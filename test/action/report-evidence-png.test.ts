/**
 * The pictures as PNG. That the text is drawn is seen from pixels that differ; how it looks is for eyes, and that nothing
 * overlaps is tested on the SVG, in a browser.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { evidencePng } from '../../action/report/evidence-png.ts';
import { evidenceSvg } from '../../action/report/evidence-svg.ts';
import { buildBundle } from '../support/bundle.ts';
import { failedRollout } from '../support/rollout-evidence.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const root = join(import.meta.dirname, '../..');
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => existsSync(path)) ?? process.execPath;

/** Width and height, from the header. */
function sizeOf(png: Uint8Array): [number, number] {
  const bytes = Buffer.from(png);
  assert.equal(bytes.subarray(1, 4).toString('latin1'), 'PNG');
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

test('a PNG has two pixels to a point, in both directions', async () => {
  const png = await evidencePng(failedRollout(), 'light');
  const [, width = '', height = ''] = /viewBox="0 0 (\d+) ([\d.]+)"/.exec(evidenceSvg(failedRollout())) ?? [];
  assert.deepEqual(sizeOf(png), [2 * Number(width), 2 * Number(height)]);
});

test('the same evidence gives the same bytes; another theme, or another name in any of the alphabets, others', async () => {
  const light = await evidencePng(failedRollout(), 'light');
  assert.deepEqual(await evidencePng(failedRollout(), 'light'), light);
  assert.notDeepEqual(await evidencePng(failedRollout(), 'dark'), light);
  // A letter that no font has would leave the picture of its neighbour unchanged.
  for (const [one, other] of [
    ['shop', 'ship'],
    ['Łódź', 'Ľódź'],
    ['магазин', 'магазан'],
    ['μαγαζί', 'μαγαζά'],
    ['shop→חנות', 'shop→חנית'],
  ] as const) {
    const named = (service: string) => evidencePng({ ...failedRollout(), service }, 'light');
    assert.notDeepEqual(await named(one), await named(other), `${one} and ${other}`);
  }
});

test('the bundle carries the renderer and the fonts, and says so when one is missing', async (context) => {
  const dist = join(temporaryDirectory(context), 'dist');
  await buildBundle(dist);
  // No command draws in a test's time, so the drawing is bundled by itself, beside what the bundle carries.
  await build({
    absWorkingDir: root,
    entryPoints: ['action/report/evidence-png.ts'],
    outfile: join(dist, 'evidence-png.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
  });
  writeFileSync(join(dist, 'evidence.json'), JSON.stringify(failedRollout()));
  const program = `
    import { readFileSync, writeFileSync } from 'node:fs';
    import { evidencePng } from './evidence-png.js';
    const png = await evidencePng(JSON.parse(readFileSync('evidence.json', 'utf8')), 'light').catch((error) => error.message);
    writeFileSync('evidence.png', png);`;
  writeFileSync(join(dist, 'draw.mjs'), program);
  execFileSync(oldNode, ['draw.mjs'], { cwd: dist });
  const expected = Buffer.from(await evidencePng(failedRollout(), 'light'));
  assert.ok(readFileSync(join(dist, 'evidence.png')).equals(expected));
  assert.match(readFileSync(join(dist, 'dejavu-sans.LICENSE'), 'utf8'), /Bitstream Vera/);

  rmSync(join(dist, 'resvg.wasm'));
  execFileSync(oldNode, ['draw.mjs'], { cwd: dist });
  assert.match(
    readFileSync(join(dist, 'evidence.png'), 'utf8'),
    /^the rollout's picture could not be drawn as PNG \(.*resvg.*\); the SVG shows the same/,
  );
});

test('nothing of it is loaded where no picture is drawn', () => {
  for (const path of ['action/cli.ts', 'action/main.ts']) {
    const { stdout: loaded } = spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { registerHooks } from 'node:module';
         registerHooks({ load(url, context, next) { console.log(url); return next(url, context); } });
         process.argv = [process.argv[0], 'evenkeel', '--version'];
         await import(${JSON.stringify(join(root, path))});`,
      ],
      { encoding: 'utf8' },
    );
    assert.match(loaded, /action\/(cli|main)\.ts/, 'what is loaded was seen');
    assert.doesNotMatch(loaded, /resvg|dejavu|evidence-png/);
  }
});
