import type { RolloutEvidence } from '../../../policies/judge/rollout-evidence.ts';
import { element } from './markup.ts';
import type { Colour } from './theme.ts';

type JudgementName = RolloutEvidence['judgement'];

export const judgementColours = {
  pass: 'fine',
  fail: 'worse',
  inconclusive: 'undecided',
  'no-data': 'undecided',
} as const satisfies Record<JudgementName, Colour>;

/** A tick, a cross, a wave, a bar, in a circle of radius 10: the shape alone tells the judgement. */
const shapes: Readonly<Record<JudgementName, string>> = {
  pass: 'M-4.5 0.5L-1.5 3.5L4.5 -3.5',
  fail: 'M-3.5 -3.5L3.5 3.5M-3.5 3.5L3.5 -3.5',
  inconclusive: 'M-5 1C-3 -4 -1.5 -2 0 0S3 4 5 -1',
  'no-data': 'M-4.5 0H4.5',
};

/** The judgement as a mark, whose middle is at `x`, `y`. */
export function badge(judgement: JudgementName, x: number, y: number, scale = 1): string {
  const colour = judgementColours[judgement];
  return element(
    'g',
    { transform: `translate(${x} ${y}) scale(${scale})` },
    element('circle', { cx: 0, cy: 0, r: 10, class: `evk-${colour}` }),
    element('path', { d: shapes[judgement], class: 'evk-line evk-background-stroke evk-badge' }),
  );
}
