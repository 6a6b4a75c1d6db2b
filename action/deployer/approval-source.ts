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

/**
 * Evidence from a JSON file (`--evidence FILE`), read anew each time: one pull request, or an array of all those that were
 * merged since the stable release.
 */
export function evidenceFile(path: string): ApprovalSource {
  return {
    name: path,
    gather: () => Promise.resolve(readEvidenceFile(path)[0] ?? null),
    gatherFor: (commit) => Promise.resolve(behind(commit, readEvidenceFile(path))),
  };
}

/** The pull requests that hold a commit themselves; where none does, a merge of any of them may have made it. */
function behind(commit: string, all: ApprovalEvidence[]): ApprovalEvidence[] {
  const holding = all.filter(
    ({ pull_request: { head_sha: head, commits } }) =>
      head === commit || commits.some(({ sha }) => sha === commit),
  );
  return holding.length > 0 ? holding : all;
}

/** Every pull request that an evidence file speaks of. Throws a `Failure` when one of them cannot be used. */
export function readEvidenceFile(path: string): ApprovalEvidence[] {
  const value = readJson(path);
  if (!Array.isArray(value)) return [checked(value, `the evidence file ${path}`)];
  return value.map((one, index) => checked(one, `pull request ${index + 1} of the evidence file ${path}`));
}

function checked(value: unknown, what: string): ApprovalEvidence {
  const parsed = parseEvidence(value);
  if (parsed.ok) return parsed.evidence;
  throw inputFailure('evidence-invalid', `${what} cannot be used: ${parsed.message}`);
}

function readJson(path: string): unknown {
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
  try {
    return JSON.parse(text);
  } catch {
    throw inputFailure(
      'evidence-unreadable',
      `the evidence file ${path} is not JSON; give a JSON file with the reviews`,
    );
  }
}
