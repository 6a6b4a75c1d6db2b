/**
 * Random lives of a pull request, and beside each a model that knows what every person has really looked at. The model
 * keeps people, heads and opinions as such; the evidence is only what GitHub would tell of them.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ApprovalEvidence, Commit, EvidenceEvent } from '../../policies/approval/evidence.ts';

interface Account {
  id: number;
  /** The same account may be seen under more than one login, as after a rename. */
  logins: [string, string];
  type: 'User' | 'Bot';
  role: Role;
}

type Role = 'read' | 'write' | 'admin';

type Action =
  | { kind: 'push'; by: number; author: number; coAuthor: number; isForced: boolean }
  | { kind: 'force-back'; by: number; back: number }
  | { kind: 'merge-base'; by: number }
  | { kind: 'review'; by: number; alias: 0 | 1; state: string; back: number; isEdited: boolean }
  | { kind: 'comment'; by: number; back: number; form: string; isEdited: boolean; isDeleted: boolean }
  | { kind: 'retarget' }
  | { kind: 'set-role'; of: number; role: Role }
  | { kind: 'team'; of: number }
  | { kind: 'touch'; path: string; previous: string | null };

export interface History {
  accounts: Account[];
  actions: Action[];
  required: number;
  codeOwners: boolean;
}

export interface Life {
  evidence: ApprovalEvidence;
  policy: { required: number; codeOwners: boolean; roles: string[] };
  /** What the model says. */
  isApproved: boolean;
  /** Logins, as first seen, of those whose approval counts by the model. */
  approving: string[];
}

const people = 6;
const person = fc.nat({ max: people - 1 });
const roles = fc.constantFrom<Role>('read', 'write', 'write', 'write', 'admin');
const back = fc.constantFrom(0, 0, 0, 0, 1, 2);
const rarely = fc.constantFrom(false, false, false, false, true);
const states = [
  'APPROVED',
  'APPROVED',
  'APPROVED',
  'APPROVED',
  'CHANGES_REQUESTED',
  'DISMISSED',
  'COMMENTED',
];
const paths = ['src/a.ts', 'src/b.ts', 'db/1.sql'];

const accounts: fc.Arbitrary<Account[]> = fc.tuple(
  ...Array.from({ length: people }, (_, id) =>
    fc.record({
      id: fc.constant(100 + id),
      logins: fc.constant<[string, string]>([`person-${id}`, `Renamed-${id}`]),
      type: fc.constantFrom<Account['type']>('User', 'User', 'User', 'User', 'Bot'),
      role: roles,
    }),
  ),
);

const kind = <Name extends string>(name: Name) => fc.constant(name);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('push'),
      by: fc.constantFrom(0, 0, 0, 1, 2),
      author: fc.constantFrom(0, 0, 0, 1),
      coAuthor: fc.constantFrom(0, 0, 0, 3),
      isForced: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('force-back'), by: fc.constantFrom(0, 0, 1), back: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('merge-base'), by: person }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: kind('review'),
      by: person,
      alias: fc.constantFrom<0 | 1>(0, 1),
      state: fc.constantFrom(...states),
      back,
      isEdited: rarely,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: kind('comment'),
      by: person,
      back,
      form: fc.constantFrom('whole', 'whole', 'prefix', 'short', 'quoted', 'none', 'chat'),
      isEdited: rarely,
      isDeleted: rarely,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('retarget') }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('set-role'), of: person, role: roles }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('team'), of: person }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: kind('touch'),
      path: fc.constantFrom(...paths),
      previous: fc.constantFrom(null, null, ...paths),
    }),
  },
);

export const histories: fc.Arbitrary<History> = fc.record({
  accounts,
  actions: fc.array(action, { minLength: 1, maxLength: 14 }),
  required: fc.constantFrom(1, 1, 2),
  codeOwners: fc.boolean(),
});

/** One state of the branch. `same`: every head whose content this one has, by merges of the base alone. */
interface Head {
  sha: string;
  same: ReadonlySet<string>;
  commits: Commit[];
}

/** What somebody said: that they saw a head, and when. */
interface Approval {
  sha: string;
  time: number;
}

