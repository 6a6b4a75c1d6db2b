/** Secrets of the policy's server: where they are read, where they go, and what is said when they are not there. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connectPrometheus } from '../../../action/metrics/prometheus/connect-prometheus.ts';
import type { PrometheusPolicy } from '../../../policies/policy-file/policy.ts';
import { failureOf } from '../../support/failure-of.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const { signal } = new AbortController();

/** A server that answers with the credentials it was sent. */
async function startMirror(context: TestContext): Promise<PrometheusPolicy> {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(request.headers.authorization ?? null));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return {
    url: `http://127.0.0.1:${address.port}`,
    label: 'release',
    authorization: null,
    caFile: null,
    timeoutSeconds: 10,
    scrapeSeconds: 15,
    lagSeconds: 2,
    minimumCoverage: 0.8,
  };
}

test('a password of the environment, a token of a file, or nothing', async (context) => {
  const server = await startMirror(context);
  const file = join(temporaryDirectory(context), 'token');
  writeFileSync(file, 't0ken\n');
  const cases: [authorization: PrometheusPolicy['authorization'], sent: string | null][] = [
    [null, null],
    [{ scheme: 'bearer', token: `file:${file}` }, 'Bearer t0ken'],
    [
      { scheme: 'basic', username: 'env:METRICS_USER', password: 'env:METRICS_PASSWORD' },
      `Basic ${Buffer.from('shop:p:ss wörd').toString('base64')}`,
    ],
  ];
  for (const [authorization, sent] of cases) {
    const env = { METRICS_USER: 'shop', METRICS_PASSWORD: 'p:ss wörd' };
    const ask = connectPrometheus({ ...server, authorization }, '/', env);
    assert.deepEqual(await ask('/api/v1/query', {}, signal), { answer: sent });
  }
});

test('what cannot be read is a failure before anything is asked', async (context) => {
  const server = await startMirror(context);
  const cases: [parts: Partial<PrometheusPolicy>, env: Record<string, string>, message: RegExp][] = [
    [
      { authorization: { scheme: 'bearer', token: 'env:NOT_THERE' } },
      {},
      /NOT_THERE.*set it where evenkeel runs$/,
    ],
    [
      { authorization: { scheme: 'bearer', token: 'env:EMPTY' } },
      { EMPTY: '' },
      /set it where evenkeel runs$/,
    ],
    [
      { caFile: 'not/there.pem' },
      {},
      /^prometheus: the certificates in \/repository\/not\/there\.pem cannot be read/,
    ],
  ];
  for (const [parts, env, message] of cases) {
    const failure = await failureOf(
      Promise.resolve().then(() => connectPrometheus({ ...server, ...parts }, '/repository', env)),
    );
    assert.match(failure.message, message);
  }
});
