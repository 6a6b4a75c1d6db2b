import type { RuleDescription } from '../analyzer.ts';
import { fingerprintOf, type Finding, type Report } from '../finding.ts';
import { maxFindings, type ComparedVerdict, type ComparisonOutcome } from './comparison.ts';
import { compareRules } from './rules.ts';

/** A report of one rule as a finding. */
export function findingOf(rule: RuleDescription, { key, level, ...report }: Report): Finding {
  return {
    ruleId: rule.id,
    remedy: rule.remedy,
    fingerprint: fingerprintOf(rule.id, report.path, key),
    ...report,
    level: level ?? rule.level,
  };
}

/** The verdict that the proofs add up to, with at most `maxFindings` findings: those that it rests on come first. */
export function outcomeOf(findings: readonly Finding[]): ComparisonOutcome {
  const verdict = verdictOf(findings);
  if (findings.length <= maxFindings) return { verdict, findings: [...findings] };
  const weight = ({ proof }: Finding) => (proof === 'breaking' ? 0 : proof === 'unproven' ? 1 : 2);
  const shown = [...findings].sort((a, b) => weight(a) - weight(b)).slice(0, maxFindings);
  const more = findings.length - maxFindings;
  const counted = findingOf(compareRules.countFindings, {
    path: shown[0]?.path ?? '',
    key: 'more',
    message: `${more} more ${more === 1 ? 'finding is' : 'findings are'} not shown`,
  });
  return { verdict, findings: [...shown, counted] };
}

function verdictOf(findings: readonly Finding[]): ComparedVerdict {
  if (findings.some(({ proof }) => proof === 'breaking')) return 'breaking';
  return findings.some(({ proof }) => proof === 'unproven') ? 'unproven' : 'compatible';
}

/** An answer that is none, with its reason. */
export function unprovenOutcome(rule: RuleDescription, report: Omit<Report, 'proof'>): ComparisonOutcome {
  return outcomeOf([findingOf(rule, { ...report, proof: 'unproven' })]);
}
