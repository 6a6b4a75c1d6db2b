import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';

export interface SmallService {
  url: string;
  place: string;
  /** What was asked so far: `GET /books/1`, with headers. */
  asked: { request: string; headers: IncomingMessage['headers'] }[];
}

/** A server in this process that answers as it is told; closed when the test ends. */
export async function smallService(
  context: Pick<TestContext, 'after'>,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  host = '127.0.0.1',
): Promise<SmallService> {
  const asked: SmallService['asked'] = [];
  const server = createServer((request, response) => {
    asked.push({ request: `${request.method ?? ''} ${request.url ?? ''}`, headers: request.headers });
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  context.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://${host}:${port}`, place: `${host}:${port}`, asked };
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
