import type { ApprovalEvidence, Commit } from './evidence.ts';
import { isBotLogin, type People, type Person } from './people.ts';

/** Everyone who made the change, and so is no peer of it. */
export interface Contributors {
  has(person: Person): boolean;
  /** In words: each one who cannot be traced to an account. */
  unknown: string[];
}

// GitHub itself commits under this name when somebody presses a button; the author is still named.
const webCommitter = 'web-flow';

/**
 * Collects authors, committers, co-authors and pushers of every commit, who opened the pull request, and who had a bot
 * open it. Clean merges of the base are left out: they hold nothing that anybody wrote.
 */
export function findContributors(evidence: ApprovalEvidence, people: People): Contributors {
  const pull = evidence.pull_request;
  const ids = new Set<number>();
  const bots = new Set<string>();
  const unknown: string[] = [];
  const add = (login: string | null | undefined, role: string) => {
    const person = people.find(login);
    if (person !== undefined) ids.add(person.id);
    // An app that the directory leaves out can be no person in it.
    else if (login != null && isBotLogin(login)) bots.add(login.toLowerCase());
    else unknown.push(login == null ? role : `${role} (${login})`);
  };
  add(pull.author, 'the author of the pull request');
  for (const login of pull.behind ?? []) add(login, 'who had a bot open the pull request');
  const cleanMerges = findCleanMerges(pull.commits);
  const covered = coveredByPushes(evidence);
  for (const [index, commit] of pull.commits.entries()) {
    if (cleanMerges.has(commit.sha)) continue;
    const name = commit.sha.slice(0, 12);
    add(commit.author, `the author of ${name}`);
    if (!isWebCommitter(commit)) add(commit.committer, `the committer of ${name}`);
    for (const login of commit.co_authors ?? []) add(login, `a co-author of ${name}`);
    // Left out: the server was not asked, and the push events say it. Null: it was asked, and names nobody.
    if (commit.pushed_by !== undefined || index > covered) add(commit.pushed_by, `who pushed ${name}`);
  }
  const shas = new Set(pull.commits.map(({ sha }) => sha));
  for (const event of evidence.events) {
    if (event.type !== 'push' || cleanMerges.has(event.head) || !shas.has(event.head)) continue;
    add(event.by, `who pushed ${event.head.slice(0, 12)}`);
  }
  return {
    has: ({ id, login }) => ids.has(id) || bots.has(login.toLowerCase()),
    unknown,
  };
}

/** The last place in the list of commits that a push event names; a push brings everything before its head along. */
function coveredByPushes({ pull_request: pull, events }: ApprovalEvidence): number {
  const heads = new Set(events.flatMap((event) => (event.type === 'push' ? [event.head] : [])));
  return pull.commits.findLastIndex(({ sha }) => heads.has(sha));
}

/** Only GitHub's own signature proves that GitHub made the commit: its name can be written by anybody. */
function isWebCommitter({ committer, via_web: viaWeb, verified }: Commit): boolean {
  if (committer?.toLowerCase() !== webCommitter) return false;
  return viaWeb === undefined ? verified === true : viaWeb && verified !== false;
}

/**
 * Merges of the base that recompute to the same tree: their only content is what stood in the base and in the parent
 * that is the pull request's. When both parents are in the pull request, it is not the base that was merged.
 */
function findCleanMerges(commits: readonly Commit[]): Map<string, string> {
  const own = new Set(commits.map(({ sha }) => sha));
  const before = new Map<string, string>();
  for (const { sha, clean_merge: isClean, parents = [] } of commits) {
    const mine = parents.filter((parent) => own.has(parent));
    const [first] = mine;
    if (isClean !== true || parents.length !== 2 || mine.length !== 1 || first === undefined) continue;
    if (first !== sha && parents[0] !== parents[1]) before.set(sha, first);
  }
  return before;
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
