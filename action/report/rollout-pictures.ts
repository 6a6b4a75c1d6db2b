import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RolloutEvidence } from '../../policies/judge/rollout-evidence.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { writeFileAtomically } from '../deployer/state-directory.ts';
import { evidencePng } from './evidence-png.ts';
import { evidenceSvg } from './evidence-svg.ts';

export interface RolloutPictures {
  svg: string;
  png: string;
}

/**
 * Writes `evidence.svg`, which follows the viewer's light or dark, and `evidence.png`, which is light, into a directory
 * and tells their paths. Each is replaced as a whole; the SVG is there even where the PNG cannot be drawn. Throws a
 * `Failure`; a rollout is not to be decided by whether its picture could be written.
 */
export async function writeRolloutPictures(
  directory: string,
  evidence: RolloutEvidence,
): Promise<RolloutPictures> {
  const paths = { svg: join(directory, 'evidence.svg'), png: join(directory, 'evidence.png') };
  writePicture(directory, paths.svg, evidenceSvg(evidence));
  writePicture(directory, paths.png, await evidencePng(evidence, 'light'));
  return paths;
}

function writePicture(directory: string, path: string, contents: string | Uint8Array): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileAtomically(path, contents);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw effectFailure(
      'picture-not-written',
      `the rollout's picture could not be written to ${path} (${reason}); make the directory writable, or name another`,
      true,
    );
  }
}
