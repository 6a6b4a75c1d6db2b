import type { ParseArgsOptionsConfig } from 'node:util';
import type { OpenRolloutView } from '../deployer/rollout-view.ts';

/** The world a command may touch; everything else it needs comes from files and sockets it names. */
export interface CommandContext {
  workingDirectory: string;
  env: Readonly<Record<string, string | undefined>>;
  now(): Date;
  /** Aborted on Ctrl-C: finish what must be finished, save, and return. */
  signal: AbortSignal;
  /** One line of a result that comes in lines (stdout). */
  print(line: string): void;
  /** One line to the person watching (stderr); dropped with --quiet. */
  progress(line: string): void;
  isTerminal: boolean;
  /** Where rollouts are watched from beside the terminal. */
  openRolloutView?: OpenRolloutView | undefined;
}

/** Exit codes are the same everywhere: 0 allowed or done, 1 decided against, 2 input wrong, 3 waiting, 4 an effect failed, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 130;

export interface CommandResult {
  exitCode: ExitCode;
  /** Stable words for machines; printed as `{"schema": "evenkeel/<command>/v1", "decision", "reasonCode", "result"}` with --json. */
  decision: string;
  reasonCode: string;
  result: unknown;
  /** For people, without colour codes; printed on stdout without --json. */
  text: string;
  /** Markdown for a workflow's step summary, beside the text. */
  summary?: string;
  /** SARIF 2.1.0, where the command has findings. */
  sarif?: unknown;
  /** The result went out in lines already; nothing is printed at the end. */
  isStreamed?: boolean;
}

export interface ParsedArguments {
  values: Record<string, string | boolean | (string | boolean)[] | undefined>;
  positionals: string[];
}

/** What an option was given, undefined when it was left out. */
export function textOption(values: ParsedArguments['values'], name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

/** One operation, the same behind the terminal and the Action. `options` leaves out --json, --quiet, --help, which all have. */
export interface Command {
  name: string;
  summary: string;
  usage: string;
  example: string;
  options: ParseArgsOptionsConfig;
  /** Whether words without dashes may follow. */
  takesPositionals?: boolean;
  /** One line per option, in the order they are shown. */
  optionHelp: Record<string, string>;
  run(args: ParsedArguments, context: CommandContext): Promise<CommandResult>;
}
