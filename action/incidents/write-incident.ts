import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../deployer/state-directory.ts';
import { incidentMarkdown } from './incident-markdown.ts';
import type { Incident } from './incident.ts';

/** Writes the incident as Markdown and JSON, once: one that is there already is left as it is. */
export function writeIncident(directory: string, incident: Incident): { path: string; isNew: boolean } {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, `${incident.rollout}.md`);
  if (existsSync(path)) return { path, isNew: false };
  writeFileAtomically(join(directory, `${incident.rollout}.json`), `${JSON.stringify(incident, null, 2)}\n`);
  writeFileAtomically(path, incidentMarkdown(incident));
  return { path, isNew: true };
}
