import { valueAt } from '../document/document.ts';
import { parseDocument } from '../document/parse-document.ts';

/** The values that stood at a pointer in earlier versions of a file, the newest first; missing ones are left out. */
export type EarlierValues = (pointer: string, documentIndex: number) => readonly unknown[];

const maxVersions = 50;
/** Together; older versions beyond it are not read. */
const maxCharacters = 5_000_000;

/** Reads earlier texts of a file, when the first value is asked for. Versions that do not parse tell nothing. */
export function earlierValues(path: string, texts: readonly string[]): EarlierValues {
  let versions: (readonly unknown[])[] | undefined;
  return (pointer, documentIndex) => {
    versions ??= readVersions(path, texts);
    return versions
      .map((documents) => valueAt(documents[documentIndex], pointer))
      .filter((value) => value !== undefined);
  };
}

function readVersions(path: string, texts: readonly string[]): (readonly unknown[])[] {
  const versions: (readonly unknown[])[] = [];
  let left = maxCharacters;
  for (const text of texts.slice(0, maxVersions)) {
    left -= text.length;
    if (left < 0) break;
    const parsed = parseDocument(path, text);
    if (parsed.ok) versions.push(parsed.documents);
  }
  return versions;
}
