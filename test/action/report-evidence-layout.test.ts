/**
 * The pictures in a real browser: no text covers another, none leaves the picture, and what is untrusted stays text. The
 * fonts are this machine's; others are narrower or as wide as the widths that the layout reckons with.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { MetricEvidence, RolloutEvidence } from '../../policies/judge/rollout-evidence.ts';
import { evidenceSvg } from '../../action/report/evidence-svg.ts';
import { skipWithoutChromium, startChromium } from '../support/chromium.ts';
import {
  drawnMetric,
  failedRollout,
  passedRollout,
  rolloutEvidence,
  silentRollout,
} from '../support/rollout-evidence.ts';

const skip = skipWithoutChromium(process.env);
let browser: Browser | null = null;
before(async () => {
  if (skip === false) browser = await startChromium();
});
after(async () => browser?.close());

const hostile = `<script>globalThis.wasRun = true</script> ]]> "'& \u202eevil\u200f\u0007\ud800 ﷽ ${'à̖̗̘̙'.repeat(3)} ${'very-long-name-'.repeat(20)}`;
const hostileWide = '漢字の名前'.repeat(30);

function eightMetrics(): MetricEvidence[] {
  const kinds = ['ratio', 'rate', 'latency', 'gauge'] as const;
  return Array.from({ length: 8 }, (_, index) =>
    drawnMetric({
      name: index % 2 === 0 ? `metric ${index}` : hostileWide,
      kind: kinds[index % 4] ?? 'ratio',
      isCritical: index < 4,
      judgement: 'inconclusive',
      stableRatio: 0.02 * index,
      candidateRatio: 0.02 * index,
      points: [0, 1, 2, 40, 400][index % 5] ?? 0,
      seed: index + 1,
    }),
  );
}

const marks = [0, 20, 40, 60, 300, 310, 320, 330, 340, 350, 3900].map((atSeconds, index) => ({
  atSeconds,
  label: index === 10 ? hostile : `${index * 10} % of requests`,
}));

const pictures: Record<string, RolloutEvidence> = {
  'a failed rollout': failedRollout(),
  'a rollout that passed': passedRollout(),
  'no data': silentRollout(),
  'no metrics': rolloutEvidence('no-data', []),
  'one point': rolloutEvidence('inconclusive', [
    drawnMetric({
      name: 'errors',
      judgement: 'inconclusive',
      stableRatio: 0.02,
      candidateRatio: 0.02,
      points: 1,
    }),
  ]),
  'eight metrics of all kinds, with wide names and many steps': rolloutEvidence(
    'inconclusive',
    eightMetrics(),
    {
      service: hostile,
      candidate: hostile,
      stable: hostileWide,
      rollout: hostile,
      message: `${hostile} ${hostileWide} ${hostile}`,
      alpha: 1e-9,
      beta: 1e-9,
      marks,
    },
  ),
};

interface Text {
  text: string;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const readTexts = `[...document.querySelectorAll('svg text')].map((node) => {
  const { left, right, top, bottom } = node.getBoundingClientRect();
  return { text: node.textContent, left, right, top, bottom };
})`;

for (const [name, evidence] of Object.entries(pictures)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`${name}, ${colorScheme}: no text covers another or leaves the picture`, { skip }, async () => {
      const page = await openPicture(evidenceSvg(evidence), colorScheme);
      try {
        const texts = await page.evaluate<Text[]>(readTexts);
        assert.ok(texts.length >= 3, 'the texts were found');
        const [width, height] = await page.evaluate<[number, number]>(
          `(({ width, height }) => [width.baseVal.value, height.baseVal.value])(document.querySelector('svg'))`,
        );
        const outside = texts.filter(
          ({ left, right, top, bottom }) => left < 0 || top < 0 || right > width || bottom > height,
        );
        assert.deepEqual(outside, []);
        assert.deepEqual(overlaps(texts), []);
        assert.equal(await page.evaluate<boolean>(`'wasRun' in globalThis`), false, 'no script ran');
        assert.equal(await page.evaluate<number>(`document.querySelectorAll('script, svg svg').length`), 0);
      } finally {
        await page.close();
      }
    });
  }
}

test('as a document of its own it is well-formed and follows the preferred colours', { skip }, async () => {
  const svg = evidenceSvg(
    pictures['eight metrics of all kinds, with wide names and many steps'] ?? failedRollout(),
  );
  for (const [colorScheme, background] of [
    ['light', 'rgb(255, 255, 255)'],
    ['dark', 'rgb(13, 17, 23)'],
  ] as const) {
    const page = await openPicture(svg, colorScheme);
    try {
      const faults = await page.evaluate<number>(
        `new DOMParser().parseFromString(${JSON.stringify(svg)}, 'image/svg+xml').querySelectorAll('parsererror').length`,
      );
      assert.equal(faults, 0);
      assert.equal(
        await page.evaluate<string>(`getComputedStyle(document.querySelector('svg > rect')).fill`),
        background,
      );
    } finally {
      await page.close();
    }
  }
});

async function openPicture(svg: string, colorScheme: 'light' | 'dark'): Promise<Page> {
  assert.ok(browser !== null);
  const page = await browser.newPage({ colorScheme, viewport: { width: 1000, height: 600 } });
  await page.setContent(`<body style="margin:0">${svg}</body>`);
  return page;
}

/** Pairs whose boxes share more than the rims of their letters. */
function overlaps(texts: readonly Text[]): string[] {
  const rim = 1;
  return texts.flatMap((one, index) =>
    texts
      .slice(index + 1)
      .filter(
        (other) =>
          Math.min(one.right, other.right) - Math.max(one.left, other.left) > rim &&
          Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > rim,
      )
      .map((other) => `${one.text} | ${other.text}`),
  );
}

test('the check of overlaps sees what it looks for', () => {
  const box = { text: 'a', left: 0, right: 10, top: 0, bottom: 10 };
  assert.deepEqual(overlaps([box, { ...box, text: 'b', left: 5, right: 15 }]), ['a | b']);
  assert.deepEqual(overlaps([box, { ...box, text: 'b', left: 10, right: 20 }]), []);
});
