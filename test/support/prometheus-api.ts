/**
 * A small server that speaks Prometheus' range queries over counters that are functions of time. It takes a query for a
 * name and evaluates nothing: what a real server makes of a selector, of staleness and of its limits is not proved by it.
 */
import { createServer } from 'node:http';
import type { TestContext } from 'node:test';

export interface FakeSeries {
  /** The query that it answers, word for word. */
  selector: string;
  labels: Record<string, string>;
  /** The counter at a time in seconds since 1970; null where there is no sample. */
  valueAt(atSeconds: number): number | null;
}

export interface PrometheusApi {
  url: string;
  /** May be changed while it runs. */
  series: FakeSeries[];
  /** Put into every answer. */
  warnings: string[];
  /** What was asked for so far. */
  requests: { path: string; query: URLSearchParams; authorization: string | undefined }[];
}

export async function startPrometheusApi(context: TestContext, series: FakeSeries[]): Promise<PrometheusApi> {
  const api: PrometheusApi = { url: '', series, warnings: [], requests: [] };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    api.requests.push({ path: pathname, query: searchParams, authorization: request.headers.authorization });
    const isKnown = pathname === '/api/v1/query_range';
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(isKnown ? answerOf(api, searchParams) : { status: 'error', error: 'not found' }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  api.url = `http://127.0.0.1:${address.port}`;
  return api;
}

function answerOf({ series, warnings }: PrometheusApi, query: URLSearchParams): object {
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(query.get(name)));
  if (start === undefined || end === undefined || step === undefined || !(step > 0)) {
    return { status: 'error', errorType: 'bad_data', error: 'invalid parameter' };
  }
  if ((end - start) / step > 11_000) {
    return { status: 'error', errorType: 'bad_data', error: 'exceeded maximum resolution of 11,000 points' };
  }
  const result = series
    .filter(({ selector }) => selector === query.get('query'))
    .map(({ labels, valueAt }) => {
      const values: [number, string][] = [];
      for (let at = start; at <= end; at += step) {
        const value = valueAt(at);
        if (value !== null) values.push([at, String(value)]);
      }
      return { metric: labels, values };
    })
    .filter(({ values }) => values.length > 0);
  const data = { resultType: 'matrix', result };
  return { status: 'success', data, ...(warnings.length > 0 && { warnings }) };
}
