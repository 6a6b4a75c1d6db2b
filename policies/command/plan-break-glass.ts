import { choosePlace, refuse } from './choose-place.ts';
import type { CommandSituation } from './command-situation.ts';
import type { Command } from './command.ts';
import type { Planning } from './plan-command.ts';
import { isNamedBy, short } from './short-digest.ts';

/** One commit may start once without what is missing. */
export function planBreakGlass(
  command: Extract<Command, { name: 'break-glass' }>,
  situation: CommandSituation,
  headCommit: string | null,
): Planning {
  const place = placeOf(command, situation);
  if (!place.ok) return place;
  const { service, environment } = place;
  const { reason } = command;
  const commit = command.commit ?? headCommit;
  if (commit === null) {
    return refuse('commit-unknown', 'say which commit may start: break-glass <reason> --commit <commit>');
  }
  return {
    ok: true,
    use: 'break-glass',
    need: 'two',
    plan: {
      words: [
        `the next rollout of commit ${commit.slice(0, 12)} of ${service} in ${environment} may start once without the approvals and gates that are missing`,
        'the checks of the policy file, the canary, the judge and the way back stay as they are',
        'until somebody who had no part in it has reviewed it, no ordinary rollout starts there',
        `reason: ${reason}`,
      ],
      inputs: { command: 'break-glass', service, environment, commit, head: headCommit, reason },
    },
    effect: { kind: 'open-break-glass', service, environment, commit, reason },
  };
}

type NamedPlace = { ok: true; service: string; environment: string } | ReturnType<typeof refuse>;

/** A first rollout has no state here yet, so a place that is named whole is taken as it is. */
function placeOf(
  { service, environment }: { service?: string; environment?: string },
  situation: CommandSituation,
): NamedPlace {
  if (service !== undefined && environment !== undefined) return { ok: true, service, environment };
  const chosen = choosePlace(
    situation,
    { ...(service !== undefined && { service }), ...(environment !== undefined && { environment }) },
    () => true,
  );
  return chosen.ok
    ? { ok: true, service: chosen.place.service, environment: chosen.place.environment }
    : chosen;
}

/** The review that was owed; who may give it is decided beside this. */
export function planClose(digest: string, { debts }: CommandSituation): Planning {
  const named = debts.filter((debt) => debt.digest !== '' && isNamedBy(digest, debt.digest));
  const [debt, ...others] = named;
  if (debt === undefined || others.length > 0) {
    const known = debts.map((each) => short(each.digest)).join(', ') || 'none';
    return refuse('debt-unknown', `${digest} is not the digest of one open break-glass; open are: ${known}`);
  }
  const { service, environment, commit, sequence } = debt;
  return {
    ok: true,
    use: 'confirm',
    need: 'one',
    plan: {
      words: [
        `commit ${commit.slice(0, 12)} of ${service} in ${environment}, which ${debt.by} and ${debt.confirmedBy} let start (${debt.reason}), counts as reviewed`,
        'ordinary rollouts start there again',
      ],
      inputs: {
        command: 'break-glass close',
        service,
        environment,
        commit,
        opened: sequence,
        digest: debt.digest,
      },
    },
    effect: {
      kind: 'close-break-glass',
      service,
      environment,
      opened: sequence,
      digest: debt.digest,
      commit,
    },
  };
}
