import { effectFailure } from '../../failure.ts';
import type { Router } from '../router/router.ts';

export interface WatchOptions {
  router: Router;
  healthPath: string;
  now(): Date;
  /** Uniform from 0 to 1. */
  random(): number;
  signal: AbortSignal;
  log(line: string): void;
}

/** Brings instances that came back into the router in judged steps, until the signal aborts. */
export function watchInstances(_options: WatchOptions): Promise<void> {
  return Promise.reject(effectFailure('not-available', 'instances are not watched yet', false));
}