class World {
  readonly events: EvidenceEvent[] = [];
  readonly heads: Head[] = [];
  readonly pushes: { sha: string; by: number; isMerge: boolean; isMove: boolean; time: number }[] = [];
  readonly approvals = new Map<number, Approval[]>();
  readonly objecting = new Set<number>();
  readonly team = new Set<number>([4]);
  readonly files = new Map<string, string | null>([['src/a.ts', null]]);
  retargetedAt = -1;
  time = 0;

  readonly accounts: Account[];

  constructor(accounts: readonly Account[]) {
    this.accounts = accounts.map((account) => ({ ...account }));
    this.push({ kind: 'push', by: 0, author: 0, coAuthor: 0, isForced: false });
  }

  get head(): Head {
    const head = this.heads.at(-1);
    assert.ok(head);
    return head;
  }

  account(index: number): Account {
    const found = this.accounts[index];
    assert.ok(found);
    return found;
  }

  at(): string {
    this.time += 1;
    return new Date(Date.UTC(2026, 0, 1) + this.time * 1000).toISOString();
  }

  /** Ids differ in their first twelve digits. */
  nextSha(): string {
    this.time += 1;
    return this.time.toString(16).padStart(12, '0').padEnd(40, 'f');
  }

  arrive(head: Head, by: number, isMerge: boolean): void {
    const at = this.at();
    const isMove = this.heads.at(-1)?.sha !== head.sha;
    this.heads.push(head);
    this.pushes.push({ sha: head.sha, by, isMerge, isMove, time: this.time });
    this.events.push({ type: 'push', head: head.sha, by: this.account(by).logins[0], at });
  }

  push(step: Extract<Action, { kind: 'push' }>): void {
    const sha = this.nextSha();
    const author = this.account(step.author).logins[0];
    const made: Commit = {
      sha,
      author,
      committer: author,
      co_authors: [this.account(step.coAuthor).logins[1]],
      pushed_by: this.account(step.by).logins[0],
    };
    const before = step.isForced || this.heads.length === 0 ? [] : this.head.commits;
    this.arrive({ sha, same: new Set([sha]), commits: [...before, made] }, step.by, false);
  }

  mergeBase(by: number): void {
    const sha = this.nextSha();
    const login = this.account(by).logins[0];
    const { commits, same, sha: parent } = this.head;
    const parents = [parent, `base-${this.time}`];
    const merge: Commit = {
      sha,
      author: login,
      committer: login,
      pushed_by: login,
      parents,
      clean_merge: true,
    };
    this.arrive({ sha, same: new Set([...same, sha]), commits: [...commits, merge] }, by, true);
  }

  forceBack(by: number, steps: number): void {
    const head = this.heads.at(-1 - steps) ?? this.head;
    const isMerge = head.commits.at(-1)?.clean_merge === true;
    this.arrive(head, by, isMerge);
  }

  review(step: Extract<Action, { kind: 'review' }>): void {
    const { sha } = this.heads.at(-1 - step.back) ?? this.head;
    const { id, logins } = this.account(step.by);
    const at = this.at();
    const { time } = this;
    const edit = step.isEdited ? { edited_at: this.at() } : {};
    this.events.push({
      type: 'review',
      by: logins[step.alias],
      state: step.state,
      commit_id: sha,
      at,
      ...edit,
    });
    if (step.state === 'COMMENTED') return;
    const isApproval = step.state === 'APPROVED';
    const isGood = isApproval && !step.isEdited;
    const kept = isApproval ? (this.approvals.get(id) ?? []) : [];
    this.approvals.set(id, isGood ? [...kept, { sha, time }] : kept);
    if (step.state === 'CHANGES_REQUESTED') this.objecting.add(id);
    // What was edited takes no objection back.
    else if (!isApproval || isGood) this.objecting.delete(id);
  }

  comment(step: Extract<Action, { kind: 'comment' }>): void {
    const { sha } = this.heads.at(-1 - step.back) ?? this.head;
    const bodies: Record<string, string> = {
      whole: `/evenkeel approve ${sha}`,
      prefix: `/evenkeel approve ${sha.slice(0, 12)}`,
      short: `/evenkeel approve ${sha.slice(0, 9)}`,
      quoted: `> /evenkeel approve ${sha}`,
      none: '/evenkeel approve',
    };
    const { id, logins } = this.account(step.by);
    const at = this.at();
    const { time } = this;
    const edit = step.isEdited ? { edited_at: this.at(), edited_by: logins[0] } : {};
    const body = bodies[step.form] ?? 'I approve of this';
    this.events.push({
      type: 'comment',
      id: time,
      by: logins[0],
      body,
      at,
      deleted: step.isDeleted,
      ...edit,
    });
    const counts = ['whole', 'prefix'].includes(step.form) && !step.isEdited && !step.isDeleted;
    if (!counts || this.objecting.has(id)) return;
    this.approvals.set(id, [...(this.approvals.get(id) ?? []), { sha, time }]);
  }

