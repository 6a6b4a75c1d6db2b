import { Agent, request as sendRequest } from 'undici';
import type { ProbeAnswer, ProbePhases } from '../../../policies/probes/probe-request.ts';
import { isAnswer, maxAnswerBytes, type AgentQuestion } from './agent-messages.ts';

export interface ProbeAgent {
  /** Only an abortion through `signal` throws: an agent that is down is an answer about its location. */
  ask(question: AgentQuestion, signal: AbortSignal): Promise<ProbeAnswer>;
  close(): void;
}

/** For the agent's own way, beside what the probe may take. */
const agentSeconds = 5;
const noPhases: ProbePhases = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs: 0 };

/** An agent at an `https:` URL, over mutual TLS: `ca` signed its certificate, `cert` and `key` (PEM) are our own. */
export function connectAgent(url: string, credentials: Record<string, string>): ProbeAgent {
  const dispatcher = new Agent({ connect: credentials, maxResponseSize: maxAnswerBytes, connections: 8 });
  return {
    async ask(question, signal) {
      const limit = AbortSignal.timeout((question.timeoutSeconds + agentSeconds) * 1000);
      try {
        const response = await sendRequest(`${url}/probe`, {
          dispatcher,
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(question),
          signal: AbortSignal.any([signal, limit]),
        });
        const answer: unknown = await response.body.json();
        if (response.statusCode === 200 && isAnswer(answer)) return answer;
        return fault(`the agent answered ${response.statusCode}${refusalOf(answer)}`);
      } catch (error) {
        if (signal.aborted) throw error;
        return fault(
          limit.aborted ? 'the agent did not answer in time' : `the agent cannot be used (${codeOf(error)})`,
        );
      }
    },
    close: () => {
      // What is under way is cut short; nobody waits for it.
      void dispatcher.destroy().catch(() => undefined);
    },
  };
}

function fault(message: string): ProbeAnswer {
  return {
    isAnswered: false,
    isLocationFault: true,
    message: `could not be asked: ${message}`,
    phases: noPhases,
  };
}

/** An agent says in one word why it refused. */
function refusalOf(answer: unknown): string {
  if (typeof answer !== 'object' || answer === null || !('refused' in answer)) return '';
  return typeof answer.refused === 'string' && /^[a-z-]{1,40}$/.test(answer.refused)
    ? ` (${answer.refused})`
    : '';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'no reason given';
}
