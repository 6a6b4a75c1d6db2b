import type { ApprovalEvidence, Commit } from './evidence.ts';
import type { People } from './people.ts';

/** Everyone who made the change, and so is no peer of it. */
export interface Contributors {
  ids: ReadonlySet<number>;
  /** In words: each one who cannot be traced to an account. */
  unknown: string[];
}

// GitHub itself commits under this name when somebody presses a button; the author is still named.
const webCommitter = 'web-flow';

/** Collects authors, committers, co-authors and pushers of every commit, and who opened the pull request. */
export function findContributors(evidence: ApprovalEvidence, people: People): Contributors {
  const pull = evidence.pull_request;
  const ids = new Set<number>();
  const unknown: string[] = [];
  const add = (login: string | null | undefined, role: string) => {
    const person = people.find(login);
    if (person !== undefined) ids.add(person.id);
    else unknown.push(login == null ? role : `${role} (${login})`);
  };
  add(pull.author, 'the author of the pull request');
  const cleanMerges = findCleanMerges(pull.commits);
  for (const commit of pull.commits) {
    if (cleanMerges.has(commit.sha)) continue;
    const name = commit.sha.slice(0, 12);
    add(commit.author, `the author of ${name}`);
    if (!isWebCommitter(commit)) add(commit.committer, `the committer of ${name}`);
    for (const login of commit.co_authors ?? []) add(login, `a co-author of ${name}`);
    // Left out: the server was not asked. Null: it was asked, and names nobody.
    if (commit.pushed_by !== undefined) add(commit.pushed_by, `who pushed ${name}`);
  }
  const shas = new Set(pull.commits.map(({ sha }) => sha));
  for (const event of evidence.events) {
    if (event.type !== 'push' || cleanMerges.has(event.head) || !shas.has(event.head)) continue;
    add(event.by, `who pushed ${event.head.slice(0, 12)}`);
  }
  return { ids, unknown };
}

function isWebCommitter(commit: Commit): boolean {
  return commit.via_web === true && commit.committer?.toLowerCase() === webCommitter;
}

/**
 * Merges of the base that recompute to the same tree: their only content is what stood in the base and in the first
 * parent. A second parent that is in the pull request itself is not the base, so it is not one of these.
 */
function findCleanMerges(commits: readonly Commit[]): Map<string, string> {
  const own = new Set(commits.map(({ sha }) => sha));
  const firstParents = new Map<string, string>();
  for (const { sha, clean_merge, parents } of commits) {
    const [first, second, ...others] = parents ?? [];
    if (clean_merge !== true || first === undefined || second === undefined || others.length > 0) continue;
    if (own.has(first) && !own.has(second)) firstParents.set(sha, first);
  }
  return firstParents;
}

/** The head, and every commit that the head only adds clean merges of the base to. */
export function equivalentHeads(head: string, commits: readonly Commit[]): Set<string> {
  const cleanMerges = findCleanMerges(commits);
  const heads = new Set<string>();
  for (let at: string | undefined = head; at !== undefined && !heads.has(at); at = cleanMerges.get(at)) {
    heads.add(at);
  }
  return heads;
}
