/** What a handler of an operation gets and gives. */
import type { BareRepository } from './bare-repository.ts';
import type { JsonObject } from './json.ts';
import type { State, Token } from './state.ts';

/** What shapes are made from. */
export interface View {
  state: State;
  git: BareRepository;
  /** Where the API is. */
  url: string;
}

export interface Call extends View {
  now: string;
  token: Token;
  /** The owner of the repository that was asked for: the organisation, or who has a fork. */
  owner: string;
  path: JsonObject;
  query: JsonObject;
  body: JsonObject;
}

export interface Answer {
  status: number;
  /** Undefined: no body. A list is cut into pages by the server. */
  body?: unknown;
  headers?: Record<string, string>;
}

export type Handler = (call: Call) => Answer;

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const noContent: Answer = { status: 204 };

/** An error as GitHub words one. */
export function refusal(status: number, message: string, errors?: readonly unknown[]): Answer {
  const more = errors === undefined ? {} : { errors };
  return {
    status,
    body: {
      message,
      ...more,
      documentation_url: 'https://docs.github.com/rest',
      status: String(status),
    },
  };
}

export const notFound = refusal(404, 'Not Found');
