import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { observe } from './counts.ts';
import { answerHeaders } from './headers.ts';
import { release, type Instance, type Version } from './instance-table.ts';

/** `not-connected`: nothing can have been sent. `closed`: the connection ended before an answer. `silent`: no answer in time. */
export type FailedBy = 'not-connected' | 'closed' | 'silent';

/** Whoever sends, as one try at it sees him. */
export interface Sender {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Somebody who gets a cookie with the answer. */
  readonly newUser: string | null;
  readonly isPinned: boolean;
  /** The client has left. */
  readonly isGone: boolean;
  fail(): void;
  /** It is nothing that can be sent to anybody: the client's error, and no instance's. */
  reject(): void;
  /** What to do after a try that got no answer. */
  again(instance: Instance, reason: FailedBy): void;
}

const maxHeldBytes = 16 * 1024;
/** What may stand in a status line; one that has more loses its words, not its answer. */
const writable = /^[\t\x20-\x7e\x80-\xff]*$/;

/** One try at one instance. */
export class Attempt implements Dispatcher.DispatchHandler {
  readonly #exchange: Sender;
  readonly #version: Version;
  readonly #instance: Instance;
  readonly #startedMs = performance.now();
  #controller: Dispatcher.DispatchController | null = null;
  #hasFailed = false;
  #first: Buffer | null = null;
  #hasFlowed = false;

  constructor(exchange: Sender, version: Version, instance: Instance) {
    this.#exchange = exchange;
    this.#version = version;
    this.#instance = instance;
  }

  abort(): void {
    this.#controller?.abort(new Error('the client is gone'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#exchange.isGone) this.abort();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    text?: string,
  ): void {
    const { response, newUser } = this.#exchange;
    if (status < 200) {
      // Early hints are the only interim answer with something in it.
      if (status === 103) passHints(response, headers);
      return;
    }
    const elapsedMs = performance.now() - this.#startedMs;
    if (!this.#exchange.isPinned) observe(this.#version.counts, elapsedMs);
    observe(this.#instance.counts, elapsedMs);
    if (status >= 500) this.#fail();
    const line = answerHeaders(headers, this.#version.release, newUser);
    if (text === undefined || !writable.test(text)) response.writeHead(status, line);
    else response.writeHead(status, text, line);
    process.nextTick(flow, this);
  }

  /** The first piece waits for the rest of what came with it: mostly that is the end, and all leaves in one write. */
  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#first === null && !this.#hasFlowed && chunk.length <= maxHeldBytes) {
      this.#first = chunk;
      return;
    }
    this.flow();
    this.#write(controller, chunk);
  }

  onResponseEnd(): void {
    release(this.#version, this.#instance);
    const { response } = this.#exchange;
    // As a string, Node writes it together with the head.
    if (this.#first === null) response.end();
    else response.end(this.#first.toString('latin1'), 'latin1');
    this.#first = null;
    this.#hasFlowed = true;
  }

  /** Sends what has come so far. */
  flow(): void {
    if (this.#hasFlowed) return;
    this.#hasFlowed = true;
    const { response } = this.#exchange;
    if (response.destroyed) return;
    if (this.#first === null) response.flushHeaders();
    else if (this.#controller !== null) this.#write(this.#controller, this.#first);
    this.#first = null;
  }

  #write(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response } = this.#exchange;
    if (response.write(chunk)) return;
    controller.pause();
    response.once('drain', () => controller.resume());
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    release(this.#version, this.#instance);
    const { request, response } = this.#exchange;
    // A client that left in the middle is nobody's error.
    if (this.#exchange.isGone || (request.destroyed && !request.complete)) return;
    if ('code' in error && error.code === 'UND_ERR_INVALID_ARG') {
      this.#exchange.reject();
      return;
    }
    this.#fail();
    if (response.headersSent) {
      this.#first = null;
      // The head is out, so a body that breaks off can only break off for the client too.
      response.destroy();
      return;
    }
    this.#exchange.again(this.#instance, reasonOf(error));
  }

  #fail(): void {
    this.#exchange.fail();
    if (!this.#hasFailed) this.#instance.counts.errors++;
    this.#hasFailed = true;
  }
}

/** They are advice: Node writes none that it cannot read, and the answer itself is still to come. */
function passHints(response: ServerResponse, { link }: IncomingHttpHeaders): void {
  if (link === undefined) return;
  try {
    response.writeEarlyHints({ link });
  } catch {
    // Its `link` is none.
  }
}

function flow(attempt: Attempt): void {
  attempt.flow();
}

function reasonOf(error: Error): FailedBy {
  const code = 'code' in error ? error.code : '';
  if (code === 'ECONNREFUSED' || code === 'UND_ERR_CONNECT_TIMEOUT') return 'not-connected';
  return code === 'UND_ERR_HEADERS_TIMEOUT' ? 'silent' : 'closed';
}
