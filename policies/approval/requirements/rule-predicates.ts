import { matchesGlobs } from '../../../analyzers/claim.ts';
import type { RulePredicates } from '../approval-policy.ts';
import type { ChangeInQuestion } from './situation.ts';

/** `unknown`: the evidence does not say, so the rule can neither be asked nor left out. */
export type Applicability =
  { applies: true } | { applies: false; why: string } | { applies: 'unknown'; why: string };

/** Whether a rule's `when` holds for this change: each predicate that is given has to. */
export function appliesTo(change: ChangeInQuestion, when: RulePredicates): Applicability {
  let unknown: Applicability | undefined;
  for (const test of predicates) {
    const answer = test(change, when);
    if (answer.applies === false) return answer;
    if (answer.applies === 'unknown') unknown ??= answer;
  }
  return unknown ?? yes;
}

type Predicate = (change: ChangeInQuestion, when: RulePredicates) => Applicability;

const yes: Applicability = { applies: true };
const no = (why: string): Applicability => ({ applies: false, why });
const unknown = (why: string): Applicability => ({ applies: 'unknown', why });

const predicates: readonly Predicate[] = [
  ({ evidence }, { paths, exceptPaths }) => {
    if (paths === undefined && exceptPaths === undefined) return yes;
    const touched = evidence.pull_request.changed_files.flatMap((file) =>
      file.previous_path == null ? [file.path] : [file.path, file.previous_path],
    );
    const isMeant = (path: string) =>
      (paths === undefined || matchesGlobs(path, paths)) && !matchesGlobs(path, exceptPaths ?? []);
    return touched.some(isMeant) ? yes : no('no changed path is meant');
  },
  ({ kinds }, { kinds: wanted }) =>
    wanted === undefined || wanted.some((kind) => kinds().has(kind))
      ? yes
      : no(`it changes no ${wanted.join(', ')}`),
  ({ risk }, { risk: wanted }) =>
    wanted === undefined || wanted.includes(risk().level) ? yes : no(`the risk is ${risk().level}`),
  ({ evidence: { pull_request: pull } }, { labels }) => {
    if (labels === undefined) return yes;
    if (pull.labels === undefined) return unknown('the evidence does not say which labels there are');
    const present = new Set(pull.labels.map((label) => label.toLowerCase()));
    return labels.some((label) => present.has(label.toLowerCase()))
      ? yes
      : no(`no label ${labels.join(', ')}`);
  },
  ({ evidence: { pull_request: pull } }, { branches }) => {
    if (branches === undefined) return yes;
    if (pull.base_ref === undefined || pull.base_ref === '')
      return unknown('the evidence names no base branch');
    return matchesGlobs(pull.base_ref, branches) ? yes : no(`it goes to ${pull.base_ref}`);
  },
  ({ evidence: { pull_request: pull } }, { minFiles }) =>
    minFiles === undefined || pull.changed_files.length >= minFiles
      ? yes
      : no(`fewer than ${minFiles} files`),
  ({ evidence: { pull_request: pull } }, { minLines }) => {
    if (minLines === undefined) return yes;
    const lines = pull.changed_files.reduce((sum, file) => sum + (file.lines ?? 0), 0);
    if (lines >= minLines) return yes;
    const isKnown = pull.changed_files.every((file) => file.lines !== undefined);
    return isKnown ? no(`fewer than ${minLines} lines`) : unknown('the evidence does not count the lines');
  },
  ({ evidence: { pull_request: pull }, people }, { authors, authorTeams }) => {
    if (authors === undefined && authorTeams === undefined) return yes;
    const author = people.find(pull.author);
    if (author === undefined) return unknown('who opened it is not known');
    const meant = [
      ...(authors ?? []).map((login) => people.find(login)),
      ...(authorTeams ?? []).flatMap((team) => people.team(team)),
    ];
    if (meant.some((person) => person?.id === author.id)) return yes;
    const unread = authorTeams?.find((team) => !people.isTeamKnown(team));
    return unread === undefined
      ? no(`${author.login} opened it`)
      : unknown(`the team ${unread} may not be read`);
  },
];
