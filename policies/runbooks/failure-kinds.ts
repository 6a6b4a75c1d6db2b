/**
 * Why a rollout goes back, as people write runbooks for it: a closed list, held against the code by a test. Every reason
 * code of a rollback belongs to one kind; a code of another version is of the kind `rolled-back`, as are all of them where
 * nothing nearer has a runbook.
 */
export const failureKinds = {
  'rolled-back': {
    when: 'any rollback that nothing nearer stands here for',
    reasonCodes: ['effect-failed'],
  },
  worse: { when: 'the judge found the candidate worse', reasonCodes: ['worse'] },
  'silent-candidate': {
    when: 'the candidate got no requests, or answered none, at its share',
    reasonCodes: ['silent-candidate'],
  },
  'probe-failed': {
    when: 'probes failed on the candidate',
    reasonCodes: [
      'probe-failed',
      'answers-differ',
      'document-wrong',
      'locations-unhealthy',
      'probes-unreadable',
      'secret-missing',
    ],
  },
  'rehearsal-failed': {
    when: 'the rollback could not be rehearsed, or dropped requests',
    reasonCodes: ['rehearsal-unproven'],
  },
  'candidate-not-healthy': {
    when: 'the candidate did not start, or is not who it should be',
    reasonCodes: [
      'candidate-not-healthy',
      'build-failed',
      'directory-missing',
      'no-port',
      'supervisor-not-started',
    ],
  },
  'target-failed': {
    when: 'the target could not be brought to its next step',
    reasonCodes: [
      'target-failed',
      'target-flip-failed',
      'target-hangs',
      'target-invalid',
      'target-unreadable',
      'stack-locked',
      'pulumi-missing',
      'processes-left',
      'haproxy-missing',
      'port-in-use',
      'router-full',
      'router-not-started',
      'router-refused',
      'router-unreachable',
      'share-not-live',
      'instance-not-routed',
      'still-in-use',
    ],
  },
  'migration-failed': {
    when: 'an expand step or a backfill failed',
    reasonCodes: [
      'migration-failed',
      'migration-changed',
      'migrations-busy',
      'backfill-key',
      'expand-not-settled',
      'undo-incomplete',
      'schema-unreadable',
      'pg-dump-missing',
      'statement-timeout',
      'database-denied',
      'database-full',
      'database-locked',
      'database-unknown',
      'database-unreachable',
    ],
  },
  deadline: {
    when: 'the rollout, one of its effects, or its data took longer than they may',
    reasonCodes: ['effect-overdue', 'rollout-overdue', 'no-data'],
  },
  train: { when: 'another member of its release went back', reasonCodes: ['train-goes-back'] },
  requested: { when: 'a person asked for it', reasonCodes: ['requested'] },
} as const satisfies Record<string, { when: string; reasonCodes: readonly string[] }>;

export type FailureKind = keyof typeof failureKinds;

const kindByReasonCode = new Map<string, FailureKind>(
  // The keys are those of the table above.
  (Object.keys(failureKinds) as FailureKind[]).flatMap((kind) =>
    failureKinds[kind].reasonCodes.map((code): [string, FailureKind] => [code, kind]),
  ),
);

/** The kind of failure that a rollback's reason code is of. */
export function failureKindOf(reasonCode: string): FailureKind {
  return kindByReasonCode.get(reasonCode) ?? 'rolled-back';
}

/** The runbook for why a rollout went back: the one for its kind, else the one for any rollback; null: there is none. */
export function runbookFor(runbooks: Readonly<Record<string, string>>, reasonCode: string): string | null {
  return runbooks[failureKindOf(reasonCode)] ?? runbooks['rolled-back'] ?? null;
}
