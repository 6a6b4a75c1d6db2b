/**
 * A GitHub to test against: one store behind node:http, with the endpoints in use, pages with Link headers, 404 for
 * what is not there, 403 for what a token may not do, 422 for more than 50 annotations, and faults on request.
 *
 * What a green run against it does not prove: that GitHub's answers have exactly these shapes (nothing here is
 * validated against GitHub's OpenAPI description yet), that its permissions are per endpoint as here, that its limits,
 * its eventual consistency or its texts are these. It proves what the bundle does with such answers.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface Account {
  id: number;
  login: string;
  type: 'User' | 'Bot';
}

export const botAccount: Account = { id: 41898282, login: 'github-actions[bot]', type: 'Bot' };

export interface FakeCheckRun {
  id: number;
  name: string;
  head_sha: string;
  external_id: string;
  status: string;
  conclusion: string | null;
  output: { title: string; summary: string };
  annotations: { path: string; start_line: number; annotation_level: string; message: string }[];
}

export interface FakeComment {
  id: number;
  issue: number;
  user: Account;
  body: string;
}

export interface FakePull {
  number: number;
  user: Account;
  draft: boolean;
  merged_at: string | null;
  merge_commit_sha: string | null;
  base: { ref: string; sha: string };
  head: { ref: string; sha: string; repo: { name: string; owner: { login: string } } | null };
  commits: object[];
  files: object[];
  reviews: object[];
}

export interface Store {
  /** Write: a workflow's token in its own repository. Read: one of a pull request from a fork. */
  token: 'write' | 'read';
  checkRuns: FakeCheckRun[];
  comments: FakeComment[];
  pulls: FakePull[];
  roles: Record<string, string>;
  accounts: Account[];
  activities: { after: string; ref: string; timestamp: string; actor: Account | null }[];
  /** Files of the base by path. */
  contents: Record<string, string>;
  teams: Record<string, Account[]>;
  /** The next answer to a matching request, once; `then` says whether the request takes effect all the same. */
  faults: {
    method: string;
    path: RegExp;
    status: number;
    headers?: Record<string, string>;
    message?: string;
    isDone?: boolean;
  }[];
  requests: { method: string; path: string }[];
}

export interface FakeGitHub {
  url: string;
  store: Store;
}

