/**
 * One request on its way: from the choice of its version to the last byte of its answer. What it promises:
 *
 * - It stays inside its version while an instance of it is up; stable steps in for a candidate of which none is, and for
 *   nobody who is pinned.
 * - It is sent again only when it is safe to (GET, HEAD, OPTIONS, or an Idempotency-Key with a body that was kept), or
 *   when nothing of it can have been sent.
 * - It counts as one request of each version it was sent to, and as at most one error of each that failed it; a pinned
 *   one counts at the instance only, since a version's figures are those of its users.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { Attempt, type FailedBy, type Sender } from './attempt.ts';
import type { ReadHeaders } from './headers.ts';
import { awaitRoom, isUp, pick, type Instance, type Version } from './instance-table.ts';
import { bodyOf, keepBody, maxReplayBytes } from './request-body.ts';

export const roomMs = 2000;
/** A connection that was kept may have been at its end by chance, and a new one met a process that was just dying. */
const triesPerInstance = 3;
/** After which nobody accepts connections for a process that died. */
export const lastTryMs = 20;

export interface Choice {
  version: Version;
  /** Who steps in when no instance of the version answers. */
  standIn: Version | undefined;
  /** A probe, and no user: it chose its version itself. */
  isPinned: boolean;
  newUser: string | null;
}

/** Kept whole, or read as it comes: undici ends a stream whose attempt fails, so each attempt has its own. */
type Body = Buffer | (() => Readable) | null;

export class Exchange implements Sender {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly newUser: string | null;
  readonly isPinned: boolean;
  readonly #headers: ReadHeaders;
  #version: Version;
  #standIn: Version | undefined;
  #tried: Instance[] = [];
  #mayReplay: boolean;
  #body: Body = null;
  #attempt: Attempt | null = null;
  /** Sent to the instance whose turn it is. */
  #tries = 0;
  #roomEndsMs = 0;
  #stopWaiting = (): void => undefined;
  #isCounted = false;
  #hasFailed = false;
  isGone = false;

  constructor(request: IncomingMessage, response: ServerResponse, headers: ReadHeaders, choice: Choice) {
    this.request = request;
    this.response = response;
    this.#headers = headers;
    this.#version = choice.version;
    this.#standIn = choice.standIn;
    this.newUser = choice.newUser;
    this.isPinned = choice.isPinned;
    const { method } = request;
    this.#mayReplay = method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || headers.hasKey;
  }

  begin(): void {
    this.response.once('close', () => {
      if (this.response.writableFinished) return;
      this.isGone = true;
      this.#stopWaiting();
      this.#attempt?.abort();
    });
    const { isChunked, contentLength } = this.#headers;
    if (!isChunked && contentLength === 0) {
      this.#next();
      return;
    }
    if (!this.#mayReplay || contentLength > maxReplayBytes) {
      this.#mayReplay = false;
      this.#body = () => Readable.from(bodyOf(this.request), { objectMode: false });
      this.#next();
      return;
    }
    keepBody(this.request).then(
      (body) => {
        this.#mayReplay = Buffer.isBuffer(body);
        this.#body = Buffer.isBuffer(body) ? body : () => Readable.from(body, { objectMode: false });
        this.#next();
      },
      () => this.response.destroy(),
    );
  }

  /** Sends it to whoever's turn it is. */
  #next(): void {
    if (this.isGone) return;
    // Nobody stands in for stable or for a pinned version: better an instance that seems down than none.
    const instance =
      pick(this.#version, this.#tried, false) ??
      (this.#standIn === undefined ? pick(this.#version, this.#tried, true) : undefined);
    if (instance === 'full') {
      this.#awaitRoom();
      return;
    }
    if (instance === undefined) {
      this.fail();
      this.#stepIn();
      return;
    }
    this.#tried.push(instance);
    this.#tries = 0;
    this.#count();
    this.#send(instance, false);
  }

  #send(instance: Instance, isFresh: boolean): void {
    this.#tries++;
    this.#version.counts.inFlight++;
    instance.counts.requests++;
    instance.counts.inFlight++;
    this.#attempt = new Attempt(this, this.#version, instance);
    (isFresh ? instance.freshPool : instance.pool).dispatch(
      {
        path: this.request.url ?? '/',
        // Node's parser has accepted it; undici sends it as it is.
        method: this.request.method ?? 'GET',
        headers: this.#headers.forwarded,
        body: typeof this.#body === 'function' ? this.#body() : this.#body,
      },
      this.#attempt,
    );
  }

  /** Nobody leaves a version of which somebody is up: whoever failed him there would be followed by the wrong version. */
  #stepIn(): void {
    if (this.#standIn === undefined || this.#version.instances.some(isUp)) {
      this.#refuse();
      return;
    }
    this.#version = this.#standIn;
    this.#standIn = undefined;
    this.#isCounted = false;
    this.#hasFailed = false;
    this.#next();
  }

  #count(): void {
    if (!this.#isCounted && !this.isPinned) this.#version.counts.requests++;
    this.#isCounted = true;
  }

  /** However often its turn comes and somebody else was there first, it waits no longer than this in all. */
  #awaitRoom(): void {
    this.#roomEndsMs ||= performance.now() + roomMs;
    this.#stopWaiting = awaitRoom(
      this.#version,
      this.#roomEndsMs - performance.now(),
      () => this.#next(),
      () => {
        this.fail();
        this.#refuse();
      },
    );
  }

  /** One error of the version it is with, however often it failed there. */
  fail(): void {
    this.#count();
    if (!this.#hasFailed && !this.isPinned) this.#version.counts.errors++;
    this.#hasFailed = true;
  }

  again(instance: Instance, reason: FailedBy): void {
    // Out of turn until a health check passes; what else goes wrong may be this request's own doing.
    if (reason === 'not-connected') instance.isUp = false;
    const isUnread = this.#body === null || Buffer.isBuffer(this.#body) || !this.request.readableDidRead;
    if (!this.#mayReplay && !(reason === 'not-connected' && isUnread)) this.#refuse();
    else if (reason !== 'closed' || this.#tries >= triesPerInstance) this.#next();
    else if (this.#tries === 1) this.#send(instance, true);
    else setTimeout(() => this.#sendLast(instance), lastTryMs);
  }

  #sendLast(instance: Instance): void {
    if (!this.isGone) this.#send(instance, true);
  }

  reject(): void {
    this.#answer(400, 'this request cannot be passed on: its target or one of its headers is not allowed\n');
  }

  #refuse(): void {
    this.#answer(503, 'no instance answered\n');
  }

  #answer(status: number, text: string): void {
    const { response } = this;
    if (response.headersSent) response.destroy();
    else response.writeHead(status, { 'content-type': 'text/plain' }).end(text);
    // An upload that nobody reads would keep its client from reading this.
    this.request.resume();
  }
}
