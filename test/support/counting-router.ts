import type { Router, RouterCounters } from '../../stacks/local/router/router.ts';
import { routerDefaults } from './router-defaults.ts';

/** A router for a judge: it has counters, and refuses everything that a judge has no business with. */
export function countingRouter(versions: () => RouterCounters['versions']): Router {
  const refuse = (): Promise<never> => Promise.reject(new Error('a judge only reads counters'));
  return {
    settings: { kind: 'embedded', publicPort: 0, directory: '', healthPath: '/', ...routerDefaults },
    metricsUrl: '',
    apply: refuse,
    setShare: refuse,
    shares: refuse,
    waitUntilIdle: refuse,
    instances: refuse,
    limitInstance: refuse,
    drain: refuse,
    counters: () => Promise.resolve({ versions: versions() }),
  };
}