export async function startFakeGitHub(context: TestContext): Promise<FakeGitHub> {
  const store: Store = {
    token: 'write',
    checkRuns: [],
    comments: [],
    pulls: [],
    roles: {},
    accounts: [botAccount],
    activities: [],
    contents: {},
    teams: {},
    faults: [],
    requests: [],
  };
  const server = createServer((request, response) => {
    void respond(store, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${portOf(server.address())}`, store };
}

function portOf(address: string | AddressInfo | null): number {
  if (address === null || typeof address === 'string') throw new Error('the fake has no port');
  return address.port;
}

interface Answer {
  status: number;
  body: unknown;
}

async function respond(store: Store, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? 'GET';
  const url = new URL(request.url ?? '/', 'http://fake');
  const body = await readBody(request);
  store.requests.push({ method, path: url.pathname });
  const index = store.faults.findIndex((fault) => fault.method === method && fault.path.test(url.pathname));
  const [fault] = index === -1 ? [] : store.faults.splice(index, 1);
  if (fault !== undefined) {
    if (fault.isDone === true) answerTo(store, method, url, body);
    send(response, fault.status, { message: fault.message ?? 'fault' }, fault.headers ?? {});
    return;
  }
  if (request.headers.authorization !== 'token secret-token') {
    send(response, 401, { message: 'Bad credentials' }, {});
    return;
  }
  if (method !== 'GET' && store.token === 'read') {
    send(response, 403, { message: 'Resource not accessible by integration' }, {});
    return;
  }
  const answer = answerTo(store, method, url, body);
  const { page, headers } = paged(answer.body, url);
  send(response, answer.status, page, headers);
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const value: unknown = text === '' ? {} : JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error('a request body that is no object');
  return { ...value };
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string>,
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** A list, or the list within an object with `total_count`, cut to the page that was asked for. */
function paged(body: unknown, url: URL): { page: unknown; headers: Record<string, string> } {
  if (Array.isArray(body)) {
    const { items, headers } = cut(body, url);
    return { page: items, headers };
  }
  if (typeof body === 'object' && body !== null && 'check_runs' in body && Array.isArray(body.check_runs)) {
    const { items, headers } = cut(body.check_runs, url);
    return { page: { ...body, check_runs: items }, headers };
  }
  return { page: body, headers: {} };
}

function cut(all: unknown[], url: URL): { items: unknown[]; headers: Record<string, string> } {
  const size = Math.min(100, Number(url.searchParams.get('per_page') ?? 30));
  const number = Number(url.searchParams.get('page') ?? 1);
  const items = all.slice((number - 1) * size, number * size);
  if (number * size >= all.length) return { items, headers: {} };
  const next = new URL(url);
  next.searchParams.set('page', String(number + 1));
  // The host is the one that was asked; a client follows the address as it stands.
  return { items, headers: { link: `<${next.pathname}${next.search}>; rel="next"` } };
}

const notFound: Answer = { status: 404, body: { message: 'Not Found' } };

function answerTo(store: Store, method: string, url: URL, body: Record<string, unknown>): Answer {
  const path = decodeURIComponent(url.pathname);
  const route = `${method} ${path.replace(/^\/repos\/acme\/[^/]+/, '')}`;
  for (const [pattern, answer] of routes) {
    const match = pattern.exec(route);
    if (match !== null) return answer(store, match.slice(1), body, url);
  }
  return notFound;
}

type Handler = (store: Store, parts: string[], body: Record<string, unknown>, url: URL) => Answer;

const ok = (body: unknown): Answer => ({ status: 200, body });
const orNotFound = (body: unknown): Answer => (body === undefined ? notFound : ok(body));
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const pullOf = (store: Store, number: string | undefined): FakePull | undefined =>
  store.pulls.find((pull) => pull.number === Number(number));

const routes: [RegExp, Handler][] = [
  // A workflow's token is not a user's.
  [/^GET \/user$/, () => ({ status: 403, body: { message: 'Resource not accessible by integration' } })],
  [
    /^GET \/users\/(.+)$/,
    (store, [login]) => orNotFound(store.accounts.find((account) => account.login === login)),
  ],
  [
    /^GET \/commits\/([^/]+)\/check-runs$/,
    (store, [sha], _body, url) => {
      const name = url.searchParams.get('check_name');
      const runs = store.checkRuns.filter(
        (run) => run.head_sha === sha && (name === null || run.name === name),
      );
      return ok({ total_count: runs.length, check_runs: runs.map(runBody) });
    },
  ],
  [
    /^POST \/check-runs$/,
    (store, _parts, body) => {
      const run: FakeCheckRun = {
        id: store.checkRuns.length + 1,
        name: text(body['name']),
        head_sha: text(body['head_sha']),
        external_id: text(body['external_id']),
        status: '',
        conclusion: null,
        output: { title: '', summary: '' },
        annotations: [],
      };
      const refusal = applyToRun(run, body);
      if (refusal !== null) return refusal;
      store.checkRuns.push(run);
      return { status: 201, body: runBody(run) };
    },
  ],
  [
    /^PATCH \/check-runs\/(\d+)$/,
    (store, [id], body) => {
      const run = store.checkRuns.find((one) => one.id === Number(id));
      return run === undefined ? notFound : (applyToRun(run, body) ?? ok(runBody(run)));
    },
  ],
  [
    /^GET \/issues\/(\d+)\/comments$/,
    (store, [issue]) => ok(store.comments.filter((one) => one.issue === Number(issue))),
  ],
  [
    /^POST \/issues\/(\d+)\/comments$/,
    (store, [issue], body) => {
      const comment = {
        id: store.comments.length + 1,
        issue: Number(issue),
        user: botAccount,
        body: text(body['body']),
      };
      store.comments.push(comment);
      return { status: 201, body: comment };
    },
  ],
  [
    /^PATCH \/issues\/comments\/(\d+)$/,
    (store, [id], body) => {
      const comment = store.comments.find((one) => one.id === Number(id));
      if (comment === undefined) return notFound;
      if (comment.user.id !== botAccount.id) return { status: 403, body: { message: 'not yours' } };
      comment.body = text(body['body']);
      return ok(comment);
    },
  ],
  [
    /^GET \/commits\/([^/]+)\/pulls$/,
    (store, [sha]) => ok(store.pulls.filter((pull) => pull.merge_commit_sha === sha).map(pullBody)),
  ],
  [
    /^GET \/pulls\/(\d+)$/,
    (store, [number]) => {
      const pull = pullOf(store, number);
      return pull === undefined ? notFound : ok(pullBody(pull));
    },
  ],
  [
    /^GET \/pulls\/(\d+)\/commits$/,
    (store, [number]) => orNotFound(pullOf(store, number)?.commits.slice(0, 250)),
  ],
  [
    /^GET \/pulls\/(\d+)\/files$/,
    (store, [number]) => orNotFound(pullOf(store, number)?.files.slice(0, 3000)),
  ],
  [/^GET \/pulls\/(\d+)\/reviews$/, (store, [number]) => orNotFound(pullOf(store, number)?.reviews)],
  [
    /^GET \/activity$/,
    (store, _parts, _body, url) =>
      ok(store.activities.filter((activity) => activity.ref === url.searchParams.get('ref'))),
  ],
  [
    /^GET \/collaborators\/([^/]+)\/permission$/,
    (store, [login = '']) => {
      const role = store.roles[login];
      return role === undefined ? notFound : ok({ permission: role, role_name: role, user: null });
    },
  ],
  [
    /^GET \/contents\/(.+)$/,
    (store, [path = '']) => {
      const content = store.contents[path];
      return content === undefined
        ? notFound
        : ok({ type: 'file', path, encoding: 'base64', content: Buffer.from(content).toString('base64') });
    },
  ],
  [
    /^GET \/orgs\/(.+)\/teams\/(.+)\/members$/,
    (store, [org, slug]) => orNotFound(store.teams[`${org ?? ''}/${slug ?? ''}`]),
  ],
];

function pullBody(pull: FakePull): object {
  return {
    ...pull,
    commits: pull.commits.length,
    changed_files: pull.files.length,
    files: undefined,
    reviews: undefined,
  };
}

function runBody({ annotations, ...run }: FakeCheckRun): object {
  return { ...run, output: { ...run.output, annotations_count: annotations.length } };
}

/** Null when it was applied. Annotations are added to those that are there, as GitHub does. */
function applyToRun(run: FakeCheckRun, body: Record<string, unknown>): Answer | null {
  const output = typeof body['output'] === 'object' && body['output'] !== null ? { ...body['output'] } : {};
  const added: unknown = Reflect.get(output, 'annotations') ?? [];
  if (!Array.isArray(added) || added.length > 50) {
    return { status: 422, body: { message: 'No more than 50 annotations' } };
  }
  for (const annotation of added.map(readAnnotation)) {
    if (annotation === null) return { status: 422, body: { message: 'Invalid annotation' } };
    run.annotations.push(annotation);
  }
  run.status = text(body['status']) || run.status;
  run.conclusion = text(body['conclusion']) || run.conclusion;
  const title = text(Reflect.get(output, 'title'));
  if (title !== '') run.output = { title, summary: text(Reflect.get(output, 'summary')) };
  if (run.output.summary.length > 65_535) return { status: 422, body: { message: 'Summary is too long' } };
  return null;
}

function readAnnotation(value: unknown): FakeCheckRun['annotations'][number] | null {
  if (typeof value !== 'object' || value === null) return null;
  const fields: Record<string, unknown> = { ...value };
  const { path, start_line: line, end_line: end, annotation_level: level, message } = fields;
  if (typeof path !== 'string' || typeof line !== 'number' || typeof end !== 'number') return null;
  if (typeof level !== 'string' || !['notice', 'warning', 'failure'].includes(level)) return null;
  if (typeof message !== 'string' || message === '') return null;
  return { path, start_line: line, annotation_level: level, message };
}
