import type { IncomingMessage } from 'node:http';

/** Bodies up to this size are kept, so that they can be sent again; a longer one passes through once. */
export const maxReplayBytes = 64 * 1024;

/**
 * Reads a body that may be kept: the whole of it, or, when it is longer than that, its beginning followed by the rest as
 * it comes.
 */
export async function keepBody(request: IncomingMessage): Promise<Buffer | AsyncIterable<Buffer>> {
  const source = bodyOf(request)[Symbol.asyncIterator]();
  const chunks: Buffer[] = [];
  for (let bytes = 0; bytes <= maxReplayBytes;) {
    const { value, done } = await source.next();
    if (done === true) return Buffer.concat(chunks);
    chunks.push(value);
    bytes += value.length;
  }
  return continued(chunks, source);
}

/**
 * The body as it comes. Whoever stops reading it does not end the connection: the client is still to be told why. A body
 * that breaks off throws, so that an instance never takes a part for the whole.
 */
export async function* bodyOf(request: IncomingMessage): AsyncGenerator<Buffer, undefined> {
  for await (const chunk of request.iterator({ destroyOnReturn: false }))
    if (Buffer.isBuffer(chunk)) yield chunk;
  if (!request.complete) throw new Error('the request ended in the middle of its body');
}

async function* continued(chunks: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* chunks;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
