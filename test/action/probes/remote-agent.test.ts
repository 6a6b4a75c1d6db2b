/** An agent in a network of its own, started as people start it, behind a link that is late and loses packets. */
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openLocation } from '../../../action/probes/probe-location.ts';
import { runRound } from '../../../action/probes/run-round.ts';
import { phaseLatency } from '../../../policies/probes/phase-latency.ts';
import { planProbes } from '../../../policies/probes/plan-probes.ts';
import { decideProbes, learnRound, noProbes } from '../../../policies/probes/probe-verdict.ts';
import { defaultProbes } from '../../../policies/probes/probe-policy.ts';
import { makeCertificates } from '../../support/probes/certificates.ts';
import { json, smallService } from '../../support/probes/small-service.ts';
import { remotePlace, whyNoPlaces } from '../../support/network/remote-place.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const skip = whyNoPlaces() ?? false;
const cli = fileURLToPath(new URL('../../../action/cli.ts', import.meta.url));

test(
  'two places: what is slow from one of them holds, a cut link is a location that is unhealthy',
  { skip },
  async (context) => {
    const place = await remotePlace(context);
    const delayMs = 15;
    await place.setLink(delayMs, 2);
    let isSlowFromFar = false;
    // A service that both places reach at the same address: our end of the link, which nobody else can.
    const stable = await smallService(context, (_, response) => json(response, 200, {}), place.ourAddress);
    const candidate = await smallService(
      context,
      (request, response) => {
        if (!(isSlowFromFar && request.socket.remoteAddress === place.address)) json(response, 200, {});
      },
      place.ourAddress,
    );
    const certificates = makeCertificates(temporaryDirectory(context), ['agent', 'client']);
    const files = (who: string): string[] => [
      '--cert',
      certificates.pathOf(who, 'cert'),
      '--key',
      certificates.pathOf(who, 'key'),
      '--ca',
      certificates.ca,
    ];
    const agent = place.spawn(process.execPath, [
      cli,
      'probe',
      'agent',
      '--listen',
      `${place.address}:7443`,
      ...files('agent'),
      '--allow',
      stable.place,
      '--allow',
      candidate.place,
    ]);
    const line = await firstLine(agent.stdout);
    assert.match(line, /^listening on 10\.77\.0\.2:7443 for /);

    const reference = (path: string): string => `file:${path}`;
    const far = {
      kind: 'agent' as const,
      name: 'far',
      url: `https://${place.address}:7443`,
      target: null,
      ca: reference(certificates.ca),
      cert: reference(certificates.pathOf('client', 'cert')),
      key: reference(certificates.pathOf('client', 'key')),
    };
    const locations = [openLocation({ kind: 'here', name: 'here' }, {}, 2), openLocation(far, {}, 2)];
    context.after(() => {
      for (const location of locations) location.close();
    });
    const plan = await planProbes({ ...defaultProbes, paths: ['/a', '/b'] }, () =>
      Promise.resolve(undefined),
    );
    assert.ok(plan.ok);
    let history = noProbes;
    const round = async () => {
      const finished = await runRound({
        part: 'canary-0',
        probes: plan.probes,
        journeys: [],
        locations,
        targetOf: (_, version) => ({ url: version === 'stable' ? stable.url : candidate.url, headers: {} }),
        isCompared: false,
        newId: () => 'unused',
        withSecrets: (request) => request,
        signal: new AbortController().signal,
      });
      history = learnRound(history, finished.round);
      return decideProbes(history, { part: 'canary-0', quorum: 2, hasStable: true });
    };

    assert.equal((await round()).verdict, 'pass');
    const latency = phaseLatency(history.last === null ? [] : [history.last]);
    const connectMs = latency.find(({ location }) => location === 'far')?.connectMs ?? 0;
    assert.ok(connectMs >= 2 * delayMs - 1, 'the way there and back cannot be shorter than the link');

    isSlowFromFar = true;
    await round();
    const held = await round();
    assert.equal(`${held.verdict} ${held.reasonCode}`, 'undecided failing-somewhere');
    assert.match(
      held.message,
      /did not answer within 2 s on the candidate from far \(1 of 2 locations\) only/,
    );

    await place.setLink(delayMs, 100);
    const cut = await round();
    assert.equal(`${cut.verdict} ${cut.reasonCode}`, 'no-data location-unhealthy');
    assert.deepEqual(cut.unhealthyLocations, ['far']);
  },
);

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stream })) return line;
  return '';
}
