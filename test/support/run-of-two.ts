import type { RunPolicy } from '../../policies/policy-file/policy.ts';

/** How two instances of an invented service run, for plans that are made and never carried out. */
export const runOfTwo: RunPolicy = {
  build: [],
  command: ['shop'],
  directory: '.',
  healthPath: '/',
  publicPort: 8080,
  instances: 2,
  startSeconds: 30,
  drainSeconds: 10,
  router: 'embedded',
  env: {},
  userKey: null,
  zones: [],
  minHealthy: null,
};
