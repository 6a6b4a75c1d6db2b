/** Everything that one fake holds: what GitHub knows, and what a test arranges and looks at. */
import type { BareRepository } from './bare-repository.ts';
import type { OperationId } from './description/operations.ts';
import type { Fault, State, Token } from './state.ts';
import type { Clock } from './world/clock.ts';

export interface Store {
  url: string;
  state: State;
  git: BareRepository;
  clock: Clock;
  /** By secret. */
  tokens: Map<string, Token>;
  /** What happens to coming requests, the first that fits. */
  faults: Fault[];
  /** Operations that answer from an earlier state, for so many reads more. */
  lags: { operation: OperationId; reads: number; state: State }[];
  limit: { perHour: number; used: number; resetAt: string };
  /** Every request, in order. */
  requests: { method: string; path: string; query: string; operation: OperationId | null }[];
  /** Requests that no operation in use answers. */
  unknown: string[];
  /** What broke GitHub's description, or the fake itself. Not empty at the end: the test fails. */
  breaks: string[];
}
