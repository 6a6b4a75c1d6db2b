/** The terminal's door: finds the command, hands it the world, prints what it answers. Decides nothing itself. */
import { writeSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { parseArgs } from 'node:util';
import { nearestName } from '../policies/policy-file/nearest-name.ts';
import { isDiskFull } from '../stacks/disk-full.ts';
import { Failure, inputFailure } from '../stacks/failure.ts';
import type { Command, CommandContext, CommandResult, ExitCode } from './commands/command.ts';
import type { SteerName } from './commands/steer.ts';
import { version } from './version.ts';

interface Entry {
  summary: string;
  load(): Promise<Command>;
}

const steer = (name: SteerName) => async (): Promise<Command> =>
  (await import('./commands/steer.ts')).steerCommand(name);

const commands: Readonly<Record<string, Entry>> = {
  check: {
    summary: 'look at every change between two revisions',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  compare: {
    summary: 'compare two versions of a configuration, a contract or migrations',
    load: async () => (await import('./commands/compare.ts')).compareCommand,
  },
  owners: {
    summary: 'show who owns a path, or what is wrong with CODEOWNERS',
    load: async () => (await import('./commands/owners.ts')).ownersCommand,
  },
  rules: {
    summary: 'show every rule, and what the rules of each kind cover',
    load: async () => (await import('./commands/rules.ts')).rulesCommand,
  },
  approval: {
    summary: 'replay the decision on an approval, and what is still missing',
    load: async () => (await import('./commands/approval.ts')).approvalCommand,
  },
  deploy: {
    summary: 'roll an approved change out',
    load: async () => (await import('./commands/deploy.ts')).deployCommand,
  },
  advance: {
    summary: 'take rollouts that nobody drives as far as they may go now',
    load: async () => (await import('./commands/advance.ts')).advanceCommand,
  },
  status: {
    summary: 'show what runs and what is being rolled out',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  drift: {
    summary: 'show what is live and not as the journal says, and put it right',
    load: async () => (await import('./commands/drift.ts')).driftCommand,
  },
  slo: {
    summary: 'show the error budget, and whether a rollout would start',
    load: async () => (await import('./commands/slo.ts')).sloCommand,
  },
  gates: {
    summary: 'show freezes and debts that hold a rollout, and when they end',
    load: async () => (await import('./commands/gates.ts')).gatesCommand,
  },
  promote: { summary: 'go on to the next step', load: steer('promote') },
  pause: { summary: 'hold the rollout where it is', load: steer('pause') },
  resume: { summary: 'let a paused rollout go on', load: steer('resume') },
  abort: { summary: 'stop the rollout, and take every user off the candidate', load: steer('abort') },
  rollback: {
    summary: 'take every user off the candidate now, or go to an older release',
    load: steer('rollback'),
  },
  retry: { summary: 'try what is stuck, or went back, once more', load: steer('retry') },
  confirm: { summary: 'be the second person for what was shown', load: steer('confirm') },
  'break-glass': {
    summary: 'let one commit start without what is missing, and owe its review',
    load: steer('break-glass'),
  },
  unlock: { summary: 'take the lock of a process that is gone', load: steer('unlock') },
  failback: { summary: 'bring instances back in judged steps', load: steer('failback') },
  drain: {
    summary: 'take an instance or a zone out, when enough stays',
    load: async () => (await import('./commands/drain.ts')).drainCommand,
  },
  help: { summary: 'show what you may do now', load: steer('help') },
  audit: {
    summary: 'read the audit log, and prove that nothing in it was changed',
    load: async () => (await import('./commands/audit.ts')).auditCommand,
  },
  judge: {
    summary: 'try the judge: how long it will take, and what it says of recorded figures',
    load: async () => (await import('./commands/judge.ts')).judgeCommand,
  },
  target: {
    summary: 'try a target of your own: every promise of the contract, on a stack of its own',
    load: async () => (await import('./commands/target.ts')).targetCommand,
  },
  probe: {
    summary: 'send a round of probes now, show what they cover, or be an agent that sends them',
    load: async () => (await import('./commands/probe.ts')).probeCommand,
  },
  down: {
    summary: 'stop a service that was deployed from here',
    load: async () => (await import('./commands/down.ts')).downCommand,
  },
  init: {
    summary: 'write a policy and the workflows for this repository',
    load: async () => (await import('./commands/init.ts')).initCommand,
  },
  demo: {
    summary: 'show the whole road on this machine',
    load: async () => (await import('./commands/demo.ts')).demoCommand,
  },
};

const common = {
  json: { type: 'boolean' },
  quiet: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

async function main(argv: string[]): Promise<ExitCode> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h') {
    print(overview());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version') {
    print(version);
    return 0;
  }
  const wantsJson = rest.includes('--json');
  try {
    const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (entry === undefined) throw unknown('command', name, Object.keys(commands));
    const command = await entry.load();
    const { values, positionals } = parse(command, rest);
    if (values['help'] === true) {
      print(helpOf(command));
      return 0;
    }
    const result = await command.run({ values, positionals }, contextOf(values['quiet'] === true));
    printResult(command.name, result, values['json'] === true);
    return result.exitCode;
  } catch (error) {
    return report(error, name, wantsJson);
  }
}

function parse(
  command: Command,
  argv: string[],
): Pick<ReturnType<typeof parseArgs>, 'values' | 'positionals'> {
  const options = { ...command.options, ...common };
  try {
    return parseArgs({
      args: argv,
      options,
      allowPositionals: command.takesPositionals ?? false,
      strict: true,
    });
  } catch (error) {
    const option = /^Unknown option '--?([^' ]+)/.exec(error instanceof Error ? error.message : '')?.[1];
    if (option !== undefined)
      throw unknown(
        'option',
        `--${option}`,
        Object.keys(options).map((known) => `--${known}`),
      );
    const message = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
    throw inputFailure('usage', `${message}; see \`evenkeel ${command.name} --help\``);
  }
}

