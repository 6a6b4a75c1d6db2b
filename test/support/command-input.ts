import type { CommandInput } from '../../policies/command/command-decision.ts';
import type { CommandPolicy } from '../../policies/command/command-policy.ts';
import type { PlaceSituation, RolloutSituation } from '../../policies/command/command-situation.ts';
import { parseCommand } from '../../policies/command/parse-command.ts';
import type { CommandOrigin, Requester } from '../../policies/command/requester.ts';
import { fillCommands } from '../../policies/policy-file/fill-commands.ts';

/** People, releases and rollouts for tests of commands; every one is invented. */
export const older = { digest: `sha256:${'a'.repeat(64)}`, commit: '1'.repeat(40) };
export const stable = { digest: `sha256:${'b'.repeat(64)}`, commit: '2'.repeat(40) };
export const candidate = { digest: `sha256:${'c'.repeat(64)}`, commit: '3'.repeat(40) };
export const at = '2026-03-02T10:00:00.000Z';

export function person(id: number, login: string, changes: Partial<Requester> = {}): Requester {
  return {
    id,
    login,
    kind: 'person',
    role: 'write',
    teams: [],
    isHuman: true,
    identity: 'account',
    ...changes,
  };
}

export const ada = person(101, 'ada');
export const grace = person(102, 'grace');
export const rita = person(103, 'rita', { role: 'read' });
export const robot = person(104, 'robot[bot]', { kind: 'bot', isHuman: false, role: 'admin' });
export const someone: Requester = { ...person(0, 'deploy'), id: null, role: null, identity: 'none' };

export const policy: CommandPolicy = {
  ...fillCommands(undefined, []),
  who: { 'break-glass': { roles: [], teams: ['acme/oncall'], users: ['ada', 'grace'] } },
};

export function rolloutAt(changes: Partial<RolloutSituation> = {}): RolloutSituation {
  return {
    id: '12',
    phase: 'canary',
    isUnderWay: true,
    stable,
    candidate,
    candidateBasisPoints: 1000,
    stepBasisPoints: [1000, 5000],
    step: 0,
    hold: null,
    isBusy: false,
    judgement: 'inconclusive',
    isStuck: false,
    message: 'canary 1/2: 10 % of users on cccccccccccc',
    requests: [],
    startedAt: '2026-03-02T09:00:00.000Z',
    ...changes,
  };
}

export function placeWith(
  rollout: RolloutSituation | null,
  changes: Partial<PlaceSituation> = {},
): PlaceSituation {
  return {
    service: 'shop',
    environment: 'production',
    stable,
    rollout,
    releases: [older, stable],
    lock: null,
    returning: [],
    ...changes,
  };
}

export const underWay = placeWith(rolloutAt());
export const settled = placeWith(
  rolloutAt({
    phase: 'settled',
    isUnderWay: false,
    step: null,
    candidate: stable,
    stable: older,
    message: 'settled',
  }),
);

export function originOf(text: string, changes: Partial<CommandOrigin> = {}): CommandOrigin {
  return { door: 'comment', id: 'comment:1', text, headCommit: candidate.commit, ...changes };
}

/** What a decision needs, for one text by one person; the rest is a rollout at its first step. */
export function inputOf(text: string, changes: Partial<CommandInput> = {}): CommandInput {
  return {
    command: parseCommand(text),
    requester: ada,
    origin: originOf(text),
    situation: { places: [underWay], debts: [] },
    pending: [],
    rechecks: {},
    policy,
    at,
    ...changes,
  };
}
