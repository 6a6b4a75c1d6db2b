import { configJson, greeterServerJs, morePoliteServerJs, openapiYaml, slowServerJs } from './shop-files.ts';

/** One change, what is done to it on the way, and what has to become of it. */
export interface Scenario {
  name: string;
  message: string;
  files: Record<string, string>;
  /** Undone before the next scenario, so that each starts from what is stable. */
  isReverted: boolean;
  approval: 'given' | 'missing-then-given';
  interruption: 'none' | 'kill-and-resume';
  expected: {
    verdict: 'settled' | 'rolled-back' | 'block';
    reasonCode: string;
  };
}

const config = 'shop/config/shop.json';
const server = 'shop/server.js';
const openapi = 'shop/api/openapi.yaml';

export const scenarios: readonly Scenario[] = [
  {
    name: 'good configuration',
    message: 'Sell in Swedish kronor',
    files: { [config]: configJson(200, 'SEK') },
    isReverted: false,
    approval: 'given',
    interruption: 'none',
    expected: { verdict: 'settled', reasonCode: 'settled' },
  },
  {
    name: 'configuration that hurts',
    message: 'Give up on a slow warehouse sooner',
    files: { [config]: configJson(20, 'SEK') },
    isReverted: true,
    approval: 'given',
    interruption: 'none',
    expected: { verdict: 'rolled-back', reasonCode: 'worse' },
  },
  {
    name: 'code that is slow',
    message: 'Recompute the price of every order',
    files: { [server]: slowServerJs },
    isReverted: true,
    approval: 'given',
    interruption: 'none',
    expected: { verdict: 'rolled-back', reasonCode: 'worse' },
  },
  {
    name: 'breaking schema',
    message: 'Drop the total from orders',
    files: { [openapi]: openapiYaml(false) },
    isReverted: true,
    approval: 'given',
    interruption: 'none',
    expected: { verdict: 'block', reasonCode: 'findings-block' },
  },
  {
    name: 'good code, approved late',
    message: 'Tell people about the shop',
    files: { [server]: greeterServerJs },
    isReverted: false,
    approval: 'missing-then-given',
    interruption: 'none',
    expected: { verdict: 'settled', reasonCode: 'settled' },
  },
  {
    name: 'good code, process killed',
    message: 'Be more polite about missing pages',
    files: { [server]: morePoliteServerJs },
    isReverted: false,
    approval: 'given',
    interruption: 'kill-and-resume',
    expected: { verdict: 'settled', reasonCode: 'settled' },
  },
];
