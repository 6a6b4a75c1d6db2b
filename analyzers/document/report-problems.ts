import type { FileVersion } from '../change.ts';
import type { Report } from '../finding.ts';
import type { ParsedDocument } from './document.ts';
import { reportUnreadable } from './unreadable.ts';

/**
 * The syntax rule of every kind that reads documents: problems and repeated keys at their places. Something that is
 * not text is an error; a format that is not read here is `unproven`, and waits for a person.
 */
export function reportProblems(version: FileVersion, document: ParsedDocument | undefined): Report[] {
  const { path } = version;
  if (document === undefined) {
    const unreadable = reportUnreadable(version);
    return unreadable === undefined ? [] : [unreadable];
  }
  if (document.ok) {
    return document.duplicateKeys.map(({ message, span }, index) => ({
      path,
      key: `duplicate:${index}:${message}`,
      message,
      span,
    }));
  }
  if (document.reasonCode === 'unknown-format') {
    const message = `${path} has no format that can be read here, so its content was not checked`;
    return [{ path, key: 'unknown-format', level: 'warning', proof: 'unproven', message }];
  }
  if (document.reasonCode === 'too-large' || document.reasonCode === 'too-deep') {
    return document.problems.map(({ message, span }) => ({
      path,
      key: document.reasonCode,
      proof: 'unproven',
      message: `${path} ${message}, so its content was not checked`,
      span,
    }));
  }
  return document.problems.map(({ message, span }, index) => ({
    path,
    key: `syntax:${index}`,
    message,
    span,
  }));
}
