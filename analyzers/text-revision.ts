import { createHash } from 'node:crypto';
import type { FileVersion } from './change.ts';
import type { Tree } from './scope.ts';

/** Texts by their paths as the files of a revision. The digest only has to tell two texts apart. */
export function versionsOf(texts: ReadonlyMap<string, string>): Map<string, FileVersion> {
  return new Map(
    [...texts].map(([path, text]): [string, FileVersion] => [
      path,
      {
        path,
        mode: '100644',
        digest: createHash('sha256').update(text).digest('hex'),
        content: { form: 'text', text },
      },
    ]),
  );
}

export function treeOf(versions: ReadonlyMap<string, FileVersion>): Tree {
  return {
    read: (path) => Promise.resolve(versions.get(path)),
    list: () => Promise.resolve([...versions.keys()]),
  };
}
