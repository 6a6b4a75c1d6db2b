/** Runbooks: which one is for which failure, what a reference means, and what stands against a service without one. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Judgement } from '../../policies/judge/judgement.ts';
import { loadPolicy } from '../../policies/policy-file/load-policy.ts';
import type { Policy } from '../../policies/policy-file/policy.ts';
import {
  failureKindOf,
  failureKinds,
  runbookFor,
  type FailureKind,
} from '../../policies/runbooks/failure-kinds.ts';
import { runbookPlace, sectionsOf, stepsOf } from '../../policies/runbooks/read-runbook.ts';
import { runbookFindings, type RunbookSight } from '../../policies/runbooks/runbook-findings.ts';
import { servicesWhoseRunbooksCount } from '../../policies/runbooks/runbook-services.ts';
import { lookForRunbooks } from '../../action/runbooks/look-for-runbooks.ts';
import type { Change, FileVersion } from '../../analyzers/change.ts';
import type { Tree } from '../../analyzers/scope.ts';

test('the runbook for the kind of failure comes before the one for any rollback', () => {
  const runbooks = { 'rolled-back': 'any.md', worse: 'worse.md' };
  assert.equal(runbookFor(runbooks, 'worse'), 'worse.md');
  assert.equal(runbookFor(runbooks, 'requested'), 'any.md');
  assert.equal(runbookFor(runbooks, 'a code of a later version'), 'any.md');
  assert.equal(runbookFor({}, 'worse'), null);
});

test('every reason code is of one kind', () => {
  const codes = Object.values(failureKinds).flatMap(({ reasonCodes }) => [...reasonCodes]);
  assert.equal(new Set(codes).size, codes.length);
  for (const [kind, { reasonCodes }] of Object.entries(failureKinds))
    for (const code of reasonCodes) assert.equal(failureKindOf(code), kind);
});

const root = join(import.meta.dirname, '../..');

/** The codes that the `Failure`s of these rooms are made with; a chosen one counts with all it is chosen from. */
function codesIn(rooms: readonly string[]): Map<string, string> {
  const files = rooms.flatMap((room) => globSync(join(root, room)));
  assert.ok(files.length > 40, 'the rooms are where they were');
  const codes = new Map<string, string>();
  for (const file of files)
    for (const [, before = ''] of readFileSync(file, 'utf8').matchAll(/Failure\(\s*((?:[^`'"]|'[a-z-]+')*)/g))
      for (const [, code = ''] of before.matchAll(/'([a-z-]+)'/g)) codes.set(code, file);
  return codes;
}

test('whatever an effect of a rollout can fail with is of a kind', () => {
  const own = ['action/migrations', 'action/probes', 'action/deployer/{pulumi,rehearsal}', 'stacks'];
  const codes = codesIn(own.map((room) => `${room}/**/*.ts`));
  // Said of a run, a command line or the schema's plan: a rollout has not begun, or does not go back for it.
  const elsewhere = ['interrupted', 'usage', 'agent-cannot-listen', 'file-unreadable', 'input', 'effect'];
  const known = new Set<string>(Object.values(failureKinds).flatMap(({ reasonCodes }) => reasonCodes));
  const strange = [...codes].filter(([code]) => !known.has(code) && !elsewhere.includes(code));
  assert.deepEqual(strange, [], 'add them to policies/runbooks/failure-kinds.ts');
  assert.ok(codes.has('document-wrong') && codes.has('database-locked') && codes.has('share-not-live'));
});

test('whatever the judge or the machine takes a rollout back for is of a kind', () => {
  const ofJudge: Record<Judgement['reasonCode'], FailureKind | 'no rollback'> = {
    worse: 'worse',
    'silent-candidate': 'silent-candidate',
    'no-data': 'deadline',
    'probe-failed': 'probe-failed',
    'answers-differ': 'probe-failed',
    'not-worse': 'no rollback',
    undecided: 'no rollback',
    soaking: 'no rollback',
    unproven: 'no rollback',
  };
  for (const [code, kind] of Object.entries(ofJudge))
    assert.equal(failureKindOf(code), kind === 'no rollback' ? 'rolled-back' : kind, code);
  const machine = globSync(join(root, 'policies/rollout/*.ts')).map((file) => readFileSync(file, 'utf8'));
  const codes = [...machine.join('\n').matchAll(/reasonCode: '([a-z-]+)'/g)].map(([, code = '']) => code);
  assert.ok(codes.length > 4);
  for (const code of codes) if (code !== 'paused') assert.notEqual(failureKindOf(code), 'rolled-back', code);
});

const policyOf = (runbooks: string, rest = ''): string =>
  `version: 1
services:
  till:
    paths: [till/**]
    target: local
    run: { command: ./till, port: 4000 }
    runbooks: ${runbooks}
${rest}`;

function loaded(text: string): Policy {
  const result = loadPolicy(text, 'evenkeel.yml');
  assert.ok(result.ok, JSON.stringify(result));
  return result.policy;
}

test('a kind that does not exist is refused with the nearest one that does', () => {
  const result = loadPolicy(policyOf('{ probes-failed: docs/probes.md }'), 'evenkeel.yml');
  assert.equal(result.ok, false);
  assert.match(JSON.stringify(result), /probes-failed.*did you mean .*probe-failed/);
});

test('tickets: our own label is always there, the rest is the policy’s', () => {
  const text = policyOf('{}', 'tickets: { labels: [on-call], assignees: [ada], repository: acme/ops }\n');
  assert.deepEqual(loaded(text).tickets, {
    labels: ['on-call'],
    assignees: ['ada'],
    repository: 'acme/ops',
  });
  assert.deepEqual(loaded(policyOf('{}')).tickets, { labels: [], assignees: [], repository: null });
});

const places: [string, ReturnType<typeof runbookPlace>['kind']][] = [
  ['docs/runbook.md', 'file'],
  ['./docs/runbook.md#rolled-back', 'file'],
  ['https://runbooks.example/till', 'page'],
  ['http://runbooks.example/till', 'unusable'],
  ['javascript:alert(1)', 'unusable'],
  ['/etc/passwd', 'unusable'],
  ['docs/../../secrets.md', 'unusable'],
  ['#only-an-anchor', 'unusable'],
];
for (const [reference, kind] of places) {
  test(`${reference} is ${kind === 'unusable' ? 'no runbook' : `a ${kind}`}`, () => {
    assert.equal(runbookPlace(reference).kind, kind);
  });
}

const markdown = `# Till: runbook
Ask in #till first.

## Rolled back!
1. Look at the judge's picture.
2. Tell the shops,
   all of them.
- [ ] Write it down.

\`\`\`sh
# no heading
\`\`\`

## Rolled back!
Nothing more.
`;

test('headings have the anchors that GitHub gives them, and steps are the items of their part', () => {
  assert.deepEqual(
    sectionsOf(markdown).map(({ anchor }) => anchor),
    ['till-runbook', 'rolled-back', 'rolled-back-1'],
  );
  assert.deepEqual(stepsOf(markdown, 'rolled-back'), [
    "Look at the judge's picture.",
    'Tell the shops, all of them.',
    'Write it down.',
  ]);
  assert.deepEqual(stepsOf(markdown, 'rolled-back-1'), ['Nothing more.']);
  assert.deepEqual(stepsOf(markdown, 'not-there'), []);
});

test('any text has sections with distinct anchors, and at most so many steps', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('# a', '## a', '- b', '```', 'c', '', '1. d', '   e')), (lines) => {
      const anchors = sectionsOf(lines.join('\n')).map(({ anchor }) => anchor);
      assert.equal(new Set(anchors).size, anchors.length);
      assert.ok(stepsOf(lines.join('\n'), null).length <= 30);
    }),
  );
});

const treeOf = (files: Record<string, string>): Tree => ({
  list: () => Promise.resolve(Object.keys(files)),
  read: (path) => {
    const text = files[path];
    return Promise.resolve(
      text === undefined ? undefined : { ...version(path), content: { form: 'text', text } },
    );
  },
});

/** Pages by their path, on a server of this test; what is asked for as https is asked of it. */
async function pages(statuses: Record<string, number>): Promise<{ fetchPage: typeof fetch; close(): void }> {
  const server = createServer((request, response) => {
    const key = `${request.method ?? ''} ${request.url ?? ''}`;
    if (request.url === '/silent') return;
    const status = statuses[key] ?? statuses[request.url ?? ''] ?? 404;
    response.writeHead(status, status === 302 ? { location: '/there' } : {}).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    fetchPage: (url, init) => {
      const { hostname, pathname } = new URL(url instanceof Request ? url.url : url);
      return fetch(`http://127.0.0.1:${hostname === 'dead.example' ? 1 : port}${pathname}`, init);
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

test('each reference is looked at: files and headings at head, pages where they may be asked', async (context) => {
  const { fetchPage, close } = await pages({
    '/there': 200,
    '/private': 403,
    '/busy': 503,
    '/moved': 302,
    'HEAD /no-head': 405,
    'GET /no-head': 200,
  });
  context.after(close);
  const tree = treeOf({ 'docs/till.md': markdown, 'docs/empty.md': ' \n' });
  const expected: [string, RunbookSight['state'], RegExp?][] = [
    ['docs/till.md', 'there'],
    ['docs/till.md#rolled-back', 'there'],
    ['docs/till.md#rolled-black', 'missing', /no heading with the anchor #rolled-black/],
    ['docs/empty.md', 'missing', /empty/],
    ['docs/gone.md', 'missing', /no text file at head/],
    ['ftp://runbooks.example/', 'missing', /neither a path/],
    ['https://runbooks.example/there', 'there'],
    ['https://runbooks.example/private', 'there'],
    ['https://runbooks.example/no-head', 'there'],
    ['https://runbooks.example/gone', 'missing', /answers 404/],
    ['https://runbooks.example/busy', 'not-checked', /answered 503/],
    // This test's own server speaks no TLS, so whatever it leads to is http.
    ['https://runbooks.example/moved', 'missing', /leads to an address that is not https/],
    ['https://runbooks.example/silent', 'not-checked', /did not answer within 1 s/],
    ['https://dead.example/', 'not-checked', /cannot be reached \([\w ]+\)/],
  ];
  const references = expected.map(([reference]) => reference);
  const signal = new AbortController().signal;
  const sights = await lookForRunbooks(references, {
    tree,
    asksPages: true,
    signal,
    fetchPage,
    pageTimeoutMs: 1000,
  });
  for (const [reference, state, why] of expected) {
    const sight = sights.get(reference);
    assert.equal(sight?.state, state, reference);
    if (why !== undefined) assert.match(JSON.stringify(sight), why);
  }
  const elsewhere = await lookForRunbooks(references, { tree, asksPages: false, signal, fetchPage });
  assert.equal(elsewhere.get('https://runbooks.example/there')?.state, 'not-checked');
});

const cases: { name: string; text: string; sight?: RunbookSight; expected: [string, RegExp][] }[] = [
  { name: 'none named', text: policyOf('{}'), expected: [['warning', /till has no runbook/]] },
  {
    name: 'none named where they are required',
    text: policyOf('{}', 'runbooks: required\n'),
    expected: [['error', /till has no runbook/]],
  },
  {
    name: 'one that is there',
    text: policyOf('{ rolled-back: r.md }'),
    sight: { state: 'there' },
    expected: [],
  },
  {
    name: 'one that is gone',
    text: policyOf('{ worse: r.md }', 'runbooks: required\n'),
    sight: { state: 'missing', why: 'is no text file at head' },
    expected: [['error', /the runbook for worse, r\.md, is no text file at head/]],
  },
  {
    name: 'one that nobody could look at',
    text: policyOf('{ worse: r.md }'),
    sight: { state: 'not-checked', why: 'its server answered 503' },
    expected: [['note', /was not checked: its server answered 503/]],
  },
  {
    name: 'one that nobody could look at where they are required',
    text: policyOf('{ worse: r.md }', 'runbooks: required\n'),
    sight: { state: 'not-checked', why: 'its server answered 503' },
    expected: [['warning', /was not checked: its server answered 503/]],
  },
];
for (const { name, text, sight, expected } of cases) {
  test(`runbooks, ${name}`, () => {
    const policy = loaded(text);
    const sights = new Map<string, RunbookSight>(sight === undefined ? [] : [['r.md', sight]]);
    const found = runbookFindings(policy, policy.services, sights);
    assert.deepEqual(
      found.map(({ level }) => level),
      expected.map(([level]) => level),
    );
    for (const [index, [, message]] of expected.entries()) assert.match(found[index]?.message ?? '', message);
  });
}

test('a service that is never rolled out needs no runbook', () => {
  const policy = loaded('version: 1\nservices:\n  docs: { paths: [docs/**] }\n');
  assert.deepEqual(runbookFindings(policy, policy.services, new Map()), []);
});

const mapped = policyOf('{ worse: docs/till.md#worse }');
const version = (path: string): FileVersion => ({
  path,
  mode: '100644',
  digest: '',
  content: { form: 'text', text: '' },
});
const edited = (path: string): Change[] => [
  { status: 'modified', path, before: version(path), after: version(path) },
];
const about: {
  name: string;
  base: string | null;
  landed?: string;
  changes: Change[];
  touched?: string[];
  counts: boolean;
}[] = [
  { name: 'a change elsewhere', base: mapped, changes: edited('docs/other.md'), counts: false },
  {
    name: 'a change of the service',
    base: mapped,
    changes: edited('till/a.js'),
    touched: ['till'],
    counts: true,
  },
  { name: 'an edited runbook', base: mapped, changes: edited('docs/till.md'), counts: true },
  { name: 'other runbooks', base: policyOf('{}'), changes: edited('evenkeel.yml'), counts: true },
  { name: 'the first policy', base: null, changes: edited('evenkeel.yml'), counts: true },
  {
    name: 'a first target',
    base: 'version: 1\nservices:\n  till: { paths: [till/**] }\n',
    changes: edited('evenkeel.yml'),
    counts: true,
  },
  {
    name: 'a service that is not rolled out',
    base: mapped,
    landed: 'version: 1\nservices:\n  till: { paths: [till/**] }\n',
    changes: edited('till/a.js'),
    touched: ['till'],
    counts: false,
  },
];
for (const { name, base, landed = mapped, changes, touched = [], counts } of about) {
  test(`${name}: its runbooks are ${counts ? '' : 'not '}looked at`, () => {
    const services = servicesWhoseRunbooksCount({
      landed: loaded(landed),
      base: base === null ? null : loaded(base),
      touched: new Set(touched),
      changes,
    });
    assert.deepEqual(
      services.map((service) => service.name),
      counts ? ['till'] : [],
    );
  });
}
