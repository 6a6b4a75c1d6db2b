/** Draws what `exploreRollout` finds: the road on the left, the way back on the right, every move between them. */
import type { RolloutState } from '../../policies/rollout/state.ts';
import { exploreRollout, type Explored, type MoveKind } from './explore-rollout.ts';

interface Box {
  title: string;
  /** What can hold the rollout here. */
  holds: Set<string>;
  isBack: boolean;
}

const width = 250;
const height = 44;
const gap = 26;
const top = 64;
const columns = { road: 60, back: 560 };
const colours: Readonly<Record<MoveKind, string>> = {
  done: '#2e7d32',
  onward: '#1565c0',
  back: '#c62828',
  failure: '#b26a00',
};
const legend: Readonly<Record<MoveKind, string>> = {
  done: 'the effect is done',
  onward: 'a start, a pass, a promotion',
  back: 'harm, no data for too long, or somebody who wants it back',
  failure: 'an effect failed, is overdue, or proved nothing; time',
};

/** The picture of the machine's states, as SVG. */
export function renderRolloutStates(): string {
  const explored = exploreRollout();
  const boxes = boxesOf(explored);
  const places = new Map([...placesOf(boxes, false), ...placesOf(boxes, true)]);
  const lines = linesOf(explored, places);
  const rows = Math.max(...[...places.values()].map(({ y }) => y)) + height + gap;
  const kinds = Object.entries(legend).map(
    ([kind, words], index) =>
      `<text x="${columns.road}" y="${rows + 24 + index * 18}" fill="${colours[kind as MoveKind]}">— ${words}</text>`,
  );
  return `${[
    '<!-- Written by `npm run generate` from policies/rollout/transition.ts. Do not edit. -->',
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 ${rows + 100}" font-family="sans-serif" font-size="13">`,
    '<title>States of a rollout</title>',
    `<rect width="880" height="${rows + 100}" fill="#ffffff"/>`,
    `<text x="${columns.road}" y="36" font-size="16" fill="#222222">the road</text>`,
    `<text x="${columns.back}" y="36" font-size="16" fill="#222222">the way back</text>`,
    ...lines,
    ...[...boxes].map(([name, box]) => boxAt(box, places.get(name) ?? { x: 0, y: 0 })),
    ...kinds,
    `<text x="${columns.back}" y="${rows + 24}" fill="#555555">${explored.states.length} states on three small plans,</text>`,
    `<text x="${columns.back}" y="${rows + 42}" fill="#555555">${explored.moves.length} moves, each one tried</text>`,
    '</svg>',
  ].join('\n')}\n`;
}

/** The states that look alike to people: one phase and what it waits for. */
function nameOf(state: RolloutState): string {
  if (state.phase === 'rolling-back' && state.pending === null) return 'rolling-back: stuck';
  const { pending } = state;
  if (pending === null) return state.phase;
  const pace = pending.pace === undefined ? '' : ` (${pending.pace})`;
  return `${state.phase}: ${pending.name}${pace}`;
}

function boxesOf({ states }: Explored): Map<string, Box> {
  const boxes = new Map<string, Box>();
  for (const state of states) {
    const name = nameOf(state);
    const isBack = state.phase === 'rolling-back' || state.phase === 'rolled-back';
    const box = boxes.get(name) ?? { title: name, holds: new Set(), isBack };
    const hold = state.withheld ?? ('hold' in state ? state.hold : null);
    if (hold !== null) box.holds.add(hold.kind);
    boxes.set(name, box);
  }
  return boxes;
}

const order = [
  ...['planned', 'migrating', 'backfilling', 'preparing', 'rehearsing', 'canary: ', 'canary', 'scaling'],
  ...[
    'flipping',
    'baking',
    'settling',
    'settled',
    'rolling-back: restore',
    'rolling-back: withdraw (gradual)',
  ],
  ...[
    'rolling-back: withdraw (flip)',
    'rolling-back: reconcile',
    'rolling-back: stuck',
    'rolled-back: ',
    'rolled-back',
  ],
];

function placesOf(boxes: ReadonlyMap<string, Box>, isBack: boolean): [string, { x: number; y: number }][] {
  const rank = (name: string): number => order.findIndex((prefix) => name.startsWith(prefix));
  const column = isBack ? columns.back : columns.road;
  const first = isBack ? top + 2 * (height + gap) : top;
  return [...boxes]
    .filter(([, box]) => box.isBack === isBack)
    .sort(([one], [other]) => rank(one) - rank(other) || one.localeCompare(other))
    .map(([name], index) => [name, { x: column, y: first + index * (height + gap) }]);
}

function linesOf({ moves }: Explored, places: ReadonlyMap<string, { x: number; y: number }>): string[] {
  const drawn = new Map<string, string>();
  for (const { from, to, kind } of moves) {
    const [start, goal] = [nameOf(from), nameOf(to)];
    const [a, b] = [places.get(start), places.get(goal)];
    if (start === goal || a === undefined || b === undefined) continue;
    drawn.set(`${start} ${goal} ${kind}`, lineOf(a, b, kind));
  }
  return [...new Set(drawn.values())].sort();
}

function lineOf(a: { x: number; y: number }, b: { x: number; y: number }, kind: MoveKind): string {
  const shift = Object.keys(colours).indexOf(kind) * 14 - 21;
  const stroke = `fill="none" stroke="${colours[kind]}" stroke-width="1.6" stroke-opacity="0.75"`;
  if (a.x !== b.x) {
    const [x1, y1] = [a.x + width, a.y + height / 2 + shift / 2];
    const [x2, y2] = [b.x, b.y + height / 2 + shift / 2];
    return `<path d="M${x1} ${y1} C${x1 + 90} ${y1} ${x2 - 90} ${y2} ${x2} ${y2}" ${stroke}/>`;
  }
  const isNext = b.y - a.y === height + gap;
  if (isNext) {
    const x = a.x + width / 2 + shift;
    return `<path d="M${x} ${a.y + height} L${x} ${b.y} M${x - 4} ${b.y - 7} L${x} ${b.y} L${x + 4} ${b.y - 7}" ${stroke}/>`;
  }
  const isRoad = a.x === columns.road;
  const edge = isRoad ? a.x : a.x + width;
  const bow = (isRoad ? -1 : 1) * (22 + Math.abs(b.y - a.y) / 14 + Math.abs(shift) / 3);
  const [y1, y2] = [a.y + height / 2 + shift / 2, b.y + height / 2 + shift / 2];
  return `<path d="M${edge} ${y1} C${edge + bow} ${y1} ${edge + bow} ${y2} ${edge} ${y2}" ${stroke}/>`;
}

function boxAt({ title, holds }: Box, { x, y }: { x: number; y: number }): string {
  const isEnd = title === 'settled' || title === 'rolled-back';
  const words = [...holds].sort().join(', ');
  const line = (text: string, dy: number, size: number, fill: string): string =>
    `<text x="${x + width / 2}" y="${y + dy}" text-anchor="middle" font-size="${size}" fill="${fill}">${text}</text>`;
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" fill="${isEnd ? '#eef6ee' : '#f6f6f6'}" stroke="#555555"/>`,
    line(title, words === '' ? 27 : 19, 14, '#111111'),
    ...(words === '' ? [] : [line(`may be held: ${words}`, 36, 11, '#555555')]),
  ].join('\n');
}
