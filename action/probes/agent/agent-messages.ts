/** What an agent is asked and what it answers: the door between two machines, checked on both sides. */
import { Ajv } from 'ajv';
import type { ProbeAnswer, ProbeRequest } from '../../../policies/probes/probe-request.ts';

export interface AgentQuestion {
  request: ProbeRequest;
  target: string;
  timeoutSeconds: number;
}

const time = { type: ['number', 'null'], minimum: 0 } as const;
const phases = {
  type: 'object',
  required: ['dnsMs', 'connectMs', 'tlsMs', 'firstByteMs', 'totalMs'],
  properties: {
    dnsMs: time,
    connectMs: time,
    tlsMs: time,
    firstByteMs: time,
    totalMs: { type: 'number', minimum: 0 },
  },
} as const;

const question = {
  type: 'object',
  additionalProperties: false,
  required: ['request', 'target', 'timeoutSeconds'],
  properties: {
    target: { type: 'string', pattern: '^https?://[^\\s@?#]+$', maxLength: 2000 },
    timeoutSeconds: { type: 'number', exclusiveMinimum: 0, maximum: 60 },
    request: {
      type: 'object',
      additionalProperties: false,
      required: ['method', 'path', 'headers', 'body'],
      properties: {
        method: { enum: ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] },
        path: { type: 'string', pattern: '^/[^\\s#]*$', maxLength: 8000 },
        headers: {
          type: 'object',
          maxProperties: 100,
          propertyNames: { pattern: "^[a-z0-9!#$%&'*+.^_|~-]{1,100}$", not: { const: 'host' } },
          additionalProperties: { type: 'string', maxLength: 8000, pattern: '^[^\\r\\n\\u0000]*$' },
        },
        body: { type: ['string', 'null'], maxLength: 200_000 },
      },
    },
  },
} as const;

/** People read it: nothing in it moves their cursor or begins a line. */
const shown = '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*$';

const answer = {
  type: 'object',
  required: ['isAnswered', 'phases'],
  properties: { phases },
  if: { properties: { isAnswered: { const: true } } },
  then: {
    required: ['status', 'contentType', 'body', 'isCut'],
    properties: {
      status: { type: 'integer', minimum: 100, maximum: 599 },
      contentType: { type: 'string', maxLength: 1000, pattern: shown },
      body: { type: 'string' },
      isCut: { type: 'boolean' },
    },
  },
  else: {
    required: ['message', 'isLocationFault'],
    properties: {
      isAnswered: { const: false },
      message: { type: 'string', maxLength: 500, pattern: shown },
      isLocationFault: { type: 'boolean' },
    },
  },
} as const;

const ajv = new Ajv({ allowUnionTypes: true, strictRequired: false, strictTypes: false });
export const isQuestion = ajv.compile<AgentQuestion>(question);
export const isAnswer = ajv.compile<ProbeAnswer>(answer);

/** The longest question, and the longest answer: a body of one megabyte as JSON. */
export const maxQuestionBytes = 512 * 1024;
export const maxAnswerBytes = 8 * 1024 * 1024;
