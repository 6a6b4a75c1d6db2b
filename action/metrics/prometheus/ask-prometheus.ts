/**
 * Trust boundary: requests to a metrics server, with the credentials that the policy refers to. They go to the one address
 * that is written there: a redirect is not followed. What goes wrong is said without the address's or the server's words.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';

/** One request to a Prometheus server; the answer's JSON, or in a few words why there is none. */
export type AskPrometheus = (
  path: string,
  parameters: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<{ answer: unknown } | { problem: string }>;

export interface PrometheusAddress {
  /** Without a slash at the end. */
  url: string;
  /** The value of the header, when the server wants one. */
  authorization: string | null;
  /** A certificate authority of one's own, PEM. */
  ca: string | null;
  timeoutSeconds: number;
}

const maxAnswerBytes = 64 * 1024 * 1024;
const connectMs = 3000;
/** Before the second and the third try, when the server names no time of its own. */
const pausesMs = [250, 1000];
const maxPauseMs = 5000;
const retried = new Set([429, 500, 502, 503, 504]);

type Tried = { answer: unknown } | { problem: string; mayRetry: boolean; pauseMs?: number };

/** Asks up to three times while a server is busy or cannot be reached; `timeoutSeconds` is for all of it. */
export function askPrometheus(address: PrometheusAddress): AskPrometheus {
  const { ca, timeoutSeconds } = address;
  const agent = new Agent({ connect: { timeout: connectMs, ...(ca === null ? {} : { ca }) } });
  return async (path, parameters, signal) => {
    const url = `${address.url}${path}?${new URLSearchParams(parameters).toString()}`;
    const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
    const either = AbortSignal.any([signal, deadline]);
    for (let tries = 0; ; tries++) {
      const tried = await tryOnce(url, address, agent, either);
      signal.throwIfAborted();
      if ('answer' in tried) return tried;
      if (deadline.aborted) return { problem: `the server did not answer within ${timeoutSeconds} s` };
      const pauseMs = pausesMs[tries];
      if (!tried.mayRetry || pauseMs === undefined) return { problem: tried.problem };
      // Many rollouts must not ask again in step.
      const jitteredMs = pauseMs * (0.75 + Math.random() / 2);
      await wait(Math.min(maxPauseMs, tried.pauseMs ?? jitteredMs), undefined, { signal: either }).catch(
        () => undefined,
      );
    }
  };
}

async function tryOnce(
  url: string,
  { authorization }: PrometheusAddress,
  dispatcher: Agent,
  signal: AbortSignal,
): Promise<Tried> {
  try {
    const { statusCode, headers, body } = await request(url, {
      dispatcher,
      headers: { accept: 'application/json', ...(authorization === null ? {} : { authorization }) },
      signal,
    });
    // VictoriaMetrics calls raw samples `stream+json`.
    const isJson = /^application\/(?:stream\+)?json\b/.test(String(headers['content-type']));
    // A refused query is 400 or 422, and its answer says why.
    if (isJson && (statusCode === 200 || statusCode === 400 || statusCode === 422)) {
      return parse(await readBounded(body));
    }
    await body.dump();
    const retryAfter = /^\d{1,4}$/.exec(String(headers['retry-after']))?.[0];
    const pause = retryAfter === undefined ? {} : { pauseMs: Number(retryAfter) * 1000 };
    return { problem: describeStatus(statusCode), mayRetry: retried.has(statusCode), ...pause };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no connection';
    return { problem: `the server cannot be reached (${code})`, mayRetry: true };
  }
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string | null): Tried {
  if (text === null) {
    const problem = `the answer is longer than ${maxAnswerBytes / 1024 / 1024} MiB; narrow the selectors`;
    return { problem, mayRetry: false };
  }
  try {
    const answer: unknown = JSON.parse(text);
    return { answer };
  } catch {
    return { problem: 'the answer is not JSON', mayRetry: false };
  }
}

function describeStatus(status: number): string {
  if (status === 401 || status === 403) return `the server refused the credentials (${status})`;
  if (status >= 300 && status < 400) return `the server redirects (${status}); name the address itself`;
  if (status === 200) return 'the answer is not JSON; is this the address of a Prometheus server?';
  return `the server answered ${status}`;
}
