import { blockUnless, waitUnless, type Check, type Situation } from './situation.ts';

/** Labels that have to be there and labels that must not; without case, as GitHub tells labels apart. */
export function requireLabels({ policy, evidence: { pull_request: pull } }: Situation): Check[] {
  const { required = [], blocking = [] } = policy.labels ?? {};
  if (required.length === 0 && blocking.length === 0) return [];
  const { labels } = pull;
  if (labels === undefined) {
    const detail = 'the policy asks for labels, and the evidence does not say which the pull request has';
    return [blockUnless('labels-unknown', 'the labels are known', false, detail)];
  }
  const present = new Set(labels.map((label) => label.toLowerCase()));
  const has = (label: string) => present.has(label.toLowerCase());
  return [
    ...blocking.map((label) =>
      blockUnless('label-blocking', `no label ${label}`, !has(label), `the label ${label} blocks: remove it`),
    ),
    ...required.map((label) =>
      waitUnless('label-missing', `the label ${label}`, has(label), `the label ${label} is missing: add it`),
    ),
  ];
}
