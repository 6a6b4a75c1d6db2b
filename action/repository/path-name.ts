/** A path as git stores it. Git's paths are bytes; everything here works on text. */
export interface PathName {
  path: string;
  /** False: the bytes are no UTF-8, and `path` shows those that are not as `\xE9`. It cannot be looked up again. */
  isText: boolean;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The name behind the bytes of a path. Two paths may come out alike only when one of them is not text. */
export function decodePath(bytes: Buffer): PathName {
  try {
    return { path: decoder.decode(bytes), isText: true };
  } catch {
    const path = bytes
      .toString('latin1')
      .replace(/[\u0080-\u00ff]/g, (character) => `\\x${character.charCodeAt(0).toString(16).toUpperCase()}`);
    return { path, isText: false };
  }
}

/** The parts of what git prints with `-z`; what follows the last NUL is nothing. */
export function splitFields(printed: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  let start = 0;
  for (let end = printed.indexOf(0); end !== -1; end = printed.indexOf(0, start)) {
    fields.push(printed.subarray(start, end));
    start = end + 1;
  }
  return fields;
}

/** The paths that git prints with `-z`, as `decodePath` shows them: together where all are text, as nearly always. */
export function decodePaths(printed: Buffer): string[] {
  try {
    return decoder.decode(printed).split('\0').slice(0, -1);
  } catch {
    return splitFields(printed).map((field) => decodePath(field).path);
  }
}
