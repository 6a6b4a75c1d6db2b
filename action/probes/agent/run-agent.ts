import { readFileSync } from 'node:fs';
import { inputFailure } from '../../../stacks/failure.ts';
import {
  textOption,
  type CommandContext,
  type CommandResult,
  type ParsedArguments,
} from '../../commands/command.ts';
import { serveAgent, type AgentOptions } from './serve-agent.ts';

/** `evenkeel probe agent`: sends probes for whoever has a certificate, until it is interrupted. */
export async function runAgent(
  values: ParsedArguments['values'],
  context: CommandContext,
): Promise<CommandResult> {
  const options = optionsOf(values);
  const agent = await serveAgent(options).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given';
    throw inputFailure(
      'agent-cannot-listen',
      `the agent cannot listen on ${options.host}:${options.port} (${code}); check --listen, and that --cert, --key and --ca are PEM and belong together`,
    );
  });
  // On standard output and at once, since whoever started it waits for this line.
  context.print(`listening on ${options.host}:${agent.port} for ${[...options.allowed].join(', ')}`);
  await new Promise<void>((resolve) => {
    if (context.signal.aborted) resolve();
    context.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await agent.close();
  return {
    exitCode: 0,
    decision: 'stopped',
    reasonCode: 'stopped',
    result: null,
    text: '',
    isStreamed: true,
  };
}

function optionsOf(values: ParsedArguments['values']): AgentOptions {
  const { host, port } = addressOf('listen', required(values, 'listen'));
  const allow = values['allow'];
  const allowed = (Array.isArray(allow) ? allow : []).filter((one) => typeof one === 'string');
  if (allowed.length === 0)
    throw inputFailure(
      'usage',
      '--allow HOST:PORT is missing; an agent sends probes only where it was allowed to',
    );
  for (const one of allowed) addressOf('allow', one);
  return {
    host,
    port,
    cert: fileOf(values, 'cert'),
    key: fileOf(values, 'key'),
    ca: fileOf(values, 'ca'),
    allowed: new Set(allowed),
  };
}

function required(values: ParsedArguments['values'], name: string): string {
  const value = textOption(values, name);
  if (value === undefined) throw inputFailure('usage', `--${name} is missing; see \`evenkeel probe --help\``);
  return value;
}

function fileOf(values: ParsedArguments['values'], name: string): string {
  const path = required(values, name);
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw inputFailure('file-unreadable', `--${name} ${JSON.stringify(path)} cannot be read`);
  }
}

function addressOf(option: string, text: string): { host: string; port: number } {
  const [, host = '', digits = ''] = /^(\[[0-9a-fA-F:]+\]|[^\s:/@]+):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (host !== '' && digits !== '' && port <= 65535) return { host: host.replace(/^\[|\]$/g, ''), port };
  throw inputFailure('usage', `--${option} ${JSON.stringify(text)} is no HOST:PORT`);
}
