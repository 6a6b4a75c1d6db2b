import { printable } from '../report/describe-finding.ts';
import type { CaseResult } from './run-conformance.ts';

const marks = { passed: 'ok', failed: 'FAILED', 'not-applicable': '-', 'not-tried': 'not tried' } as const;

/** The table for people: a line a case, and under one that failed what to do. */
export function formatConformance(module: string, cases: readonly CaseResult[]): string {
  const nameWidth = Math.max(...cases.map(({ name }) => name.length));
  const lines = cases.flatMap(({ name, promise, outcome, message, remedy, seconds }) => [
    `${marks[outcome].padEnd(9)} ${name.padEnd(nameWidth)} ${seconds.toFixed(1).padStart(6)} s  ${outcome === 'failed' ? promise : message}`,
    ...(outcome === 'failed' ? [`          ${printable(message)}`, `          ${remedy ?? ''}`] : []),
  ]);
  const failed = cases.filter(({ outcome }) => outcome === 'failed').length;
  const passed = cases.filter(({ outcome }) => outcome === 'passed').length;
  const end =
    failed === 0
      ? `${printable(module)} keeps the contract: ${passed} cases passed`
      : `${printable(module)} breaks the contract: ${failed} of ${cases.length} cases failed`;
  return [...lines, end].join('\n');
}
