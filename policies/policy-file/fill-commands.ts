import { pointerTo } from '../../analyzers/document/document.ts';
import {
  commandUses,
  type CommandPolicy,
  type CommandUse,
  type CommandUsers,
  type RiskyByChoice,
  type TerminalPerson,
} from '../command/command-policy.ts';
import { readSeconds } from './quantities.ts';
import type { PolicyFault } from './schema-faults.ts';

/** The `commands` part as its JSON Schema lets it through. */
export interface RawCommands {
  roles?: string[];
  who?: Partial<Record<CommandUse, Partial<CommandUsers>>>;
  risky?: RiskyByChoice[];
  actWithin?: string;
  confirmWithin?: string;
  breakGlassWithin?: string;
  terminal?: Record<string, string | { login: string; id?: number }>;
}

const longestWindowSeconds = 24 * 3600;

export function fillCommands(raw: RawCommands | undefined, faults: PolicyFault[]): CommandPolicy {
  return {
    roles: raw?.roles ?? ['write', 'maintain', 'admin'],
    who: fillWho(raw?.who ?? {}),
    risky: raw?.risky ?? [],
    actWithinSeconds: readWindow('actWithin', raw?.actWithin ?? '1h', faults),
    confirmWithinSeconds: readWindow('confirmWithin', raw?.confirmWithin ?? '15m', faults),
    breakGlassWithinSeconds: readWindow('breakGlassWithin', raw?.breakGlassWithin ?? '4h', faults),
    terminal: fillTerminal(raw?.terminal ?? {}, faults),
  };
}

function fillWho(raw: NonNullable<RawCommands['who']>): CommandPolicy['who'] {
  const who: CommandPolicy['who'] = {};
  for (const use of commandUses) {
    const users = raw[use];
    if (users === undefined) continue;
    who[use] = { roles: users.roles ?? [], teams: users.teams ?? [], users: users.users ?? [] };
  }
  return who;
}

/** What was shown long ago says little about now. */
function readWindow(
  name: 'actWithin' | 'confirmWithin' | 'breakGlassWithin',
  written: string,
  faults: PolicyFault[],
): number {
  const seconds = readSeconds(written);
  if (seconds > longestWindowSeconds) {
    faults.push({ pointer: `/commands/${name}`, onKey: false, message: 'it is 24h at most' });
  }
  return seconds;
}

/** Two accounts that are one login could confirm each other, and a login with two numbers is nobody for certain. */
function fillTerminal(
  raw: NonNullable<RawCommands['terminal']>,
  faults: PolicyFault[],
): Record<string, TerminalPerson> {
  const known = new Map<string, number | null>();
  const people: [string, TerminalPerson][] = [];
  for (const [account, written] of Object.entries(raw)) {
    const person: TerminalPerson =
      typeof written === 'string'
        ? { login: written, id: null }
        : { login: written.login, id: written.id ?? null };
    const key = person.login.toLowerCase();
    const id = known.get(key);
    if (id !== undefined && id !== person.id) {
      faults.push({
        pointer: pointerTo('/commands/terminal', account),
        onKey: true,
        message: `${person.login} has another number than above; give it the same one, or none, everywhere`,
      });
    }
    known.set(key, person.id);
    people.push([account, person]);
  }
  return Object.fromEntries(people);
}
