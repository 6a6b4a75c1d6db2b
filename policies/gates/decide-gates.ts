/**
 * The gates of an environment: what may stand in the way of widening although the content is approved. A trust boundary:
 * whatever is not known counts as closed. Nothing that takes users off a candidate asks here: a rollback, an abort and a
 * pause never wait for a gate.
 *
 *  G1  Within a freeze window nothing is widened, but for what the window itself lets pass.
 *  G2  A rollout starts, and is widened, only while the error budget allows one.
 *  G3  A break-glass that nobody has looked at since holds the next start.
 *  G4  Where duties are separate, who approved (or made) the change neither starts nor promotes it; unknown is no.
 *  G5  A confirmed break-glass passes every gate, for its one commit, and the outcome says so.
 */
import type { Debt } from '../command/break-glass.ts';
import { endOfFreeze, holdingWindows, type HoldingWindow } from './freeze-windows.ts';
import type { Gate, GateEvidence, GateOutcome } from './gate-evidence.ts';
import type { EnvironmentPolicy, FreezeWindow } from './gate-policy.ts';
import { decideDuties } from './separate-duties.ts';
import { describeInstant } from './wall-clock.ts';

/** Decides from the evidence alone; `at` is RFC 3339, and no clock is read. Total: it never throws on these types. */
export function decideGates(evidence: GateEvidence, policy: EnvironmentPolicy, at: string): GateOutcome {
  const gates = [
    freezeGate(evidence, policy, at),
    budgetGate(evidence),
    debtGate(evidence),
    decideDuties(evidence.people, policy),
  ];
  const closed = gates.filter((gate) => !gate.isOpen);
  const [first] = closed;
  if (first === undefined)
    return { decision: 'open', reasonCode: 'open', message: 'every gate is open', at, gates };
  const { breakGlass, change } = evidence;
  if (breakGlass !== null && breakGlass.commit !== '' && breakGlass.commit === change.commit) {
    return {
      decision: 'open',
      reasonCode: 'passed-by-break-glass',
      message: `${describePass(breakGlass)} passes what is closed: ${closed.map(({ detail }) => detail).join('; ')}`,
      at,
      gates,
    };
  }
  const message = closed.map(({ detail }) => detail).join('; ');
  return { decision: 'closed', reasonCode: first.reasonCode, message, at, gates };
}

/** `break-glass of ada, confirmed by grace (the till is down)`. */
export function describePass({ by, confirmedBy, reason }: Debt): string {
  return `break-glass of ${by}, confirmed by ${confirmedBy} (${reason})`;
}

function freezeGate({ change }: GateEvidence, { freeze, name }: EnvironmentPolicy, at: string): Gate {
  const atMs = Date.parse(at);
  if (Number.isNaN(atMs)) {
    const detail = `the time ${JSON.stringify(at)} cannot be read, so no freeze window can be judged; give it in RFC 3339`;
    return { name: 'freeze', isOpen: false, reasonCode: 'frozen', detail };
  }
  const asked = freeze.filter((window) => !letsPass(window, change));
  const holding = holdingWindows(asked, atMs);
  if (holding.length === 0) {
    const passed = freeze.length - asked.length;
    const detail =
      passed > 0 && holdingWindows(freeze, atMs).length > 0
        ? `${name} is frozen, and the window lets this change pass`
        : `${name} is not frozen`;
    return { name: 'freeze', isOpen: true, reasonCode: 'open', detail };
  }
  const opensMs = endOfFreeze(asked, atMs);
  return {
    name: 'freeze',
    isOpen: false,
    reasonCode: 'frozen',
    detail: `${name} is frozen: ${holding.map(describeHolding).join('; ')}`,
    ...(opensMs === null ? {} : { opensAt: new Date(opensMs).toISOString() }),
  };
}

/** Every kind of the change has to be one that may pass; of the labels and commits one is enough. */
function letsPass({ allow }: FreezeWindow, change: GateEvidence['change']): boolean {
  const { kinds, labels, commit } = change;
  const isAllowedKind = kinds.length > 0 && kinds.every((kind) => allow.kinds.includes(kind));
  const isLabelled = labels?.some((label) => allow.labels.includes(label)) ?? false;
  return isAllowedKind || isLabelled || allow.commits.some((start) => commit.startsWith(start));
}

function describeHolding({ window, untilMs }: HoldingWindow): string {
  const until =
    untilMs === null ? 'without an end in sight' : `until ${describeInstant(untilMs, window.zone)}`;
  const { labels, kinds, commits } = window.allow;
  const ways = [
    ...(labels.length > 0 ? [`the label ${labels.map(quote).join(' or ')}`] : []),
    ...(kinds.length > 0 ? [`a change of ${kinds.join(', ')} alone`] : []),
    ...(commits.length > 0 ? ['the commits that it lists'] : []),
    'a break-glass that a second person confirms',
  ];
  return `the window ${quote(window.name)} holds ${until}; what may pass it: ${ways.join(', ')}`;
}

function budgetGate({ errorBudget }: GateEvidence): Gate {
  const name = 'error-budget';
  if (errorBudget === null) {
    const detail =
      'no error budget was asked for: the service has no objective, or nobody has spent any of it';
    return { name, isOpen: true, reasonCode: 'open', detail };
  }
  const isOpen = errorBudget.decision === 'start';
  return { name, isOpen, reasonCode: isOpen ? 'open' : 'error-budget', detail: errorBudget.message };
}

function debtGate({ debts, moment }: GateEvidence): Gate {
  const name = 'break-glass-debt';
  const [first, ...others] = debts;
  if (moment === 'widen' || first === undefined) {
    const detail = 'no break-glass waits for a review';
    return { name, isOpen: true, reasonCode: 'open', detail };
  }
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  const detail = `nobody has reviewed the break-glass of ${first.by} at ${first.at} for ${short(first.commit)} (${first.reason}) yet${more}: somebody who had no part in it has to look at that commit and write \`break-glass close ${first.digest}\``;
  return { name, isOpen: false, reasonCode: 'break-glass-debt', detail };
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function short(commit: string): string {
  return commit.slice(0, 12);
}
