import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '../deployer/state-directory.ts';
import { printable } from '../report/describe-finding.ts';

/** A rollback as people look at it afterwards. */
export interface Incident {
  rollout: string;
  service: string;
  environment: string;
  candidate: string;
  commit: string;
  cause: string;
  reasonCode: string;
  startedAt: string;
  startedBy: string;
  approvers: string[];
  /** What two people let it start by in place of an approval or past a gate: a break-glass, a confirmed way back. */
  passedBy?: string;
  /** The path or URL that the policy names for this kind of failure (`runbookFor`); null when it names none. */
  runbook: string | null;
  timeline: { at: string; what: string }[];
}

/** Writes the ticket as Markdown and JSON, once: a ticket that is there already is left as it is. */
export function writeIncident(directory: string, incident: Incident): { path: string; isNew: boolean } {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, `${incident.rollout}.md`);
  if (existsSync(path)) return { path, isNew: false };
  writeFileAtomically(join(directory, `${incident.rollout}.json`), `${JSON.stringify(incident, null, 2)}\n`);
  writeFileAtomically(path, formatIncident(incident));
  return { path, isNew: true };
}

function formatIncident(incident: Incident): string {
  const approvers = incident.approvers.map(escapeMarkdown).join(', ');
  const runbook =
    incident.runbook === null
      ? `The policy names no runbook for this (\`runbooks.rolled-back\`, or \`runbooks.${incident.reasonCode}\`).`
      : `Runbook: ${escapeMarkdown(incident.runbook)}`;
  return [
    `# ${incident.service} in ${incident.environment} was rolled back`,
    '',
    `Rollout ${incident.rollout} of commit \`${incident.commit.slice(0, 12)}\`, started ${incident.startedAt} by ${escapeMarkdown(incident.startedBy)}, ${approvers === '' ? 'with no approval on record' : `approved by ${approvers}`}.`,
    '',
    ...(incident.passedBy === undefined
      ? []
      : [`**Started without waiting:** ${escapeMarkdown(incident.passedBy)}`, '']),
    `**Why:** ${escapeMarkdown(incident.cause)} (\`${incident.reasonCode}\`)`,
    '',
    runbook,
    '',
    '| when | what |',
    '|---|---|',
    ...incident.timeline.map(({ at, what }) => `| ${at} | ${escapeMarkdown(what)} |`),
    '',
    `Every step with its evidence: \`evenkeel audit list --rollout ${incident.rollout}\`.`,
    '',
  ].join('\n');
}

/** Text from outside shows as itself in Markdown. */
function escapeMarkdown(text: string): string {
  return printable(text).replace(/[\\`*_[\]<>|#!&~]/g, '\\$&');
}
