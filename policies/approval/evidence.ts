/**
 * The evidence on which an approval is decided, as one JSON value: what GitHub (or a file given with `--evidence`)
 * says about a pull request. A trust boundary: whatever does not have this shape is refused as a whole, because a
 * field that is misread could turn into an approval. Unknown extra keys are accepted: evidence may grow.
 */
import { Ajv } from 'ajv';
import { evidenceSchema } from './evidence-schema.ts';

interface DirectoryUser {
  id: number;
  type: string;
  /** GitHub's `role_name` in the repository: read, triage, write, maintain, admin, or a custom role. */
  role: string;
  suspended?: boolean;
}

interface Directory {
  users: Record<string, DirectoryUser>;
  /** Logins by `organisation/team-slug`. */
  teams: Record<string, string[]>;
  /** Invited to a team and not yet in it. */
  pending?: Record<string, string[]>;
  /** Teams whose members may not be read. */
  unreadable_teams?: string[];
}

export interface Commit {
  sha: string;
  /** Logins; null when an e-mail maps to no account. */
  author: string | null;
  committer: string | null;
  co_authors?: (string | null)[];
  pushed_by?: string | null;
  pushed_at?: string | null;
  parents?: string[];
  verified?: boolean;
  via_web?: boolean;
  /** The commit merges the base and recomputes to the same tree, so it holds nothing that nobody has seen. */
  clean_merge?: boolean;
}

export interface ChangedFile {
  path: string;
  previous_path?: string | null;
  status?: string;
  /** Added and removed. */
  lines?: number;
}

/** A check of the head. */
interface CheckEvidence {
  name: string;
  app_id?: number | null;
  status: string;
  conclusion: string | null;
}

/** What our own check found in this change. */
export interface FindingEvidence {
  rule: string;
  level: string;
  proof?: string | null;
  kind?: string | null;
  path: string;
  waived?: boolean;
}

interface PullRequestEvidence {
  number: number;
  author: string | null;
  /** Who had a bot open it; null for somebody who cannot be named. */
  behind?: (string | null)[];
  title?: string;
  /** open, closed or merged. */
  state?: string;
  labels?: string[];
  draft?: boolean;
  base_ref?: string;
  /** When it was last pointed at another base; null or left out: never. */
  base_changed_at?: string | null;
  head_sha: string;
  commits: Commit[];
  changed_files: ChangedFile[];
  files_truncated: boolean;
  commits_truncated: boolean;
  /** The lines of CODEOWNERS in the base; null when the base has none. */
  codeowners_base?: string[] | null;
  policy_changed_in_pr?: boolean;
}

export interface ReviewEvent {
  type: 'review';
  by: string | null;
  /** APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED or PENDING, in any case. */
  state: string;
  commit_id: string | null;
  at: string;
  edited_at?: string | null;
  edited_by?: string | null;
}

export interface CommentEvent {
  type: 'comment';
  id?: number;
  by: string | null;
  body: string;
  at: string;
  edited_at?: string | null;
  edited_by?: string | null;
  deleted?: boolean;
}

interface PushEvent {
  type: 'push';
  head: string;
  at: string;
  by: string | null;
}

export type EvidenceEvent = ReviewEvent | CommentEvent | PushEvent;

export interface ApprovalEvidence {
  /** The `approval` part of the policy file as it stands there. The policy that decides is given apart. */
  policy?: unknown;
  directory: Directory;
  pull_request: PullRequestEvidence;
  /** In the order in which they happened, as the server lists them: no clock orders them. */
  events: EvidenceEvent[];
  checks?: CheckEvidence[];
  findings?: FindingEvidence[];
}

const validate = new Ajv({ allowUnionTypes: true }).compile<ApprovalEvidence>(evidenceSchema);

export type EvidenceReading = { ok: true; evidence: ApprovalEvidence } | { ok: false; message: string };

/** Reads one evidence value. Never throws: what is not evidence is refused with the place and the reason. */
export function parseEvidence(value: unknown): EvidenceReading {
  if (validate(value)) return { ok: true, evidence: value };
  const error = validate.errors?.[0];
  const place = error?.instancePath === '' || error === undefined ? 'its top level' : error.instancePath;
  return {
    ok: false,
    message: `the approval evidence cannot be used: at ${place} it ${error?.message ?? 'has another shape'}`,
  };
}
