/** The `approval` part of the policy file after loading: what has to be approved, and by whom. */
export interface ApprovalPolicy {
  /** Peers whose approval every change needs; 0 only where code owners, rules, kinds or risk ask for somebody. */
  required: number;
  codeOwners: boolean;
  /** Repository roles (`role_name`, custom ones included) that may approve. */
  roles: string[];
  /** Logins that are no persons and may approve all the same. */
  bots?: string[];
  /** Peers by risk. The highest number that applies counts, never a lower one. */
  risk?: Partial<Record<RiskLevel, number>>;
  /** Peers by kind of change (`sql`, `infra` …); the highest number that applies counts. */
  kinds?: Partial<Record<ChangeKind, number>>;
  labels?: {
    /** Each of them has to be on the pull request. */
    required: string[];
    /** None of them may be. */
    blocking: string[];
  };
  /** Every commit has to carry a signature that the server verified. */
  signedCommits?: boolean;
  /** Names of checks that have to have succeeded on the head. */
  checks?: string[];
  /** Each of them has to hold. */
  rules?: ApprovalRule[];
}

export type RiskLevel = 'low' | 'medium' | 'high';
export const riskLevels: readonly RiskLevel[] = ['low', 'medium', 'high'];

export type ChangeKind = 'config' | 'schema' | 'sql' | 'code' | 'infra' | 'policy' | 'workflow';
export const changeKinds: readonly ChangeKind[] = [
  'config',
  'schema',
  'sql',
  'code',
  'infra',
  'policy',
  'workflow',
];

/** A tree: `all` and `any` of others, or so many approvals. One whose `when` does not apply is left out of its parent. */
export type ApprovalRule = { name: string; when: RulePredicates } & (
  { all: ApprovalRule[] } | { any: ApprovalRule[] } | { required: number; from: RuleApprovers | null }
);

/** Who counts: whoever is in one of these lists. */
export interface RuleApprovers {
  roles: string[];
  teams: string[];
  users: string[];
}

/** A rule applies where each of those that are given holds; in a list, one entry is enough. */
export interface RulePredicates {
  /** Globs of changed paths, both names of a rename. */
  paths?: string[];
  /** Globs of paths that do not count: the rule applies where something else changed. */
  exceptPaths?: string[];
  kinds?: ChangeKind[];
  risk?: RiskLevel[];
  labels?: string[];
  /** Globs of the base branch. */
  branches?: string[];
  minFiles?: number;
  /** Lines added and removed. */
  minLines?: number;
  /** Logins of who opened the pull request. */
  authors?: string[];
  authorTeams?: string[];
}
