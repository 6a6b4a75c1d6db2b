import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { incidentMarkdown } from '../../action/incidents/incident-markdown.ts';
import type { Incident } from '../../action/incidents/incident.ts';
import { writeIncident } from '../../action/incidents/write-incident.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const incident: Incident = {
  rollout: '12',
  service: 'shop',
  environment: 'production',
  stable: `sha256:${'a'.repeat(64)}`,
  candidate: `sha256:${'b'.repeat(64)}`,
  commit: '0123456789abcdef',
  stuck: null,
  mayHaveMetUsers: true,
  cause: 'errors 20.1 % of 311 requests, stable 0.2 % of 2,801',
  reasonCode: 'worse',
  startedAt: '2026-01-01T00:00:00.000Z',
  startedBy: 'ada',
  approvers: ['grace'],
  rehearsed: [{ path: 'router', takeBackMs: 1.5, offMs: 0.4, requests: 300, met: 7, dropped: 0 }],
  tookMs: 3,
  evidence: '',
  runbook: { kind: 'worse', reference: 'docs/runbooks/shop-rollback.md', steps: ['Tell the *shops*'] },
  timeline: [{ at: '2026-01-01T00:00:10.000Z', what: 'judge: fail, errors' }],
};

test('a rollback is written up for people and for programs', (context) => {
  const directory = join(temporaryDirectory(context), 'incidents');
  const { path, isNew } = writeIncident(directory, incident);
  assert.ok(isNew);
  assert.deepEqual(readdirSync(directory).sort(), ['12.json', '12.md']);
  assert.deepEqual(JSON.parse(readFileSync(join(directory, '12.json'), 'utf8')), incident);
  const text = readFileSync(path, 'utf8');
  for (const part of [
    '# shop in production was rolled back',
    'errors 20.1 % of 311 requests',
    'started 2026-01-01T00:00:00.000Z by ada, approved by grace; candidate `bbbbbbbbbbbb`, stable `aaaaaaaaaaaa`.',
    'Runbook for `worse`: docs/runbooks/shop\\-rollback.md\n\n- [ ] Tell the \\*shops\\*',
    'took 3 ms from the verdict to the confirmation. The rehearsal before it: share given and taken back by the router in 1.5 ms',
    '| 2026-01-01T00:00:10.000Z | judge: fail, errors |',
  ])
    assert.ok(text.includes(part), part);
});

test('it is written once: what people have added to it stays', (context) => {
  const directory = temporaryDirectory(context);
  const { path } = writeIncident(directory, incident);
  const before = readFileSync(path, 'utf8');
  assert.deepEqual(writeIncident(directory, { ...incident, cause: 'another' }), { path, isNew: false });
  assert.equal(readFileSync(path, 'utf8'), before);
});

test('a missing runbook or approval is said', (context) => {
  const { path } = writeIncident(temporaryDirectory(context), { ...incident, runbook: null, approvers: [] });
  const text = readFileSync(path, 'utf8');
  assert.match(text, /The policy names no runbook for this/);
  assert.match(text, /with no approval on record/);
});

test('a break-glass stands in the head, with who and why', (context) => {
  const passedBy = 'break-glass of ada, confirmed by lin (the *till* is down)';
  const { path } = writeIncident(temporaryDirectory(context), { ...incident, passedBy });
  const head = readFileSync(path, 'utf8')
    .split('\n')
    .find((line) => line.startsWith('**Started'));
  assert.equal(
    head,
    '**Started without waiting:** break\\-glass of ada, confirmed by lin \\(the \\*till\\* is down\\)',
  );
});

test('text from outside makes no markup and no rows', (context) => {
  const what = '| x |\n<img src=x> [a](http://b)';
  const { path } = writeIncident(temporaryDirectory(context), { ...incident, timeline: [{ at: 't', what }] });
  const rows = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| t '));
  assert.deepEqual(rows, ['| t | \\| x \\|\\\\u000a&lt;img src=x&gt; \\[a\\]\\(http:<!-- -->//b\\) |']);
});

test('a runbook is linked where it can be read, and closes no link of its own', () => {
  const files = 'https://github.example/acme/shop/blob/0123';
  const addressOf = (reference: string): string | undefined =>
    /\]\(<(.*)>\)$/m.exec(
      incidentMarkdown({ ...incident, runbook: { kind: 'worse', reference, steps: [] } }, { files }),
    )?.[1];
  for (const [reference, address] of [
    ['./docs/a b%20c.md#worse', `${files}/docs/a%20b%2520c.md#worse`],
    ['https://wiki.example/a%20b?x=<y>#z>(1)', 'https://wiki.example/a%20b?x=%3Cy%3E#z%3E(1)'],
    ['docs/\ud800.md', `${files}/docs/%EF%BF%BD.md`],
    ['http://wiki.example/', undefined],
  ] as const)
    assert.equal(addressOf(reference), address);
});
