import type { Content } from './change.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What a file's bytes are: text where they are UTF-8, and otherwise the reason why they are not read as text. */
export function decodeContent(bytes: Uint8Array): Content {
  const wide = nameOfWideEncoding(bytes);
  if (wide !== undefined) {
    return { form: 'undecodable', bytes: bytes.length, reason: `it is ${wide}; save it as UTF-8` };
  }
  // Git's own test for a binary file: a NUL among the first 8,000 bytes.
  if (bytes.subarray(0, 8000).includes(0)) return { form: 'binary', bytes: bytes.length };
  try {
    return { form: 'text', text: decoder.decode(bytes) };
  } catch {
    const reason = `it is not valid UTF-8 in line ${lineOfFirstFault(bytes)}`;
    return { form: 'undecodable', bytes: bytes.length, reason };
  }
}

/**
 * UTF-16 and UTF-32 have a byte order mark, or else one half of the bytes of mostly Latin text is NUL. Both look binary
 * to git, and a message that says so helps nobody.
 */
function nameOfWideEncoding(bytes: Uint8Array): string | undefined {
  const [first, second, third, fourth] = bytes;
  if (first === 0xff && second === 0xfe)
    return third === 0 && fourth === 0 && bytes.length >= 4 ? 'UTF-32' : 'UTF-16';
  if (first === 0xfe && second === 0xff) return 'UTF-16';
  if (bytes.length < 4 || bytes.length % 2 !== 0 || (first !== 0 && second !== 0)) return undefined;
  const sample = bytes.subarray(0, 512);
  const zeroAt = first === 0 ? 0 : 1;
  for (const [at, byte] of sample.entries()) {
    if ((at % 2 === zeroAt) !== (byte === 0)) return undefined;
  }
  return 'UTF-16';
}

// A line feed is never a part of a longer character, so each line can be looked at for itself.
function lineOfFirstFault(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start);
    try {
      decoder.decode(bytes.subarray(start, end === -1 ? bytes.length : end));
    } catch {
      return line;
    }
    if (end === -1) break;
    start = end + 1;
  }
  return line;
}
