import { noShares, type RouterSettings, type RouterShares } from '../local/router/router.ts';
import { connectRouter, startRouter } from '../local/router/start-router.ts';
import type { ResourceHandler } from './provider.ts';

export interface SharesInputs {
  router: RouterSettings;
  shares: RouterShares;
}

/** `evenkeel:local:Shares`: who is routed, and the candidate's share. An update is live when it returns. */
export const sharesResource: ResourceHandler = {
  replaceOn: [],
  async create(inputs) {
    const { router, shares } = inputsOf(inputs);
    await (await startRouter(router)).apply(shares);
    return { id: router.directory, outs: withoutPins({ router, shares }) };
  },
  async update(_id, _outs, inputs) {
    const { router, shares } = inputsOf(inputs);
    // A router that died meanwhile is started again, with what it had, before it is told what is new.
    await (await startRouter(router)).apply(shares);
    return withoutPins({ router, shares });
  },
  async read(_id, outs) {
    try {
      await connectRouter(inputsOf(outs).router);
      return true;
    } catch {
      return false;
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

// What our own program handed to Pulumi.
function inputsOf(value: unknown): SharesInputs {
  return value as SharesInputs;
}

/** Pins are secrets: the inputs hold them encrypted, the outputs do not hold them at all. */
function withoutPins({ router, shares }: SharesInputs): Record<string, unknown> {
  const { stable, candidate, candidateBasisPoints } = shares;
  return { router, shares: { stable, candidate, candidateBasisPoints } };
}
