import { needOf } from './check-pending.ts';
import type { CommandPolicy } from './command-policy.ts';
import type { CommandSituation, PlaceSituation } from './command-situation.ts';
import { checkPerson, checkUse, type Permission } from './may-use.ts';
import { commandForms, parseCommand } from './parse-command.ts';
import { isPlannable, planCommand } from './plan-command.ts';
import type { Requester } from './requester.ts';

/** One command, and whether this person may use it now. */
export interface CommandHelp {
  /** How it is written. */
  form: string;
  may: 'now' | 'with-a-second-person' | 'no';
  /** What it would do, or why not. */
  detail: string;
}

/** What this person may do now, with the reason for what they may not. One row a command and place. */
export function commandsFor(
  requester: Requester,
  situation: CommandSituation,
  policy: CommandPolicy,
  headCommit: string | null = null,
): CommandHelp[] {
  const person = checkPerson(requester);
  return Object.entries(commandForms).flatMap(([name, form]): CommandHelp[] => {
    if (!person.ok) return [{ form, may: 'no', detail: person.message }];
    switch (name) {
      case 'status':
      case 'help':
        return [rowOf(form, checkUse(requester, 'status', 'read', policy), `${name} is shown`)];
      case 'approve':
        return [
          rowOf(form, { ok: true }, 'on the pull request; the decision on approval says whether it counts'),
        ];
      case 'confirm':
        return [
          rowOf(
            form,
            checkUse(requester, 'confirm', 'one', policy),
            'what a different person asked for, by the digest that was shown',
          ),
        ];
      default:
        return placesOf(situation).map((place) => planRow(name, form, place, requester, policy, headCommit));
    }
  });
}

/** Where there is nothing yet, one row says so. */
function placesOf(situation: CommandSituation): CommandSituation[] {
  if (situation.places.length === 0) return [situation];
  return situation.places.map((place) => ({ ...situation, places: [place] }));
}

function planRow(
  name: string,
  form: string,
  situation: CommandSituation,
  requester: Requester,
  policy: CommandPolicy,
  headCommit: string | null,
): CommandHelp {
  // Break-glass is asked for with a reason that only the person has.
  const isBreakGlass = name === 'break-glass';
  const reading = parseCommand(isBreakGlass ? 'break-glass <what is broken>' : name);
  const [place] = situation.places;
  const where = place === undefined ? '' : optionsOf(place);
  const written = `${form}${where}`;
  if (!reading.ok || !isPlannable(reading.command))
    return { form: written, may: 'no', detail: 'it has no plan' };
  const commit = isBreakGlass ? (headCommit ?? '0'.repeat(40)) : headCommit;
  const planned = planCommand(reading.command, situation, commit);
  if (!planned.ok) return { form: written, may: 'no', detail: planned.message };
  const need = needOf(planned, policy);
  const permission = checkUse(requester, planned.use, need, policy);
  const detail = isBreakGlass
    ? 'one commit starts without what is missing, and a review is owed'
    : planned.plan.words.join('; ');
  if (!permission.ok || need !== 'two') return rowOf(written, permission, detail);
  if (requester.identity !== 'none') return { form: written, may: 'with-a-second-person', detail };
  const message = 'nobody could confirm it: the policy does not say who this account is';
  return { form: written, may: 'no', detail: message };
}

function rowOf(form: string, permission: Permission, detail: string): CommandHelp {
  return permission.ok ? { form, may: 'now', detail } : { form, may: 'no', detail: permission.message };
}

function optionsOf({ service, environment }: PlaceSituation): string {
  return ` --service ${service} --environment ${environment}`;
}
