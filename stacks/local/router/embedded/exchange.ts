/**
 * One request on its way: from the choice of its version to the last byte of its answer. What it promises:
 *
 * - It stays inside its version while an instance of it answers; stable steps in for a candidate of which none does, and
 *   for nobody who is pinned.
 * - It is sent again only when it is safe to (GET, HEAD, OPTIONS, or an Idempotency-Key with a body that was kept), or
 *   when nothing of it can have been sent.
 * - It counts as one request of each version it was sent to, and as at most one error of each that failed it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { Attempt, type FailedBy, type Sender } from './attempt.ts';
import type { ReadHeaders } from './headers.ts';
import { pick, type Instance, type Version } from './instance-table.ts';
import { bodyOf, keepBody, maxReplayBytes } from './request-body.ts';

const roomSeconds = 2;

export interface Choice {
  version: Version;
  /** Who steps in when no instance of the version answers. */
  standIn: Version | undefined;
  newUser: string | null;
}

/** Kept whole, or read as it comes: undici ends a stream whose attempt fails, so each attempt has its own. */
type Body = Buffer | (() => Readable) | null;

export class Exchange implements Sender {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly newUser: string | null;
  readonly #headers: ReadHeaders;
  #version: Version;
  #standIn: Version | undefined;
  #tried: Instance[] = [];
  #mayReplay: boolean;
  #body: Body = null;
  #attempt: Attempt | null = null;
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
    const { method } = request;
    this.#mayReplay = method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || headers.hasKey;
  }

  begin(): void {
    this.response.once('close', () => {
      if (this.response.writableFinished) return;
      this.isGone = true;
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
    this.#count();
    this.#send(instance, false);
  }

  #send(instance: Instance, isFresh: boolean): void {
    this.#version.counts.inFlight++;
    instance.counts.requests++;
    instance.counts.inFlight++;
    this.#attempt = new Attempt(this, this.#version, instance, isFresh);
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

  #stepIn(): void {
    if (this.#standIn === undefined) {
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
    if (!this.#isCounted) this.#version.counts.requests++;
    this.#isCounted = true;
  }

  #awaitRoom(): void {
    const { waiting } = this.#version;
    const go = (): void => {
      clearTimeout(patience);
      this.#next();
    };
    const patience = setTimeout(() => {
      waiting.splice(waiting.indexOf(go), 1);
      this.fail();
      this.#stepIn();
    }, roomSeconds * 1000);
    waiting.push(go);
  }

  /** One error of the version it is with, however often it failed there. */
  fail(): void {
    this.#count();
    if (!this.#hasFailed) this.#version.counts.errors++;
    this.#hasFailed = true;
  }

  again(instance: Instance, reason: FailedBy, isFresh: boolean): void {
    const isUnread = this.#body === null || Buffer.isBuffer(this.#body) || !this.request.readableDidRead;
    const mayGoOn = this.#mayReplay || (reason === 'not-connected' && isUnread);
    // A connection that was kept may have been at its end by chance; a new one shows whether the instance is.
    if (mayGoOn && reason === 'closed' && !isFresh) this.#send(instance, true);
    else {
      // Out of turn until a health check passes.
      if (reason !== 'closed' || isFresh) instance.isUp = false;
      if (mayGoOn) this.#next();
      else this.#refuse();
    }
  }

  #refuse(): void {
    const { response } = this;
    if (response.headersSent) response.destroy();
    else response.writeHead(503, { 'content-type': 'text/plain' }).end('no instance answered\n');
    // An upload that nobody reads would keep its client from reading this.
    this.request.resume();
  }
}
