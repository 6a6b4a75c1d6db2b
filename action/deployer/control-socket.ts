import { chmodSync, rmSync } from 'node:fs';
import { createServer, request, type IncomingMessage } from 'node:http';
import type { OperatorCommand, RolloutState } from '../../policies/rollout/state.ts';

/** What the deploying process answers to another terminal. */
export interface ControlAnswer {
  state: RolloutState;
  judgement: unknown;
  /** Why a promotion was not begun: duties are separate, and this person has another one. */
  refusal?: string;
}

const questions = ['status', 'promote', 'pause', 'resume', 'abort', 'rollback'] as const;
const maxQuestionBytes = 4096;
const maxAnswerBytes = 1 << 20;

/**
 * Serves operators' commands on a Unix socket inside a directory that only this user may enter, which is the
 * authentication: who may open the socket may already end the process.
 */
export async function serveControl(
  path: string,
  handle: (command: OperatorCommand | 'status', by: string) => ControlAnswer,
): Promise<{ close(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    void readBody(incoming, maxQuestionBytes).then((body) => {
      const question = parseQuestion(body);
      if (question === null) {
        outgoing.writeHead(400).end();
        return;
      }
      try {
        outgoing.writeHead(200, { 'content-type': 'application/json' });
        outgoing.end(JSON.stringify(handle(question.command, question.by)));
      } catch (error) {
        outgoing.destroy(error instanceof Error ? error : undefined);
      }
    });
  });
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          rmSync(path, { force: true });
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

/** Asks the deploying process; null when none is listening, so that the caller may take over. */
export function askControl(
  path: string,
  command: OperatorCommand | 'status',
  by: string,
): Promise<ControlAnswer | null> {
  return new Promise((resolve) => {
    const outgoing = request({ socketPath: path, method: 'POST', path: '/', timeout: 5000 }, (incoming) => {
      void readBody(incoming, maxAnswerBytes).then((body) => {
        // The answer of our own process over a private socket.
        resolve(incoming.statusCode === 200 ? (JSON.parse(body) as ControlAnswer) : null);
      });
    });
    outgoing.on('timeout', () => outgoing.destroy());
    outgoing.on('error', () => resolve(null));
    outgoing.end(JSON.stringify({ command, by }));
  });
}

async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<string> {
  let body = '';
  incoming.setEncoding('utf8');
  try {
    for await (const chunk of incoming) {
      body += String(chunk);
      if (body.length > maxBytes) return '';
    }
  } catch {
    return '';
  }
  return body;
}

function parseQuestion(body: string): { command: OperatorCommand | 'status'; by: string } | null {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('command' in value) || !('by' in value)) return null;
  const { command, by } = value;
  if (typeof command !== 'string' || typeof by !== 'string') return null;
  const known = questions.find((name) => name === command);
  return known === undefined ? null : { command: known, by };
}
