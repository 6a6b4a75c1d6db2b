import type { Readable } from 'node:stream';
import type { JudgementName } from '../../policies/judge/judgement.ts';
import { LineFault } from '../../policies/judge/replay/line-fault.ts';
import { readTickLine } from '../../policies/judge/replay/read-tick.ts';
import type { ReplaySettings } from '../../policies/judge/replay/replay-settings.ts';
import {
  advanceStream,
  answerOf,
  endBefore,
  endOf,
  startStream,
  type ReplayAnswer,
  type ReplayStream,
} from '../../policies/judge/replay/replay-stream.ts';
import { Failure, inputFailure } from '../../stacks/failure.ts';

interface NamedInput {
  name: string;
  input: Readable;
}

export interface Replay {
  settings: ReplaySettings;
  before: NamedInput | null;
  lines: NamedInput;
  isBatch: boolean;
  until: 'fail' | 'pass' | 'end';
  /** `stream` only in a batch; `isLast` on a stream's last answer. */
  print(answer: ReplayAnswer & { stream?: string; isLast?: true }): void;
  progress(line: string): void;
  /** Milliseconds, for progress only. */
  now(): number;
  signal: AbortSignal;
}

/** Longer than any tick: a file without line ends is no stream. */
const maxLineLength = 10_000_000;
const progressEveryMs = 2000;

/**
 * Reads lines and prints an answer whenever a stream's judgement changes, and one at its end. Memory is constant in the
 * number of lines. Returns the worst judgement over all streams. Throws an input failure that names the line.
 */
export async function replayLines(replay: Replay): Promise<JudgementName> {
  const { settings, before, lines, isBatch, until, signal } = replay;
  const streams = new Map<string, ReplayStream>();
  const ended = new Set<string>();
  const streamOf = (name: string): ReplayStream => {
    const known = streams.get(name) ?? startStream(settings);
    streams.set(name, known);
    return known;
  };
  if (before !== null)
    await eachLine(before, signal, replay, (text) => {
      const line = readTickLine(text, true);
      advanceStream(streamOf(nameOf(line.stream, isBatch)), line);
      return true;
    });
  for (const stream of streams.values()) endBefore(stream);
  await eachLine(lines, signal, replay, (text) => {
    const line = readTickLine(text);
    const name = nameOf(line.stream, isBatch);
    if (ended.has(name)) return true;
    const answer = advanceStream(streamOf(name), line);
    if (answer === null) return true;
    if (answer.judgement !== until) {
      replay.print(named(name, answer, isBatch));
      return true;
    }
    ended.add(name);
    replay.print({ ...named(name, answer, isBatch), isLast: true });
    return isBatch;
  });
  if (streams.size === 0 && !isBatch) streamOf('');
  const judgements: JudgementName[] = [];
  for (const [name, stream] of streams) {
    if (!ended.has(name)) {
      const missing = endOf(stream);
      if (missing !== null)
        throw inputFailure(
          'unknown-metric',
          `${lines.name}${isBatch ? `, stream ${JSON.stringify(name)}` : ''}: ${missing}`,
        );
      replay.print({ ...named(name, answerOf(stream), isBatch), isLast: true });
    }
    judgements.push(stream.judgement ?? 'no-data');
  }
  const order: JudgementName[] = ['fail', 'no-data', 'inconclusive', 'pass'];
  return order.find((judgement) => judgements.includes(judgement)) ?? 'no-data';
}

function nameOf(stream: string | null, isBatch: boolean): string {
  if (isBatch && stream === null) throw new LineFault('with --batch every line says its "stream"');
  if (!isBatch && stream !== null) throw new LineFault('the line names a stream; many streams need --batch');
  return stream ?? '';
}

function named(stream: string, answer: ReplayAnswer, isBatch: boolean): ReplayAnswer & { stream?: string } {
  return isBatch ? { stream, ...answer } : answer;
}

async function eachLine(
  { name, input }: NamedInput,
  signal: AbortSignal,
  { progress, now }: Replay,
  take: (line: string) => boolean,
): Promise<void> {
  let number = 0;
  let toldAt = now();
  const takeOne = (text: string): boolean => {
    number++;
    try {
      return take(number === 1 ? text.replace(/^\uFEFF/, '') : text);
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      const column = error.column === null ? '' : `:${error.column}`;
      throw inputFailure('invalid-tick', `${name}:${number}${column}: ${error.message}`);
    }
  };
  let rest = '';
  input.setEncoding('utf8');
  try {
    for await (const chunk of input as AsyncIterable<string>) {
      if (signal.aborted) throw new Failure('effect', 'interrupted', 'interrupted', true);
      if (now() - toldAt >= progressEveryMs) {
        toldAt = now();
        progress(`${name}: ${number} ticks`);
      }
      let from = 0;
      const text = rest + chunk;
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
        if (!takeOne(text.slice(from, text[end - 1] === '\r' ? end - 1 : end))) return;
        from = end + 1;
      }
      rest = text.slice(from);
      if (rest.length > maxLineLength)
        throw inputFailure('invalid-tick', `${name}:${number + 1}: the line is too long to be a tick`);
    }
  } catch (error) {
    // What has no code of the file system is a fault of ours, and says so itself.
    if (error instanceof Failure || !(error instanceof Error && 'code' in error)) throw error;
    throw inputFailure('unreadable', `${name} ${describeReadError(error)}`);
  }
  if (rest !== '') takeOne(rest);
}

/** Why a file cannot be read, to go after its name. */
export function describeReadError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no reason given';
  if (code === 'ENOENT') return 'does not exist';
  return code === 'EISDIR' ? 'is a directory' : `cannot be read (${code})`;
}
