/** Freeze windows at real transitions: what a clock on the wall says, and which instants that is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endOfFreeze, holdingWindows, isFrozen, nextFreeze } from '../../policies/gates/freeze-windows.ts';
import type { FreezeWindow } from '../../policies/gates/gate-policy.ts';

const allow = { commits: [], labels: [], kinds: [] };

/** Dates and times as the policy file writes them; minutes for a weekly one. */
function dated(zone: string, from: string, to: string, except: [string, string][] = []): FreezeWindow {
  const spans = except.map(([begin, end]) => ({ from: begin, to: end, reason: null }));
  return { name: 'window', zone, when: { kind: 'dated', from, to }, except: spans, allow };
}

function weekly(zone: string, days: number[], fromMinute: number, toMinute: number): FreezeWindow {
  return { name: 'window', zone, when: { kind: 'weekly', days, fromMinute, toMinute }, except: [], allow };
}

const everyDay = [1, 2, 3, 4, 5, 6, 7];
const at = (hours: number, minutes = 0): number => hours * 60 + minutes;
const ms = (text: string): number => Date.parse(text);

interface Row {
  name: string;
  window: FreezeWindow;
  /** The first instant at which it holds, and the first at which it does no more. */
  from: string;
  to: string;
}

const rows: Row[] = [
  {
    name: 'an ordinary day',
    window: dated('Europe/Berlin', '2026-07-01T09:00', '2026-07-01T17:00'),
    from: '2026-07-01T07:00:00Z',
    to: '2026-07-01T15:00:00Z',
  },
  {
    name: 'over midnight and the end of the year',
    window: dated('Europe/Berlin', '2026-12-20T18:00', '2027-01-04T08:00'),
    from: '2026-12-20T17:00:00Z',
    to: '2027-01-04T07:00:00Z',
  },
  {
    name: '24:00 is the midnight after',
    window: dated('Asia/Kathmandu', '2026-05-01T00:00', '2026-05-01T24:00'),
    from: '2026-04-30T18:15:00Z',
    to: '2026-05-01T18:15:00Z',
  },
  {
    name: 'a day of 23 hours',
    window: weekly('Europe/Berlin', [7], 0, at(24)),
    from: '2026-03-28T23:00:00Z',
    to: '2026-03-29T22:00:00Z',
  },
  {
    name: 'a day of 25 hours',
    window: weekly('Europe/Berlin', [7], 0, at(24)),
    from: '2026-10-24T22:00:00Z',
    to: '2026-10-25T23:00:00Z',
  },
  {
    name: 'begins in the hour that is left out: where the clock jumps',
    window: dated('Europe/Berlin', '2026-03-29T02:30', '2026-03-29T04:00'),
    from: '2026-03-29T01:00:00Z',
    to: '2026-03-29T02:00:00Z',
  },
  {
    name: 'ends in the hour that is left out',
    window: dated('America/New_York', '2026-03-08T01:00', '2026-03-08T02:30'),
    from: '2026-03-08T06:00:00Z',
    to: '2026-03-08T07:00:00Z',
  },
  {
    name: 'the hour that comes twice is covered both times',
    window: weekly('Europe/Berlin', [7], at(2), at(3)),
    from: '2026-10-25T00:00:00Z',
    to: '2026-10-25T02:00:00Z',
  },
  {
    name: 'a part of the hour that comes twice: from its first beginning to its last end',
    window: dated('America/New_York', '2026-11-01T01:15', '2026-11-01T01:30'),
    from: '2026-11-01T05:15:00Z',
    to: '2026-11-01T06:30:00Z',
  },
  {
    name: 'ends exactly where the clock is put back: the first time',
    window: dated('Europe/Berlin', '2026-10-25T01:00', '2026-10-25T02:00'),
    from: '2026-10-24T23:00:00Z',
    to: '2026-10-25T00:00:00Z',
  },
  {
    name: 'a shift of half an hour',
    window: dated('Australia/Lord_Howe', '2026-04-05T01:30', '2026-04-05T02:00'),
    from: '2026-04-04T14:30:00Z',
    to: '2026-04-04T15:30:00Z',
  },
  {
    name: 'a zone that goes back an hour for a month',
    window: dated('Africa/Casablanca', '2026-02-14T12:00', '2026-02-16T12:00'),
    from: '2026-02-14T11:00:00Z',
    to: '2026-02-16T12:00:00Z',
  },
  {
    name: 'a zone that left out a whole day',
    window: dated('Pacific/Apia', '2011-12-29T12:00', '2011-12-31T12:00'),
    from: '2011-12-29T22:00:00Z',
    to: '2011-12-30T22:00:00Z',
  },
  {
    name: 'a zone that changed its offset for good',
    window: dated('Europe/Volgograd', '2020-12-27T01:00', '2020-12-27T03:00'),
    from: '2020-12-26T21:00:00Z',
    to: '2020-12-27T00:00:00Z',
  },
];

test('windows hold from their first instant up to, not including, the one at which they end', () => {
  for (const { name, window, from, to } of rows) {
    assert.equal(isFrozen(window, ms(from) - 1), false, `${name}: before`);
    assert.equal(isFrozen(window, ms(from)), true, `${name}: at its beginning`);
    assert.equal(isFrozen(window, ms(to) - 1), true, `${name}: before its end`);
    assert.equal(isFrozen(window, ms(to)), false, `${name}: at its end`);
    assert.equal(endOfFreeze([window], ms(from)), ms(to), name);
  }
});

