import type { RuleDescription } from '../../analyzers/analyzer.ts';
import { fingerprintOf, type Finding } from '../../analyzers/finding.ts';
import type { Policy, ServicePolicy } from '../policy-file/policy.ts';

export const requireRunbookRule: RuleDescription = {
  id: 'config/require-runbook',
  level: 'warning',
  problem: 'A service that is rolled out has no runbook that can be reached when a rollout of it goes back.',
  remedy:
    'Name one under `runbooks` of the service: a Markdown file of the repository, with or without #heading, or an https page that answers.',
};

/** What looking for one runbook came to. */
export type RunbookSight =
  | { state: 'there' }
  | { state: 'missing'; why: string }
  /** Nobody could look; that is said and never taken for an answer. */
  | { state: 'not-checked'; why: string };

/**
 * What stands against the runbooks of these services: none named, one that cannot be reached, or one that nobody could
 * look at. Only for services that are rolled out. `sights` has what was seen of every reference.
 */
export function runbookFindings(
  policy: Policy,
  services: readonly ServicePolicy[],
  sights: ReadonlyMap<string, RunbookSight>,
): Finding[] {
  const isRequired = policy.runbooks === 'required';
  const level = isRequired ? 'error' : requireRunbookRule.level;
  // A page's server that is away for an hour stops nobody, but whoever asks for runbooks is to see it.
  const uncheckedLevel = isRequired ? 'warning' : 'note';
  return services.flatMap(({ name, target, runbooks }) => {
    if (target === null) return [];
    const named = Object.entries(runbooks);
    if (named.length === 0) {
      const message = `${name} has no runbook: when a rollout of it goes back, the ticket can say what happened and not what to do`;
      return [finding(policy.path, name, level, message)];
    }
    return named.flatMap(([kind, reference]) => {
      const sight = sights.get(reference) ?? { state: 'not-checked', why: 'nobody looked' };
      if (sight.state === 'there') return [];
      const subject = `${name}: the runbook for ${kind}, ${reference},`;
      const key = `${name} ${kind} ${reference}`;
      return sight.state === 'missing'
        ? [finding(policy.path, key, level, `${subject} ${sight.why}`)]
        : [finding(policy.path, key, uncheckedLevel, `${subject} was not checked: ${sight.why}`)];
    });
  });
}

function finding(path: string, key: string, level: Finding['level'], message: string): Finding {
  const { id: ruleId, remedy } = requireRunbookRule;
  return { ruleId, level, message, remedy, path, fingerprint: fingerprintOf(ruleId, path, key) };
}
