import { readFileSync } from 'node:fs';
import { parseEvidence, type ApprovalEvidence } from '../../policies/approval/evidence.ts';
import { inputFailure } from '../../stacks/failure.ts';

/**
 * Where the evidence of an approval comes from: a file, or GitHub. It is asked again before every step that widens
 * exposure, so that an approval that was taken back meanwhile counts no more.
 */
export interface ApprovalSource {
  /** For messages: `approval.json`, or `pull request 7`. */
  name: string;
  /** Null: nobody has approved this content. Throws a `Failure` when it cannot be read. */
  gather(): Promise<ApprovalEvidence | null>;
  /**
   * The evidence of each pull request that may have brought one commit, for a source that knows of several: what was
   * merged since the stable release is then judged merge by merge. Without it there is one evidence for everything.
   */
  gatherFor?(commit: string): Promise<readonly ApprovalEvidence[]>;
}

/** Evidence from a JSON file (`--evidence FILE`), read anew each time. */
export function evidenceFile(path: string): ApprovalSource {
  return { name: path, gather: () => Promise.resolve(readEvidenceFile(path)) };
}

function readEvidenceFile(path: string): ApprovalEvidence {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const reason = isMissing ? 'does not exist' : 'cannot be read';
    throw inputFailure(
      'evidence-unreadable',
      `the evidence file ${path} ${reason}; give the path of a JSON file with the reviews`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw inputFailure(
      'evidence-unreadable',
      `the evidence file ${path} is not JSON; give a JSON file with the reviews`,
    );
  }
  const parsed = parseEvidence(value);
  if (!parsed.ok)
    throw inputFailure('evidence-invalid', `the evidence file ${path} cannot be used: ${parsed.message}`);
  return parsed.evidence;
}