test('a window whose hour a clock leaves out does not hold that day', () => {
  const window = weekly('Europe/Berlin', everyDay, at(2), at(3));
  const day = Array.from({ length: 23 * 4 }, (_, quarter) => ms('2026-03-28T23:00:00Z') + quarter * 900_000);
  assert.ok(!day.some((instant) => isFrozen(window, instant)));
  assert.equal(isFrozen(window, ms('2026-03-28T01:30:00Z')), true, 'the day before it does');
});

test('weekly windows go over midnight and over the end of the week', () => {
  const night = weekly('Europe/Berlin', [5], at(22), at(30));
  assert.equal(isFrozen(night, ms('2026-07-03T20:00:00Z')), true, 'Friday 22:00');
  assert.equal(isFrozen(night, ms('2026-07-04T03:59:00Z')), true, 'Saturday 05:59');
  assert.equal(isFrozen(night, ms('2026-07-04T04:00:00Z')), false, 'Saturday 06:00');
  const weekend = weekly('America/New_York', [5], at(16), at(3 * 24 + 8));
  assert.equal(endOfFreeze([weekend], ms('2026-07-04T12:00:00Z')), ms('2026-07-06T12:00:00Z'));
});

test('windows that follow on each other are one freeze; each has its own end', () => {
  const first = dated('Europe/Berlin', '2026-12-20T00:00', '2026-12-27T00:00');
  const second = { ...dated('America/New_York', '2026-12-25T00:00', '2027-01-02T00:00'), name: 'new year' };
  const now = ms('2026-12-25T12:00:00Z');
  assert.equal(endOfFreeze([first, second], now), ms('2027-01-02T05:00:00Z'));
  assert.deepEqual(
    holdingWindows([first, second], now).map(({ untilMs }) => untilMs),
    [ms('2026-12-26T23:00:00Z'), ms('2027-01-02T05:00:00Z')],
  );
});

test('an exception opens a window for its span', () => {
  const window = dated('Europe/Berlin', '2026-12-20T00:00', '2026-12-27T00:00', [
    ['2026-12-22T09:00', '2026-12-22T12:00'],
  ]);
  assert.equal(isFrozen(window, ms('2026-12-22T07:59:59Z')), true);
  assert.equal(isFrozen(window, ms('2026-12-22T08:00:00Z')), false);
  assert.equal(endOfFreeze([window], ms('2026-12-21T00:00:00Z')), ms('2026-12-22T08:00:00Z'));
  assert.equal(isFrozen(window, ms('2026-12-22T11:00:00Z')), true);
});

test('an exception holds in exactly the minutes that the wall clock says, also where an hour comes twice or never', () => {
  const minute = 60_000;
  const cases: [zone: string, from: string, to: string, around: string][] = [
    ['Europe/Berlin', '2026-10-25T02:15', '2026-10-25T02:30', '2026-10-25T00:00:00Z'],
    ['Europe/Berlin', '2026-10-25T01:00', '2026-10-25T02:30', '2026-10-25T00:00:00Z'],
    ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T04:00', '2026-10-25T00:00:00Z'],
    ['Europe/Berlin', '2026-10-25T01:00', '2026-10-25T02:00', '2026-10-25T00:00:00Z'],
    ['Europe/Berlin', '2026-10-25T01:30', '2026-10-25T03:00', '2026-10-25T00:00:00Z'],
    ['Europe/Berlin', '2026-03-29T01:30', '2026-03-29T02:30', '2026-03-29T01:00:00Z'],
    ['Europe/Berlin', '2026-03-29T02:10', '2026-03-29T02:50', '2026-03-29T01:00:00Z'],
    ['Australia/Lord_Howe', '2026-04-05T01:40', '2026-04-05T01:50', '2026-04-04T15:00:00Z'],
    ['America/New_York', '2026-11-01T00:30', '2026-11-01T01:59', '2026-11-01T06:00:00Z'],
  ];
  for (const [zone, from, to, around] of cases) {
    const window = dated(zone, '2026-01-01T00:00', '2026-12-31T24:00', [[from, to]]);
    const clock = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
    const differing = Array.from(
      { length: 8 * 60 },
      (_, index) => ms(around) + (index - 240) * minute,
    ).filter((instant) => {
      const reading = clock.format(instant).replace(' ', 'T');
      return isFrozen(window, instant) !== !(from <= reading && reading < to);
    });
    assert.deepEqual(
      differing.map((instant) => new Date(instant).toISOString()),
      [],
      `${zone} ${from}`,
    );
  }
});

test('the next freeze is told before it begins, and a freeze without an end has none', () => {
  const lunch = weekly('Asia/Kathmandu', [1, 2, 3, 4, 5], at(12), at(13));
  const christmas = dated('Europe/Berlin', '2026-12-20T00:00', '2026-12-27T00:00');
  const next = nextFreeze([christmas, lunch], ms('2026-07-03T12:00:00Z'));
  assert.equal(next?.fromMs, ms('2026-07-06T06:15:00Z'), 'Monday 12:00, not the Friday that is over');
  assert.equal(nextFreeze([christmas], ms('2026-07-03T12:00:00Z'))?.untilMs, ms('2026-12-26T23:00:00Z'));
  assert.equal(nextFreeze([christmas], ms('2027-01-03T12:00:00Z')), null);
  assert.equal(endOfFreeze([weekly('UTC', everyDay, 0, at(24))], ms('2026-07-03T12:00:00Z')), null);
});