function unknown(what: string, name: string, valid: string[]): Failure {
  const nearest = nearestName(name, valid);
  const hint = nearest === null ? `valid are: ${valid.join(', ')}` : `did you mean ${nearest}?`;
  return inputFailure('usage', `there is no ${what} ${JSON.stringify(name)}; ${hint}`);
}

function contextOf(isQuiet: boolean): CommandContext {
  const interruption = new AbortController();
  let interruptions = 0;
  process.on('SIGINT', () => {
    interruptions++;
    interruption.abort();
    // Somebody who presses it three times means it, whatever is left half done; the journal knows.
    if (interruptions >= 3) process.exit(130);
  });
  process.on('SIGTERM', () => interruption.abort());
  return {
    workingDirectory: process.cwd(),
    env: process.env,
    now: () => new Date(),
    signal: interruption.signal,
    isTerminal: process.stderr.isTTY,
    print(line) {
      writeText(1, `${line}\n`);
    },
    progress(line) {
      if (!isQuiet) writeText(2, `${line}\n`);
    },
  };
}

function printResult(
  name: string,
  { decision, reasonCode, result, text, sarif, isStreamed }: CommandResult,
  asJson: boolean,
): void {
  if (isStreamed === true) return;
  if (sarif !== undefined) print(JSON.stringify(sarif, null, 2));
  else if (asJson)
    print(JSON.stringify({ schema: `evenkeel/${name}/v1`, decision, reasonCode, result }, null, 2));
  else if (text !== '') print(text);
}

/** One sentence for whatever went wrong; the stack only when somebody asks for it. */
function report(caught: unknown, name: string, asJson: boolean): ExitCode {
  const error = isDiskFull(caught)
    ? inputFailure('disk-full', `the disk is full (${String(caught)}); free some space and try again`)
    : caught;
  const isOurs = error instanceof Failure;
  const message = isOurs
    ? error.message
    : `this is a fault in evenkeel: ${error instanceof Error ? error.message : String(error)} (set EVENKEEL_DEBUG=1 for where)`;
  if (!isOurs && process.env['EVENKEEL_DEBUG'] !== undefined && error instanceof Error)
    writeText(2, `${error.stack ?? ''}\n`);
  writeText(2, `evenkeel: ${message}\n`);
  const reasonCode = isOurs ? error.reasonCode : 'internal';
  if (asJson) {
    const result = { message, mayRetry: isOurs && error.mayRetry };
    // One line, since a command may have printed JSON lines before.
    print(JSON.stringify({ schema: `evenkeel/${name}/v1`, decision: 'error', reasonCode, result }));
  }
  if (reasonCode === 'interrupted') return 130;
  return isOurs && error.kind === 'input' ? 2 : 4;
}

function overview(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  return [
    'evenkeel: every change takes the same road: check, approve, canary, blue-green, bake, settled',
    '',
    ...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'All commands have --json, --quiet and --help; --version prints the version.',
    'Exit codes: 0 allowed or done, 1 decided against, 2 the input is wrong, 3 waiting, 4 an effect failed, 130 interrupted.',
  ].join('\n');
}

function helpOf(command: Command): string {
  const names = Object.keys(command.optionHelp);
  const width = Math.max(7, ...names.map((name) => name.length + 2));
  return [
    command.summary,
    '',
    command.usage,
    '',
    ...names.map((name) => `  ${`--${name}`.padEnd(width)}  ${command.optionHelp[name] ?? ''}`),
    `  ${'--json'.padEnd(width)}  print one JSON object`,
    `  ${'--quiet'.padEnd(width)}  no progress`,
    '',
    `For instance: ${command.example}`,
  ].join('\n');
}

function print(text: string): void {
  writeText(1, `${text}\n`);
}

/** Written at once and whole, so that nothing is lost at the end; a reader that has left is no failure of ours. */
function writeText(file: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(file, bytes, written);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      if (code === 'EAGAIN') continue;
      return;
    }
  }
}

// Commands are loaded only now, so that what they compile to is kept for the next run. Node 20 has no such cache.
if ('enableCompileCache' in nodeModule) nodeModule.enableCompileCache();
process.exitCode = await main(process.argv.slice(2));
// Open sockets to routers and services must not keep a finished command alive.
process.exit();