  take(step: Action): void {
    if (step.kind === 'push') this.push(step);
    else if (step.kind === 'merge-base') this.mergeBase(step.by);
    else if (step.kind === 'force-back') this.forceBack(step.by, step.back);
    else if (step.kind === 'review') this.review(step);
    else if (step.kind === 'comment') this.comment(step);
    else if (step.kind === 'retarget') {
      this.at();
      this.retargetedAt = this.time;
    } else if (step.kind === 'set-role') this.account(step.of).role = step.role;
    else if (step.kind === 'team') {
      if (!this.team.delete(step.of)) this.team.add(step.of);
    } else this.files.set(step.path, step.previous === step.path ? null : step.previous);
  }
}

/** Lives through the actions, and says what GitHub would tell and whether the head is really approved. */
export function live({ accounts, actions, required, codeOwners }: History): Life {
  const world = new World(accounts);
  for (const step of actions) world.take(step);
  const { head, files, team } = world;
  const makers = makersOf(world);
  const able = world.accounts.filter(({ type, role }) => type === 'User' && role !== 'read');
  // The commit that was approved, and then merges of the base, each on top of the one before.
  const same = [...head.same];
  const isOnTop = (sha: string, of: string) => same.indexOf(sha) > same.indexOf(of);
  const hasSeen = ({ sha, time }: Approval) =>
    head.same.has(sha) &&
    time > world.retargetedAt &&
    world.pushes.every((push) => push.time < time || !push.isMove || isOnTop(push.sha, sha));
  const approving = able.filter(
    ({ id }) => !makers.has(id) && world.approvals.get(id)?.some(hasSeen) === true,
  );
  const touchesDatabase = [...files].flat().includes('db/1.sql');
  const isOwned = !codeOwners || !touchesDatabase || approving.some(({ id }) => team.has(id - 100));
  const isObjected = able.some(({ id }) => world.objecting.has(id));
  return {
    evidence: evidenceOf(world),
    policy: { required, codeOwners, roles: ['write', 'admin'] },
    isApproved: approving.length >= required && isOwned && !isObjected,
    approving: approving.map(({ logins }) => logins[0]),
  };
}

/** Ids of whoever has a hand in what is on the branch now; merges of the base are nobody's work. */
function makersOf({ accounts, head, pushes }: World): Set<number> {
  const logins = new Set<string | null | undefined>();
  const own = new Set<string>();
  for (const commit of head.commits) {
    if (commit.clean_merge === true) continue;
    own.add(commit.sha);
    for (const login of [commit.author, commit.pushed_by, ...(commit.co_authors ?? [])]) logins.add(login);
  }
  const ids = accounts
    .filter((account) => account.logins.some((login) => logins.has(login)))
    .map(({ id }) => id);
  const pushers = pushes.filter(({ sha, isMerge }) => own.has(sha) && !isMerge).map(({ by }) => by + 100);
  return new Set([100, ...ids, ...pushers]);
}

function evidenceOf({ accounts, events, head, files, team, retargetedAt }: World): ApprovalEvidence {
  const users: ApprovalEvidence['directory']['users'] = {};
  for (const { id, logins, type, role } of accounts)
    for (const login of logins) users[login] = { id, type, role };
  const members = accounts.filter((_, index) => team.has(index)).map(({ logins }) => logins[1].toUpperCase());
  return {
    directory: { users, teams: { 'Shop/Database': members } },
    pull_request: {
      number: 1,
      author: 'person-0',
      base_changed_at:
        retargetedAt < 0 ? null : new Date(Date.UTC(2026, 0, 1) + retargetedAt * 1000).toISOString(),
      head_sha: head.sha,
      commits: head.commits,
      changed_files: [...files].map(([path, previous]) => ({ path, previous_path: previous })),
      files_truncated: false,
      commits_truncated: false,
      codeowners_base: ['/db/ @shop/database'],
    },
    events,
  };
}
