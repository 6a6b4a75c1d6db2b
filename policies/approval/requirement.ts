/** One thing that must hold, and whether it does; together a tree that explains the decision. */
export interface Requirement {
  name: string;
  isMet: boolean;
  detail: string;
  /** Logins of those who count towards it. */
  by: string[];
  children: Requirement[];
  /** It does not apply to this change, for the reason in `detail`, and so is neither met nor missing. */
  isSkipped?: true;
  /** One of its children is enough. */
  oneIsEnough?: true;
  /** Who could still give what is missing, by the policy or CODEOWNERS. Null: anybody who may approve at all. */
  waitsFor?: { count: number; from: { roles: string[]; teams: string[]; users: string[] } | null };
}
