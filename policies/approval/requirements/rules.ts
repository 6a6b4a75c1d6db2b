import type { ApprovalPolicy, ApprovalRule, RuleApprovers } from '../approval-policy.ts';
import type { People, Person } from '../people.ts';
import type { ApprovalReasonCode } from '../reason-codes.ts';
import type { Requirement } from '../requirement.ts';
import { eligiblePeers } from './eligible-peers.ts';
import { appliesTo } from './rule-predicates.ts';
import { countPeers, list, type ChangeInQuestion, type Check, type Situation } from './situation.ts';

/** Each rule of the policy as a requirement; those that do not apply are shown as skipped. */
export function requireRules(situation: Situation): Check[] {
  return (situation.policy.rules ?? []).map((rule) => judge(rule, situation));
}

function judge(rule: ApprovalRule, situation: Situation): Check {
  const { name } = rule;
  const applicability = appliesTo(situation, rule.when);
  if (applicability.applies === false)
    return { ...nodeOf(name, true, `does not apply: ${applicability.why}`, [], []), isSkipped: true };
  if (applicability.applies === 'unknown') {
    const detail = `whether the rule "${name}" applies is not known: ${applicability.why}`;
    return { ...nodeOf(name, false, detail, [], []), code: 'rule-unknown', otherwise: 'rejected' };
  }
  if ('all' in rule)
    return judgeAll(
      name,
      rule.all.map((child) => judge(child, situation)),
    );
  if ('any' in rule)
    return judgeAny(
      name,
      rule.any.map((child) => judge(child, situation)),
    );
  return judgeCount(name, rule, situation);
}

function judgeAll(name: string, children: Check[]): Check {
  const asked = children.filter((child) => child.isSkipped !== true);
  if (asked.length === 0) return skippedGroup(name, children);
  const missing =
    asked.find((child) => !child.isMet && child.otherwise === 'rejected') ?? asked.find(isUnmet);
  const by = [...new Set(asked.flatMap((child) => child.by))];
  return {
    ...nodeOf(name, missing === undefined, missing?.detail ?? 'all hold', by, children),
    ...(missing === undefined ? {} : { code: missing.code, otherwise: missing.otherwise }),
  };
}

/** A branch that does not apply satisfies nothing: one of those that do has to hold. */
function judgeAny(name: string, children: Check[]): Check {
  const asked = children.filter((child) => child.isSkipped !== true);
  if (asked.length === 0) return skippedGroup(name, children);
  const met = asked.find((child) => child.isMet);
  if (met !== undefined) return nodeOf(name, true, `"${met.name}" holds`, met.by, children);
  const open = asked.find((child) => child.otherwise === 'pending');
  const detail = `none of these holds: ${asked.map((child) => child.detail).join('; or ')}`;
  const reason = open ?? asked[0];
  return {
    ...nodeOf(name, false, detail, [], children),
    oneIsEnough: true,
    ...(reason === undefined ? {} : { code: reason.code, otherwise: reason.otherwise }),
  };
}

function judgeCount(
  name: string,
  { required, from }: { required: number; from: RuleApprovers | null },
  situation: Situation,
): Check {
  const { reviews, people, policy } = situation;
  const isMeant = meantBy(from, people, policy);
  const by = reviews.approvers.filter(isMeant).map(({ login }) => login);
  if (by.length >= required) return nodeOf(name, true, `${list(by)} approved`, by, []);
  const whom = from === null ? '' : ` out of ${list([...from.users, ...from.teams, ...from.roles])}`;
  const detail = `"${name}" needs the approval of ${countPeers(required)}${whom} and has ${by.length === 0 ? 'none' : `that of ${list(by)}`}`;
  const unread = from?.teams.find((team) => !people.isTeamKnown(team));
  const waitsFor = { count: required - by.length, from };
  if (unread === undefined) {
    const able = from === null || from.roles.length > 0 ? null : eligiblePeers(situation).filter(isMeant);
    const sentence = able === null || able.length >= waitsFor.count ? detail : `${detail}; ${tooFew(able)}`;
    return { ...nodeOf(name, false, sentence, by, []), waitsFor };
  }
  const sentence = `${detail}, and the team ${unread} does not exist or may not be read: give the token the right to, or name another`;
  return { ...nodeOf(name, false, sentence, by, []), waitsFor, code: 'team-unknown', otherwise: 'rejected' };
}

/** Of a rule that names people and teams, so that the directory holds everybody who could give it. */
function tooFew(able: readonly Person[]): string {
  const who = able.length === 0 ? 'nobody' : `only ${list(able.map(({ login }) => login))}`;
  return `${who} can still give it: have the policy name more who may approve and did not make the change`;
}

/**
 * Whether a person is one of those that a rule names; null names everybody who may approve. A role that the rule names
 * is one that may approve there, also when the policy does not name it for every change.
 */
export function meantBy(
  from: RuleApprovers | null,
  people: People,
  { roles }: Pick<ApprovalPolicy, 'roles'>,
): (person: Person) => boolean {
  if (from === null) return ({ role }) => roles.includes(role);
  const ids = new Set<number | undefined>([
    ...from.users.map((login) => people.find(login)?.id),
    ...from.teams.flatMap((team) => people.team(team)).map(({ id }) => id),
  ]);
  return ({ id, role }) => from.roles.includes(role) || (ids.has(id) && roles.includes(role));
}

/** The roles that rules name, of those rules that apply to this change. */
export function rolesOfRules(change: ChangeInQuestion): string[] {
  const rolesOf = (rule: ApprovalRule): string[] => {
    if (appliesTo(change, rule.when).applies !== true) return [];
    if ('all' in rule) return rule.all.flatMap(rolesOf);
    return 'any' in rule ? rule.any.flatMap(rolesOf) : (rule.from?.roles ?? []);
  };
  return (change.policy.rules ?? []).flatMap(rolesOf);
}

function isUnmet(child: Check): boolean {
  return !child.isMet;
}

function skippedGroup(name: string, children: Check[]): Check {
  return { ...nodeOf(name, true, 'does not apply: none of its rules does', [], children), isSkipped: true };
}

function nodeOf(name: string, isMet: boolean, detail: string, by: string[], children: Requirement[]): Check {
  const code: ApprovalReasonCode = 'rule-unmet';
  return { code, otherwise: 'pending', name, isMet, detail, by, children };
}
