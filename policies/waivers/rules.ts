import type { RuleDescription } from '../../analyzers/analyzer.ts';

/** What is said about the waivers themselves. */
export const waiverRules = {
  readWaivers: {
    id: 'config/read-waivers',
    level: 'error',
    problem: 'An entry of the waivers cannot be used, so what it was meant to cover blocks.',
    remedy: 'Give every waiver a fingerprint, an owner, a reason and the day on which it ends.',
  },
  renewWaiver: {
    id: 'config/renew-waiver',
    level: 'error',
    problem: 'A waiver has ended, or ends later than the policy allows, so it covers nothing.',
    remedy: 'Correct what it covers, or have a new end approved.',
  },
  removeWaiver: {
    id: 'config/remove-waiver',
    level: 'warning',
    problem: 'A waiver covers nothing, and would hide the same thing when it comes back.',
    remedy: 'Remove the entry.',
  },
} as const satisfies Record<string, RuleDescription>;

/**
 * Rules whose findings no waiver covers: what they say of the next run, or of the next fault, cannot be told from what
 * they say of this one.
 */
export const unwaivableRules: readonly string[] = [
  'config/read-policy',
  'config/read-waivers',
  'config/renew-waiver',
  'config/remove-waiver',
  'code/pass-commands',
  'infra/preview-succeeds',
];
