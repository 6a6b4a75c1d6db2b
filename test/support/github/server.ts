/**
 * GitHub's API on node:http: what is asked for, who may, what it answers. Every request and every answer is compared
 * with GitHub's description; what breaks it is answered with 500 and kept in `breaks`, which fails the test.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { refusal, type Answer, type Call } from './call.ts';
import { breaksOfAnswer, readRequest } from './description/conformance.ts';
import { handlers } from './endpoints/all-handlers.ts';
import { takeFault } from './faults.ts';
import { textOf } from './json.ts';
import { pageOf } from './pagination.ts';
import { mayDo } from './permissions.ts';
import { findOperation, type Match } from './router.ts';
import { accountNamed, type State, type Token } from './state.ts';
import type { Store } from './store.ts';

/** Answers one request at a time, in the order in which they arrive. */
export function createGitHubServer(store: Store): ReturnType<typeof createServer> {
  return createServer((request, response) => {
    void respond(store, request, response).catch((error: unknown) => {
      store.breaks.push(
        `the fake failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
      response.writeHead(500).end();
    });
  });
}

async function respond(store: Store, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? 'GET';
  const url = new URL(request.url ?? '/', store.url);
  const body = await readBody(request);
  const match = findOperation(method, url.pathname);
  store.requests.push({ method, path: url.pathname, query: url.search, operation: match?.id ?? null });
  const fault = takeFault(store.faults, method, url.pathname, match?.id);
  if (fault?.until !== undefined) await fault.until;
  const isLost = fault !== undefined && (fault.until === undefined || fault.status !== undefined);
  if (!isLost || fault.isDone === true) {
    const answer = answerTo(store, match, url, body, request);
    if (!isLost) {
      send(response, answer, request.headers['if-none-match'], store);
      return;
    }
  }
  if (fault.status === undefined) response.destroy();
  else
    send(
      response,
      { ...refusal(fault.status, fault.message ?? 'fault'), headers: fault.headers ?? {} },
      undefined,
      store,
    );
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  request.setEncoding('utf8');
  let text = '';
  for await (const part of request) text += String(part);
  return text === '' ? undefined : JSON.parse(text);
}

function answerTo(
  store: Store,
  match: Match | null,
  url: URL,
  body: unknown,
  request: IncomingMessage,
): Answer {
  if (match === null) {
    store.unknown.push(`${request.method ?? ''} ${url.pathname}`);
    return refusal(404, 'Not Found');
  }
  const secret = /^(?:token|Bearer) (\S+)$/i.exec(textOf(request.headers.authorization))?.[1] ?? '';
  const token = store.tokens.get(secret);
  if (token === undefined) return refusal(401, 'Bad credentials');
  const limited = countRequest(store, match, request);
  if (limited !== null) return limited;
  const read = readRequest(match.operation, match.path, url.searchParams, body);
  if (read.breaks.length > 0)
    return broken(store, `${match.id}: the request breaks GitHub's description`, read.breaks);
  const state = stateFor(store, match);
  const owner = ownerOf(state, match.path);
  const refused = refusalOf(state, token, match, owner);
  if (refused !== null) return refused;
  if (read.overLimits.length > 0) return refusal(422, `Invalid request.\n\n${read.overLimits.join('\n')}`);
  const isRead = match.operation.method === 'GET';
  const call: Call = {
    state,
    git: store.git,
    url: store.url,
    now: isRead ? store.clock.now() : store.clock.tick(),
    token,
    owner: owner ?? '',
    path: read.path,
    query: read.query,
    body: read.body,
  };
  const answer = match.id === 'rate-limit/get' ? rateLimit(store) : handlers[match.id](call);
  const page = isRead && answer.status === 200 ? pageOf(answer.body, match.id, url, store.url) : undefined;
  const given = page === undefined ? answer : { ...answer, body: page.body, headers: page.headers };
  const breaks = breaksOfAnswer(match.id, given.status, given.body);
  if (breaks.length > 0) return broken(store, `${match.id}: the answer breaks GitHub's description`, breaks);
  return given;
}

function broken(store: Store, what: string, breaks: readonly string[]): Answer {
  store.breaks.push(`${what}: ${breaks.join('; ')}`);
  return refusal(500, `${what}: ${breaks.join('; ')}`);
}

/** A list that lags behind is answered from what was true when the lag began. */
function stateFor(store: Store, match: Match): State {
  const lag = store.lags.find((one) => one.operation === match.id && one.reads > 0);
  if (lag === undefined) return store.state;
  lag.reads--;
  return lag.state;
}

/** The repository's owner as the state spells it; undefined when the request is for no repository. */
function ownerOf(state: State, path: Record<string, string>): string | undefined {
  const { owner } = path;
  return owner === undefined ? undefined : (accountNamed(state, owner)?.login ?? owner);
}

/** What a token may not see is not there; what it may see and not do is forbidden. */
function refusalOf(state: State, token: Token, match: Match, owner: string | undefined): Answer | null {
  const isOwn = owner === state.organisation;
  const isRead = match.operation.method === 'GET';
  const repository = match.path['repo']?.toLowerCase();
  if (owner !== undefined) {
    const isThere = (isOwn || state.forks.includes(owner)) && repository === state.repository.toLowerCase();
    if (!isThere) return refusal(404, 'Not Found');
    // A token of one repository sees of another only what everybody sees.
    if (!isOwn) return state.isPrivate || !isRead ? refusal(404, 'Not Found') : null;
    const hasAny = Object.keys(token.permissions).length > 0;
    if (state.isPrivate && !hasAny) return refusal(404, 'Not Found');
  }
  if (mayDo(token, match.id)) return null;
  return refusal(
    403,
    token.kind === 'person'
      ? 'Resource not accessible by personal access token'
      : 'Resource not accessible by integration',
  );
}

/** Counts it against the primary limit, unless it is not counted; the refusal when none is left. */
function countRequest(store: Store, match: Match, request: IncomingMessage): Answer | null {
  const { limit } = store;
  if (Date.parse(store.clock.now()) >= Date.parse(limit.resetAt)) {
    limit.used = 0;
    limit.resetAt = new Date(Date.parse(store.clock.now()) + 3_600_000).toISOString();
  }
  if (match.id === 'rate-limit/get') return null;
  if (limit.used >= limit.perHour)
    return refusal(403, `API rate limit exceeded for installation. (request ${request.method ?? ''})`);
  limit.used++;
  return null;
}

function rateLimit({ limit }: Store): Answer {
  const resource = {
    limit: limit.perHour,
    used: limit.used,
    remaining: limit.perHour - limit.used,
    reset: Math.floor(Date.parse(limit.resetAt) / 1000),
  };
  const resources = { core: resource, search: resource };
  return { status: 200, body: { resources, rate: resource } };
}

function send(response: ServerResponse, answer: Answer, known: string | undefined, store: Store): void {
  const text = answer.body === undefined ? '' : JSON.stringify(answer.body);
  const etag = `W/"${createHash('sha256').update(text).digest('hex').slice(0, 40)}"`;
  const { limit } = store;
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    date: new Date(store.clock.now()).toUTCString(),
    'x-ratelimit-limit': String(limit.perHour),
    'x-ratelimit-used': String(limit.used),
    'x-ratelimit-remaining': String(limit.perHour - limit.used),
    'x-ratelimit-reset': String(Math.floor(Date.parse(limit.resetAt) / 1000)),
    'x-ratelimit-resource': 'core',
    ...answer.headers,
  };
  if (answer.status === 200) headers['etag'] = etag;
  if (answer.status === 200 && known === etag) {
    // What has not changed is not counted.
    limit.used--;
    response.writeHead(304, { ...headers, 'x-ratelimit-used': String(limit.used) }).end();
    return;
  }
  if (text === '') delete headers['content-type'];
  response.writeHead(answer.status, headers).end(text);
}
