import type { CommandPolicy } from '../command/command-policy.ts';
import type { PolicyFault } from './schema-faults.ts';

/** The `commands` part as its JSON Schema lets it through. */
export interface RawCommands {
  roles?: string[];
}

export function fillCommands(raw: RawCommands | undefined, _faults: PolicyFault[]): CommandPolicy {
  return { roles: raw?.roles ?? ['write', 'maintain', 'admin'] };
}
