/** Where the pictures of a rollout appear: files, a step summary, a terminal. GitHub's own rendering is not tested here. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { chartColours, evidenceMarkdown } from '../../action/github/evidence-markdown.ts';
import { evidenceLines } from '../../action/report/evidence-lines.ts';
import { evidenceSvg } from '../../action/report/evidence-svg.ts';
import { writeRolloutPictures } from '../../action/report/rollout-pictures.ts';
import { Failure } from '../../stacks/failure.ts';
import { contrast, distanceSeenBy, visions } from '../support/colour-vision.ts';
import {
  drawnMetric,
  failedRollout,
  passedRollout,
  rolloutEvidence,
  silentRollout,
} from '../support/rollout-evidence.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

test('both files are written as a whole, into a directory that need not be there', async (context) => {
  const directory = join(temporaryDirectory(context), 'new', 'pictures');
  const paths = await writeRolloutPictures(directory, failedRollout());
  assert.deepEqual(paths, { svg: join(directory, 'evidence.svg'), png: join(directory, 'evidence.png') });
  assert.equal(readFileSync(paths.svg, 'utf8'), evidenceSvg(failedRollout()));
  await writeRolloutPictures(directory, passedRollout());
  assert.equal(readFileSync(paths.svg, 'utf8'), evidenceSvg(passedRollout()));
  assert.deepEqual(
    readdirSync(directory).sort(),
    ['evidence.png', 'evidence.svg'],
    'no temporary file is left',
  );
});

test('a directory that cannot be written is said in a sentence', async (context) => {
  const file = join(temporaryDirectory(context), 'a-file');
  writeFileSync(file, '');
  await assert.rejects(writeRolloutPictures(file, failedRollout()), (error: unknown) => {
    assert.ok(error instanceof Failure);
    assert.equal(error.reasonCode, 'picture-not-written');
    assert.match(
      error.message,
      /could not be written to .*evidence\.svg \(.*\); make the directory writable/,
    );
    return true;
  });
});

test('a step summary has a table, charts that Mermaid draws, and the names of the files', () => {
  const markdown = evidenceMarkdown(failedRollout(), ['.evenkeel/pictures/42/evidence.svg']);
  const lines = markdown.split('\n');
  assert.equal(lines[0], '### ❌ shop: the new version is worse');
  assert.ok(lines.includes('| errors | ❌ worse | 2.3 % | 1.1 % | 2.1x | 120 : 1 | under 1 : 1 |'));
  assert.ok(lines.includes('  x-axis "minutes" 0.167 --> 5'));
  assert.ok(lines.includes('  y-axis "percent" 0 --> 4'));
  const values = lines
    .filter((line) => line.startsWith('  line ['))
    .map((line) => line.slice(8, -1).split(', '));
  assert.deepEqual(
    values.map((series) => series.length),
    [25, 25],
  );
  assert.ok(values.flat().every((value) => /^\d+(\.\d+)?$/.test(value)));
  assert.match(markdown, /<code>\.evenkeel\/pictures\/42\/evidence\.svg<\/code>/);
  assert.ok(!markdown.includes('data:') && !markdown.includes('<svg'), 'GitHub drops both');
});

test('a chart begins when both versions have been seen, and there is none without data', () => {
  const evidence = failedRollout();
  const [metric] = evidence.metrics;
  assert.ok(metric !== undefined);
  metric.points = metric.points.map((point, index) => (index < 6 ? { ...point, baseline: null } : point));
  assert.match(evidenceMarkdown(evidence, []), /x-axis "minutes" 1\.167 --> 5/);
  assert.doesNotMatch(evidenceMarkdown(silentRollout(), []), /mermaid/);
  assert.match(evidenceMarkdown(rolloutEvidence('no-data', []), []), /No metric was judged\./);
});

test('names from outside neither end a chart nor mention anybody', () => {
  const hostile = '"]\n```\n%%{init}%% </details><script> @team | `x` #1';
  const metric = drawnMetric({
    name: hostile,
    judgement: 'fail',
    stableRatio: 0.01,
    candidateRatio: 0.03,
    points: 5,
  });
  const markdown = evidenceMarkdown(
    rolloutEvidence('fail', [metric], {
      service: hostile,
      message: hostile,
      marks: [{ atSeconds: 1, label: hostile }],
    }),
    [hostile],
  );
  const fences = markdown.split('\n').filter((line) => line.startsWith('```'));
  assert.deepEqual(fences, ['```mermaid', '```']);
  assert.doesNotMatch(markdown, /<script|@team|[^\\]\| `x`/);
  assert.equal(markdown.match(/<\/details>/g)?.length, 1);
  assert.equal(markdown.match(/%%\{init/g)?.length, 1, 'only its own directive');
});

test("a summary's size stays far below GitHub's limit", () => {
  const metrics = Array.from({ length: 8 }, (_, index) =>
    drawnMetric({
      name: `metric ${index}`,
      judgement: 'pass',
      stableRatio: 0.02,
      candidateRatio: 0.02,
      points: 400,
    }),
  );
  const bytes = Buffer.byteLength(evidenceMarkdown(rolloutEvidence('pass', metrics), []));
  assert.ok(bytes < 50_000, `${bytes} bytes`);
});

test("the charts' two colours show on GitHub's grounds, also for colour-blind people", () => {
  const { candidate, stable } = chartColours;
  // Mermaid's own dark ground is the third.
  for (const ground of ['#ffffff', '#0d1117', '#333333'])
    for (const colour of [candidate, stable])
      assert.ok(contrast(colour, ground) >= 3, `${colour} on ${ground}: ${contrast(colour, ground)}`);
  for (const vision of visions) assert.ok(distanceSeenBy(vision, candidate, stable) >= 40, vision);
});

test('a terminal has one line a metric; only evidence that decides fills a bar', () => {
  const failed = evidenceLines(failedRollout());
  assert.equal(failed.length, 2);
  assert.match(
    failed[0] ?? '',
    /^errors {2}worse {2}[▁-▇]{23}█ {2}candidate 2\.3 %, stable 1\.1 %; “worse” 120 : 1, “fine” under 1 : 1$/,
  );
  assert.equal(failed[1], 'bars: how strongly the data say “worse”; a full one decides, at 100 : 1');
  assert.ok(!evidenceLines(passedRollout()).join('').includes('█'));
  assert.match(evidenceLines(silentRollout())[0] ?? '', /^errors {2}no data {2}nothing was seen$/);
  assert.deepEqual(evidenceLines(rolloutEvidence('no-data', [])), []);
});

test('a name cannot steer the terminal, and is cut', () => {
  const metric = drawnMetric({
    name: `\u001b[2Jerrors ${'x'.repeat(40)}`,
    judgement: 'inconclusive',
    stableRatio: 0.02,
    candidateRatio: 0.02,
    points: 3,
  });
  const [line = ''] = evidenceLines(rolloutEvidence('inconclusive', [metric]));
  assert.match(line, /^\\u001b\[2Jerrors x+… {2}not decided {2}/);
});
