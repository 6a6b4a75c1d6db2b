/**
 * Looks whether runbooks can be reached. A trust boundary: addresses come from the policy file, and what a page answers is
 * only ever its status. Pages are asked where `asksPages` says so: a terminal may be anywhere.
 */
import { textOf } from '../../analyzers/change.ts';
import type { Tree } from '../../analyzers/scope.ts';
import { runbookPlace, sectionsOf } from '../../policies/runbooks/read-runbook.ts';
import type { RunbookSight } from '../../policies/runbooks/runbook-findings.ts';

export interface LookOptions {
  tree: Tree;
  asksPages: boolean;
  signal: AbortSignal;
  /** For one page and its answer; a test is less patient. */
  pageTimeoutMs?: number;
  fetchPage?: typeof fetch;
}

/** What looking for each of these references came to, each asked once. */
export async function lookForRunbooks(
  references: readonly string[],
  options: LookOptions,
): Promise<Map<string, RunbookSight>> {
  const distinct = [...new Set(references)];
  const sights = await Promise.all(distinct.map((reference) => look(reference, options)));
  return new Map(distinct.map((reference, index) => [reference, sights[index] ?? unseen]));
}

const unseen: RunbookSight = { state: 'not-checked', why: 'nobody looked' };

async function look(reference: string, options: LookOptions): Promise<RunbookSight> {
  const place = runbookPlace(reference);
  switch (place.kind) {
    case 'unusable':
      return { state: 'missing', why: place.why };
    case 'file': {
      const text = textOf(await options.tree.read(place.path));
      if (text === undefined) return { state: 'missing', why: 'is no text file at head' };
      if (text.trim() === '') return { state: 'missing', why: 'is an empty file' };
      const { anchor } = place;
      if (anchor === null || sectionsOf(text).some((section) => section.anchor === anchor))
        return { state: 'there' };
      return { state: 'missing', why: `has no heading with the anchor #${anchor}` };
    }
    case 'page':
      return options.asksPages
        ? await askPage(place.url, options)
        : { state: 'not-checked', why: 'pages are asked by `check` on a runner only' };
  }
}

/** A page that wants a sign-in is there: on call, people have one. */
async function askPage(
  url: string,
  { signal, pageTimeoutMs = 5000, fetchPage = fetch }: LookOptions,
): Promise<RunbookSight> {
  let end = url;
  const ask = async (method: 'HEAD' | 'GET'): Promise<number> => {
    const response = await fetchPage(url, {
      method,
      headers: { 'user-agent': 'evenkeel' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(pageTimeoutMs)]),
    });
    await response.body?.cancel();
    if (response.redirected) end = response.url;
    return response.status;
  };
  try {
    const first = await ask('HEAD');
    // Some servers know no HEAD.
    const status = first === 404 || first === 405 || first === 501 ? await ask('GET') : first;
    if (!end.startsWith('https:')) return { state: 'missing', why: 'leads to an address that is not https' };
    if (status < 400 || status === 401 || status === 403) return { state: 'there' };
    // Too many, or a server's own trouble: that says nothing of the page.
    if (status === 429 || status >= 500)
      return { state: 'not-checked', why: `its server answered ${status}` };
    return { state: 'missing', why: `answers ${status}` };
  } catch (error) {
    if (error instanceof DOMException)
      return { state: 'not-checked', why: `its server did not answer within ${pageTimeoutMs / 1000} s` };
    // A name that is known nowhere, nobody who listens there, a certificate that is not good: from here, at least.
    return { state: 'not-checked', why: `its server cannot be reached (${reasonOf(error)})` };
  }
}

/** The short code of what keeps a connection from being made. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'no connection';
}
