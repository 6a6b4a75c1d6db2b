import { failureKinds } from '../../policies/runbooks/failure-kinds.ts';
import { runbookPlace } from '../../policies/runbooks/read-runbook.ts';
import { shortDigest } from '../../stacks/exposure.ts';
import { describeTakeBack } from '../deployer/rehearsal/rehearse.ts';
import { escapeMarkdown } from '../github/escape-markdown.ts';
import type { Incident } from './incident.ts';

/** What the text refers to: addresses on GitHub for a ticket, nothing for the file that is kept on the machine. */
export interface IncidentLinks {
  commit?: string;
  run?: string;
  pull?: string;
  /** The address under which the base's files are shown, to which a runbook's path is added. */
  files?: string;
}

// GitHub takes 65,536 characters in an issue; what is cut off is the middle of the timeline.
const maxTimelineRows = 80;
const maxWhatLength = 400;
const maxEvidenceLength = 25_000;

/** One line that names it. Names of services and environments are the policy's. */
export function incidentTitle({ service, environment, stuck }: Incident): string {
  return stuck === null
    ? `${service} in ${environment} was rolled back`
    : `${service} in ${environment}: a rollback is stuck`;
}

/** The incident for people. Every text from outside is escaped: it makes no markup, no mention and no marker. */
export function incidentMarkdown(incident: Incident, links: IncidentLinks = {}): string {
  const parts = [
    `# ${escapeMarkdown(incidentTitle(incident))}`,
    happened(incident, links),
    ...(incident.passedBy === undefined
      ? []
      : [`**Started without waiting:** ${escapeMarkdown(incident.passedBy)}`]),
    `**Why:** ${escapeMarkdown(incident.cause)} (\`${escapeCode(incident.reasonCode)}\`)`,
    ...(incident.stuck === null
      ? []
      : [`**Stuck, so users may still be on the candidate:** ${escapeMarkdown(incident.stuck)}`]),
    rollbackTimes(incident),
    '## What to do',
    runbookText(incident, links),
    ...(incident.evidence === '' || incident.evidence.length > maxEvidenceLength
      ? []
      : ['## What the judge saw', incident.evidence.trim()]),
    '## When',
    timelineTable(incident.timeline),
    `Every step with its evidence: \`evenkeel audit list --rollout ${escapeCode(incident.rollout)}\`${links.run === undefined ? '' : `, and [the run](${links.run})`}.`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function happened(incident: Incident, links: IncidentLinks): string {
  const { rollout, candidate, stable, commit, startedAt, startedBy, approvers } = incident;
  const who = approvers.map(escapeMarkdown).join(', ');
  const linked = (text: string, address: string | undefined): string =>
    address === undefined ? text : `[${text}](${address})`;
  const brought = links.pull === undefined ? '' : `, brought by [its pull request](${links.pull})`;
  return [
    `Rollout ${escapeMarkdown(rollout)} of commit ${linked(`\`${escapeCode(commit.slice(0, 12))}\``, links.commit)}${brought}`,
    `started ${startedAt} by ${escapeMarkdown(startedBy)}`,
    `${who === '' ? 'with no approval on record' : `approved by ${who}`}; candidate \`${shortDigest(candidate)}\`${stable === null ? '' : `, stable \`${shortDigest(stable)}\``}.`,
  ].join(', ');
}

/** What was promised and what it took, side by side: a rollback that is slower than its rehearsal is a finding of its own. */
function rollbackTimes({ rehearsed, tookMs }: Incident): string {
  const took =
    tookMs === null
      ? 'Nobody had to be taken off the candidate.'
      : `Taking users off the candidate took ${duration(tookMs)} from the verdict to the confirmation.`;
  const [first] = rehearsed;
  if (first === undefined) return `${took} No rehearsal was measured before.`;
  const slower =
    tookMs !== null && tookMs > 10 * first.takeBackMs && tookMs > 1000
      ? ' **That is more than ten times what was rehearsed.**'
      : '';
  return `${took}${slower} The rehearsal before it: ${rehearsed.map(describeTakeBack).join('; then ')}.`;
}

function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function runbookText({ runbook, reasonCode }: Incident, { files }: IncidentLinks): string {
  if (runbook === null) {
    const kinds = Object.keys(failureKinds).slice(0, 3).join(', ');
    return `The policy names no runbook for this (\`runbooks.rolled-back\`, or the kind of \`${escapeCode(reasonCode)}\`: ${kinds} …).`;
  }
  const { kind, reference, steps } = runbook;
  const shown = escapeMarkdown(reference);
  const address = addressOf(reference, files);
  const named = address === null ? shown : `[${shown}](<${address}>)`;
  const head = `Runbook for \`${escapeCode(kind)}\`: ${named}`;
  if (steps.length === 0) return head;
  return `${head}\n\n${steps.map((step) => `- [ ] ${escapeMarkdown(step)}`).join('\n')}`;
}

/** Where the runbook can be read; as an address it holds no angle bracket, which would end it in Markdown. */
function addressOf(reference: string, files: string | undefined): string | null {
  const place = runbookPlace(reference);
  if (place.kind === 'page') return new URL(place.url).href.replace(/[<>]/g, encodeURIComponent);
  if (place.kind === 'unusable' || files === undefined) return null;
  const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());
  const path = place.path.split('/').map(encoded).join('/');
  return `${files}/${path}${place.anchor === null ? '' : `#${encoded(place.anchor)}`}`;
}

function timelineTable(timeline: Incident['timeline']): string {
  const half = maxTimelineRows / 2;
  const left = timeline.length - maxTimelineRows;
  const row = ({ at, what }: Incident['timeline'][number]): string =>
    `| ${at} | ${escapeMarkdown(what.slice(0, maxWhatLength).toWellFormed())} |`;
  const rows =
    left <= 0
      ? timeline.map(row)
      : [
          ...timeline.slice(0, half).map(row),
          `| | and ${left} more, in the audit log |`,
          ...timeline.slice(-half).map(row),
        ];
  return ['| when (UTC) | what |', '| --- | --- |', ...rows].join('\n');
}

/** Inside backticks nothing but a backtick or the end of the line comes alive. */
function escapeCode(text: string): string {
  return text.replace(/[^\w.:/ -]/g, '?').slice(0, 120);
}
