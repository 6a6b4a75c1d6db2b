import { pointerTo } from '../../analyzers/document/document.ts';
import type {
  ApprovalPolicy,
  ApprovalRule,
  ChangeKind,
  RiskLevel,
  RulePredicates,
} from '../approval/approval-policy.ts';
import type { PolicyFault } from './schema-faults.ts';

/** The `approval` part as its JSON Schema lets it through. */
export interface RawApproval {
  required: number;
  codeOwners?: boolean;
  roles?: string[];
  bots?: string[];
  risk?: Partial<Record<RiskLevel, number>>;
  kinds?: Partial<Record<ChangeKind, number>>;
  labels?: { required?: string[]; blocking?: string[] };
  signedCommits?: boolean;
  checks?: string[];
  rules?: RawRule[];
}

interface RawRule {
  name?: string;
  when?: RulePredicates;
  all?: RawRule[];
  any?: RawRule[];
  required?: number;
  roles?: string[];
  teams?: string[];
  users?: string[];
}

/** Rules deeper than this are refused, so that whoever reads them still can. */
const deepest = 6;

/** Fills in the defaults and checks what the JSON Schema cannot say; faults are put to the others. */
export function fillApproval(raw: RawApproval, faults: PolicyFault[]): ApprovalPolicy {
  const rules = (raw.rules ?? []).map((rule, index) => fillRule(rule, `/approval/rules/${index}`, 1, faults));
  const asksByChange = raw.risk !== undefined || raw.kinds !== undefined || raw.codeOwners === true;
  if (raw.required === 0 && !asksByChange && rules.length === 0) {
    faults.push({
      pointer: '/approval/required',
      onKey: false,
      message:
        'with 0 nobody would ever be asked: require a peer, or say by codeOwners, risk, kinds or rules who is asked',
    });
  }
  return {
    required: raw.required,
    codeOwners: raw.codeOwners ?? false,
    roles: raw.roles ?? ['write', 'maintain', 'admin'],
    bots: withoutAt(raw.bots),
    risk: raw.risk ?? {},
    kinds: raw.kinds ?? {},
    labels: { required: raw.labels?.required ?? [], blocking: raw.labels?.blocking ?? [] },
    signedCommits: raw.signedCommits ?? false,
    checks: raw.checks ?? [],
    rules,
  };
}

function fillRule(raw: RawRule, pointer: string, depth: number, faults: PolicyFault[]): ApprovalRule {
  const fault = faultOf(raw, depth);
  if (fault !== null) faults.push({ pointer, onKey: false, message: fault });
  const when = predicatesOf(raw.when);
  const children = (key: 'all' | 'any') =>
    (depth >= deepest ? [] : (raw[key] ?? [])).map((child, index) =>
      fillRule(child, pointerTo(pointerTo(pointer, key), String(index)), depth + 1, faults),
    );
  if (raw.all !== undefined) return { name: raw.name ?? 'all of these', when, all: children('all') };
  if (raw.any !== undefined) return { name: raw.name ?? 'one of these', when, any: children('any') };
  const { required = 1, roles = [] } = raw;
  const [teams, users] = [withoutAt(raw.teams), withoutAt(raw.users)];
  const whom = [...users, ...teams, ...roles];
  const from = whom.length === 0 ? null : { roles, teams, users };
  const who =
    from === null ? (required === 1 ? 'one peer' : `${required} peers`) : `${required} of ${whom.join(', ')}`;
  return { name: raw.name ?? `${who} approved`, when, required, from };
}

function predicatesOf(when: RulePredicates = {}): RulePredicates {
  const { authors, authorTeams } = when;
  return {
    ...when,
    ...(authors && { authors: withoutAt(authors) }),
    ...(authorTeams && { authorTeams: withoutAt(authorTeams) }),
  };
}

/** CODEOWNERS writes people and teams with an `@`, so policies do as well. */
function withoutAt(names: readonly string[] = []): string[] {
  return names.map((name) => name.replace(/^@/, ''));
}

function faultOf({ all, any, required, roles, teams, users }: RawRule, depth: number): string | null {
  const given = [all, any, required].filter((part) => part !== undefined).length;
  if (given !== 1) return 'a rule has exactly one of "all", "any" and "required"';
  if (required === undefined && (roles ?? teams ?? users) !== undefined)
    return 'roles, teams and users belong to the rules with "required", inside of "all" and "any"';
  return depth > deepest || (depth === deepest && required === undefined)
    ? `rules are at most ${deepest} levels deep`
    : null;
}
