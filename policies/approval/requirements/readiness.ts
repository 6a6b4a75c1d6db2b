import { blockUnless, list, waitUnless, type Check, type Situation } from './situation.ts';

/** A pull request that was closed without a merge asks for nothing; a merged one is asked about when it is deployed. */
export function requireOpen({ evidence: { pull_request: pull } }: Situation): Check[] {
  if (pull.state !== 'closed') return [];
  return [
    blockUnless(
      'pull-request-closed',
      'it is open, or merged',
      false,
      'the pull request was closed without being merged: reopen it to have it approved',
    ),
  ];
}

export function requireReady({ evidence: { pull_request: pull } }: Situation): Check[] {
  return [
    waitUnless(
      'draft',
      'it is ready for review',
      pull.draft !== true,
      'the pull request is a draft: mark it as ready for review',
    ),
  ];
}

/** A4: a standing request for changes blocks, on whichever commit it was given. */
export function requireNoObjection({ reviews: { objectors } }: Situation): Check[] {
  return [
    blockUnless(
      'changes-requested',
      'nobody asks for changes',
      objectors.length === 0,
      `${list(objectors)} asked for changes: settle it with them, and have them approve or dismiss it`,
    ),
  ];
}
