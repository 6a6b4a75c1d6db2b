import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import { effectFailure, inputFailure, type Failure } from '../../stacks/failure.ts';

export type GitHub = InstanceType<typeof Octokit>;

/** One repository behind one token. */
export interface Repository {
  github: GitHub;
  owner: string;
  repo: string;
}

const maxWaits = 3;
// A primary limit may reset in an hour; a job that waits so long helps nobody.
const maxWaitSeconds = 300;

/** How patient the client is. A test is less so. */
export interface ClientTimes {
  /** For one request and its whole answer. */
  requestTimeoutMs: number;
  /** A failed request waits this long, then four and nine times as long. */
  retryBaseMs: number;
  /** Clients of one name space out their writes together; all of a process have the same, unless said otherwise. */
  spacedWith?: string;
}

const usualTimes: ClientTimes = { requestTimeoutMs: 60_000, retryBaseMs: 1000 };

/**
 * A client that retries answers of 5xx, spaces out its writes, and waits for rate limits instead of failing on them.
 * Never retries by itself what must not happen twice: such calls pass `request: { retries: 0 }`.
 */
export function openGitHub(
  token: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  progress: (line: string) => void,
  times: ClientTimes = usualTimes,
): GitHub {
  if (token === undefined) {
    throw inputFailure('token-missing', 'the input `token` is empty; leave it out to use the workflow token');
  }
  const wait =
    (what: string) => (retryAfterSeconds: number, _options: unknown, _octokit: unknown, tries: number) => {
      if (tries >= maxWaits || retryAfterSeconds > maxWaitSeconds) return false;
      progress(`GitHub's ${what} limit is reached; going on in ${retryAfterSeconds} s`);
      return true;
    };
  const silent = (): void => undefined;
  return new (Octokit.plugin(retry, throttling))({
    auth: token,
    baseUrl: env['GITHUB_API_URL'] ?? 'https://api.github.com',
    userAgent: 'evenkeel',
    log: { debug: silent, info: silent, warn: silent, error: silent },
    request: { fetch: fetchWhole(times.requestTimeoutMs) },
    retry: { retryAfterBaseValue: times.retryBaseMs },
    throttle: {
      id: times.spacedWith ?? 'all',
      retryAfterBaseValue: times.retryBaseMs,
      onRateLimit: wait('rate'),
      onSecondaryRateLimit: wait('secondary rate'),
    },
  });
}

/**
 * As `fetch`, and done only when the whole answer is there: an answer that is cut off on its way, or that never comes,
 * then counts as a failed request and is asked for again.
 */
function fetchWhole(timeoutMs: number): typeof fetch {
  return async (input, init) => {
    const limit = AbortSignal.timeout(timeoutMs);
    const signal = init?.signal == null ? limit : AbortSignal.any([init.signal, limit]);
    const response = await fetch(input, { ...init, signal });
    await response.clone().arrayBuffer();
    return response;
  };
}

/** The HTTP status of a failed call; undefined when it failed otherwise (no connection). */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'status' in error && typeof error.status === 'number'
    ? error.status
    : undefined;
}

/** The token may not do it, or may not know that there is something to do it to. */
export function isForbidden(error: unknown): boolean {
  const status = statusOf(error);
  return status === 401 || status === 403 || status === 404;
}

/** One sentence for a call that failed for good. */
export function gitHubFailure(what: string, error: unknown): Failure {
  const status = statusOf(error);
  const mayRetry = status === undefined || status >= 500 || status === 429;
  const why = status === undefined ? 'did not answer' : `answered ${status}`;
  const cure = mayRetry ? 'run the job again' : 'look at the `permissions` of the job';
  return effectFailure('github-failed', `${what}: GitHub ${why}; ${cure}`, mayRetry);
}
