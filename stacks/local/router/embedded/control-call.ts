import { request } from 'node:http';
import { effectFailure } from '../../../failure.ts';

/** One call over the embedded router's private socket; the answers are our own process's. */
export function controlCall<Answer>(
  path: string,
  method: string,
  url: string,
  body: unknown,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath: path, method, path: url, timeout: 5000, agent: false },
      (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        incoming.on('end', () => {
          if (incoming.statusCode === 200) resolve(JSON.parse(text) as Answer);
          else reject(effectFailure('router-refused', `the router refused ${method} ${url}: ${text}`, false));
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 5 s')));
    outgoing.on('error', (error) => {
      reject(
        effectFailure(
          'router-unreachable',
          `the router does not answer on its socket (${error.message}); start it with \`evenkeel deploy --resume\``,
          true,
        ),
      );
    });
    outgoing.end(body === null ? undefined : JSON.stringify(body));
  });
}
