import type { Readable } from 'node:stream';

/** Lines without their ends, read as they come; null for one that is too long or not UTF-8. */
export async function* linesOf(input: Readable, maxLineBytes: number): AsyncGenerator<string | null> {
  let parts: Buffer[] = [];
  let bytes = 0;
  let isFirst = true;
  const take = (): string | null => {
    const whole = bytes > maxLineBytes ? null : decode(Buffer.concat(parts), isFirst);
    parts = [];
    bytes = 0;
    isFirst = false;
    return whole;
  };
  const keep = (part: Buffer) => {
    bytes += part.length;
    if (bytes <= maxLineBytes) parts.push(part);
    else parts = [];
  };
  for await (const chunk of input as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, from)) {
      keep(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    keep(chunk.subarray(from));
  }
  if (bytes > 0) yield take();
}

function decode(bytes: Buffer, isFirst: boolean): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return isFirst ? text.replace(/^\uFEFF/, '') : text;
  } catch {
    return null;
  }
}
