/** The pictures as text: what stands in them, for whom the colours work, and that nothing from outside comes alive. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RolloutEvidence } from '../../policies/judge/rollout-evidence.ts';
import { evidenceSvg } from '../../action/report/evidence-svg.ts';
import { formatFigure, formatNumber, formatOdds, formatTimes } from '../../action/report/picture/figures.ts';
import { timeTicks } from '../../action/report/picture/scales.ts';
import { shorten, textWidth, wrap } from '../../action/report/picture/text-width.ts';
import { colours } from '../../action/report/picture/theme.ts';
import { contrast, distanceSeenBy, visions } from '../support/colour-vision.ts';
import {
  drawnMetric,
  failedRollout,
  passedRollout,
  rolloutEvidence,
  silentRollout,
} from '../support/rollout-evidence.ts';

test('figures are written for people', () => {
  assert.deepEqual(
    [0, 0.000001, 0.00003, 0.0012, 0.0123, 0.201, 1].map((share) => formatFigure('ratio', share)),
    ['0 %', 'under 0.001 %', '0.003 %', '0.12 %', '1.2 %', '20.1 %', '100 %'],
  );
  assert.deepEqual(
    [0, 0.00123, 2.1, 12.34, 1204, 1_234_567, 5.2e9, -3].map((value) => formatNumber(value)),
    ['0', '0.00123', '2.1', '12.3', '1,204', '1.23 million', '5.2 billion', '-3'],
  );
  assert.deepEqual([0.85, 1, 2.13, 92.4].map(formatTimes), ['0.85x', '1.0x', '2.1x', '92x']);
  assert.deepEqual([0, Math.log(4512), -Math.log(12), Math.log(1e6), 700, -Infinity].map(formatOdds), [
    '1 : 1',
    '4,500 : 1',
    '1 : 12',
    '1 million : 1',
    'over 1 trillion : 1',
    'under 1 : 1 trillion',
  ]);
  assert.deepEqual(
    timeTicks(0, 300).map(({ text }) => text),
    ['0 min', '1 min', '2 min', '3 min', '4 min', '5 min'],
  );
});

test('long text is cut with an ellipsis, and lines are broken at spaces', () => {
  const style = { size: 12 };
  assert.equal(shorten('errors', 100, style), 'errors');
  const cut = shorten('very-long-metric-name', 60, style);
  assert.match(cut, /^very.*…$/);
  assert.ok(textWidth(cut, style) <= 60);
  assert.deepEqual(wrap('one two three four five', 60, 3, style), ['one two', 'three four', 'five']);
  assert.deepEqual(wrap('one two three four five', 60, 2, style), ['one two', 'three f…']);
});

test('a failed rollout says what happened, where the line was crossed, and how to read it', () => {
  const svg = evidenceSvg(failedRollout());
  for (const part of [
    '<title>shop: the new version is worse</title>',
    '>shop: the new version is worse</text>',
    '>errors is worse than tolerated: the candidate fails about twice as often as the stable version.</text>',
    '>rolled back here: 100 : 1</text>',
    '>fine from 20 : 1</text>',
    '>rolled back</text>',
    '>100 : 1</text>',
    '>How to read this: ',
  ])
    assert.ok(svg.includes(part), part);
  assert.match(svg, /^<svg [^>]*role="img"/);
  const description = /<desc>(.*?)<\/desc>/.exec(svg)?.[1] ?? '';
  assert.match(
    description,
    /errors: worse\. Candidate 2\.3 %, stable 1\.1 %; the data say worse 120 : 1, fine under 1 : 1\./,
  );
  assert.match(description, /Steps: 5 % of requests after 0 s; .*; rolled back after 5 min\./);
});

test('a rollout that passed, and one without data, do not speak of a rollback', () => {
  const passed = evidenceSvg(passedRollout());
  assert.ok(passed.includes('>fine from here: 20 : 1</text>'));
  assert.ok(passed.includes('>rolls back at 100 : 1</text>'));
  assert.ok(!passed.includes('rolled back'));
  const silent = evidenceSvg(silentRollout());
  assert.ok(silent.includes('>Nothing was seen of this metric, so there is nothing to draw.</text>'));
});

test('a metric that is not critical warns and does not roll back', () => {
  const metric = drawnMetric({
    name: 'errors',
    isCritical: false,
    judgement: 'fail',
    stableRatio: 0.01,
    candidateRatio: 0.03,
  });
  const svg = evidenceSvg(rolloutEvidence('pass', [metric]));
  assert.ok(svg.includes('>warned here: 100 : 1</text>'));
  assert.ok(svg.includes('>worse · not critical</text>'));
});

test('the same evidence gives the same bytes, in whatever order its points come', () => {
  const evidence = passedRollout();
  const shuffled = {
    ...evidence,
    metrics: evidence.metrics.map((metric) => ({ ...metric, points: metric.points.toReversed() })),
  };
  assert.equal(evidenceSvg(structuredClone(evidence)), evidenceSvg(evidence));
  assert.equal(evidenceSvg(shuffled), evidenceSvg(evidence));
});

test('a theme fixes the colours; without one they follow the viewer', () => {
  const fixed = evidenceSvg(failedRollout(), 'dark');
  assert.ok(!/var\(|@media/.test(fixed));
  assert.ok(fixed.includes(colours.dark.background) && !fixed.includes(colours.light.candidate));
  assert.ok(evidenceSvg(failedRollout()).includes('@media (prefers-color-scheme:dark)'));
});

test('text has a contrast of at least 4.5 : 1 in both themes, on the ground and in the panels', () => {
  assert.ok(Math.abs(contrast('#000000', '#ffffff') - 21) < 1e-9, 'the scale is that of WCAG');
  for (const [theme, palette] of Object.entries(colours)) {
    for (const name of [
      'text',
      'muted',
      'candidate',
      'stable',
      'worse',
      'fine',
      'undecided',
      'background',
    ] as const) {
      // The badge's sign is the background's colour on the judgement's.
      const grounds =
        name === 'background'
          ? [palette.worse, palette.fine, palette.undecided]
          : [palette.background, palette.panel];
      for (const ground of grounds) {
        const found = contrast(palette[name], ground);
        assert.ok(found >= 4.5, `${theme} ${name} on ${ground}: ${found.toFixed(2)}`);
      }
    }
  }
});

test('the two lines of a panel differ for colour-blind people too', () => {
  // A difference of 2 in CIELAB is just visible side by side; apart and in thin lines it takes several times as much.
  const least = 40;
  assert.ok(
    distanceSeenBy('deuteranopia', '#e00000', '#a06000') < least,
    'red and brown are alike without green',
  );
  for (const palette of Object.values(colours)) {
    for (const vision of visions) {
      for (const [one, other] of [
        [palette.candidate, palette.stable],
        [palette.worse, palette.fine],
      ] as const) {
        const distance = distanceSeenBy(vision, one, other);
        assert.ok(distance >= least, `${vision}: ${one} and ${other} are ${distance.toFixed(1)} apart`);
      }
    }
  }
});

test('what is untrusted stays text: no markup, no control characters, no marks of direction', () => {
  const hostile = '<script>alert(1)</script> ]]> "\'& \u0000\u0007\u001b[31m\u202e\u200f\u2066\ud800\uffff';
  const svg = evidenceSvg(
    rolloutEvidence(
      'fail',
      [
        drawnMetric({
          name: hostile,
          judgement: 'fail',
          stableRatio: 0.01,
          candidateRatio: 0.02,
          summary: hostile,
        }),
      ],
      {
        service: hostile,
        rollout: hostile,
        candidate: hostile,
        stable: hostile,
        message: hostile,
        marks: [{ atSeconds: 1, label: hostile }],
      },
    ),
  );
  assert.ok(!svg.includes('<script') && !svg.includes(']]>'));
  assert.ok(svg.includes('&lt;script&gt;') && svg.includes('\\u202e'));
  assert.ok(!/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufffe\uffff]/.test(svg));
  assert.ok(svg.isWellFormed());
});

const number = fc.oneof(fc.double(), fc.constantFrom(0, -0, 1, NaN, Infinity, -Infinity));
const rate = fc.option(fc.record({ rate: number, low: number, high: number }));
const judgement = fc.constantFrom('pass', 'fail', 'inconclusive', 'no-data');
const anyEvidence: fc.Arbitrary<RolloutEvidence> = fc.record({
  service: fc.string({ unit: 'binary' }),
  rollout: fc.string(),
  candidate: fc.string(),
  stable: fc.string(),
  judgement,
  message: fc.string({ unit: 'binary', maxLength: 600 }),
  alpha: number,
  beta: number,
  marks: fc.array(fc.record({ atSeconds: number, label: fc.string() }), { maxLength: 12 }),
  metrics: fc.array(
    fc.record({
      name: fc.string({ unit: 'binary' }),
      kind: fc.constantFrom('ratio', 'rate', 'latency', 'gauge'),
      isCritical: fc.boolean(),
      judgement,
      summary: fc.string(),
      points: fc.array(
        fc.record({
          atSeconds: number,
          logEvidenceOfHarm: number,
          logEvidenceOfSafety: number,
          candidate: rate,
          baseline: rate,
        }),
        { maxLength: 20 },
      ),
    }),
    { maxLength: 8 },
  ),
});

test('whatever the numbers are, every coordinate is one and lies in the picture', () => {
  fc.assert(
    fc.property(anyEvidence, (evidence) => {
      const svg = evidenceSvg(evidence);
      const [, width = 0, height = 0] = (/viewBox="0 0 (\d+) ([\d.]+)"/.exec(svg) ?? []).map(Number);
      assert.ok(width > 0 && height > 0 && height < 6000);
      const coordinates = [...svg.matchAll(/ (d|x|y|cx|cy|r|width|height|font-size)="([^"]*)"/g)];
      for (const [, name, value = ''] of coordinates) {
        assert.match(value, /^[\dMLHVChSZ .-]+$/, `${name ?? ''}="${value}"`);
        for (const found of value.match(/-?[\d.]+/g) ?? [])
          assert.ok(Number(found) >= -20 && Number(found) <= Math.max(width, height), value);
      }
      assert.ok(!/NaN|Infinity|undefined/.test(svg.replace(/<(text|title|desc)[ >].*?<\/\1>/gs, '')));
    }),
    { numRuns: 200 },
  );
});
