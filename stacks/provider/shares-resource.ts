import { noShares, type RouterSettings, type RouterShares } from '../local/router/router.ts';
import { connectRouter, startRouter } from '../local/router/start-router.ts';
import type { ResourceHandler } from './resource-handler.ts';

export interface SharesInputs {
  router: RouterSettings;
  shares: RouterShares;
}

/** `evenkeel:local:Shares`: who is routed, and the candidate's share. An update is live when it returns. */
export const sharesResource: ResourceHandler = {
  replaceOn: [],
  isAlwaysUpdated: true,
  async create(inputs) {
    const { router, shares } = inputsOf(inputs);
    return { id: router.directory, outs: await applyShares(router, shares) };
  },
  async update(_id, _outs, inputs) {
    const { router, shares } = inputsOf(inputs);
    return await applyShares(router, shares);
  },
  async read(_id, outs) {
    const { router } = inputsOf(outs);
    try {
      return withoutPins(router, await (await connectRouter(router)).shares());
    } catch {
      return null;
    }
  },
  async remove(_id, outs) {
    try {
      await (await connectRouter(inputsOf(outs).router)).apply(noShares);
    } catch {
      // Without a router there is nothing to take back.
    }
  },
};

async function applyShares(router: RouterSettings, shares: RouterShares): Promise<Record<string, unknown>> {
  // A router that died meanwhile is started again, with what it had, before it is told what is new.
  await (await startRouter(router)).apply(shares);
  return withoutPins(router, shares);
}

// What our own program handed to Pulumi.
function inputsOf(value: unknown): SharesInputs {
  return value as SharesInputs;
}

/** Pins are secrets: the inputs hold them encrypted, the outputs do not hold them at all. */
function withoutPins(router: RouterSettings, shares: RouterShares): Record<string, unknown> {
  const { stable, candidate, candidateBasisPoints } = shares;
  return { router, shares: { stable, candidate, candidateBasisPoints } };
}
