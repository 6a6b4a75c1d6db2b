/** Git's four file modes that can appear in a tree diff. */
export type FileMode = '100644' | '100755' | '120000' | '160000';

/**
 * What stands at a path in one revision. Everything that is not plain text keeps its own form, so that no rule
 * can mistake "could not be read" for "is empty".
 */
export type Content =
  | { form: 'text'; text: string }
  | { form: 'binary'; bytes: number }
  | { form: 'undecodable'; bytes: number; reason: string }
  | { form: 'over-long'; bytes: number; limitBytes: number }
  | { form: 'symlink'; target: string }
  | { form: 'submodule'; commit: string };

/** One path in one revision. `digest` is git's object id of the blob (or of the submodule's commit). */
export interface FileVersion {
  path: string;
  mode: FileMode;
  digest: string;
  content: Content;
}

/** One path between base and head. Paths are POSIX, relative to the repository's root. */
export type Change =
  | { status: 'added'; path: string; after: FileVersion }
  | { status: 'modified'; path: string; before: FileVersion; after: FileVersion }
  | { status: 'removed'; path: string; before: FileVersion }
  | { status: 'renamed'; path: string; before: FileVersion; after: FileVersion };

export function beforeOf(change: Change): FileVersion | undefined {
  return change.status === 'added' ? undefined : change.before;
}

export function afterOf(change: Change): FileVersion | undefined {
  return change.status === 'removed' ? undefined : change.after;
}

/** The text at one side, or undefined when the side is absent or is not text. */
export function textOf(version: FileVersion | undefined): string | undefined {
  return version?.content.form === 'text' ? version.content.text : undefined;
}
