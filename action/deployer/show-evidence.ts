import { join } from 'node:path';
import type { RolloutEvidence } from '../../policies/judge/rollout-evidence.ts';
import type { RolloutState } from '../../policies/rollout/state.ts';
import { readEvidence } from '../metrics/rollout-judge.ts';
import { probeLatencyLines } from './prober-of-rollout.ts';
import { evidenceFileOf, type StateDirectory } from './state-directory.ts';

/** What people see of a rollout's evidence: lines for a terminal, Markdown for a step summary, the files of its pictures. */
export interface ShownEvidence {
  lines: string[];
  markdown: string;
  pictures: { svg: string; png: string } | null;
}

const nothing: ShownEvidence = { lines: [], markdown: '', pictures: null };

/**
 * Draws what a rollout was judged on; nothing for one that never met a judge. A picture that cannot be drawn is said
 * through `progress`: it never decides what became of the rollout.
 */
export async function showEvidence(
  directories: StateDirectory,
  rollout: string,
  end: { state: RolloutState; atSeconds: number },
  progress: (line: string) => void,
): Promise<ShownEvidence> {
  try {
    const evidence = readEvidence(evidenceFileOf(directories, rollout));
    const probes = probeLatencyLines(directories, rollout);
    if (evidence === null || evidence.metrics.length === 0) return { ...nothing, lines: probes };
    const whole = withEnd(evidence, end);
    // Only a rollout that has ended needs them, so they cost no other command anything.
    const { evidenceLines } = await import('../report/evidence-lines.ts');
    const { evidenceMarkdown } = await import('../github/evidence-markdown.ts');
    const { writeRolloutPictures } = await import('../report/rollout-pictures.ts');
    const pictures = await writeRolloutPictures(join(directories.rollouts, rollout), whole);
    return {
      lines: [...evidenceLines(whole), ...probes, `picture: ${pictures.svg}`],
      markdown: evidenceMarkdown(whole, [pictures.svg, pictures.png]),
      pictures,
    };
  } catch (error) {
    progress(error instanceof Error ? error.message : String(error));
    return nothing;
  }
}

function withEnd(
  evidence: RolloutEvidence,
  { state, atSeconds }: { state: RolloutState; atSeconds: number },
): RolloutEvidence {
  if (state.phase !== 'rolled-back' && state.phase !== 'settled') return evidence;
  const label = state.phase === 'settled' ? 'settled' : 'back on stable';
  return { ...evidence, marks: [...evidence.marks, { atSeconds, label }] };
}
