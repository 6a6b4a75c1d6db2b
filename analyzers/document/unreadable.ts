import type { FileVersion } from '../change.ts';
import type { Report } from '../finding.ts';

/**
 * The report on something that stands where a kind needs text and is none: it was not checked, so it does not pass
 * silently. Undefined for text.
 */
export function reportUnreadable(version: FileVersion): Report | undefined {
  const { content, path } = version;
  const report = (what: string): Report => ({
    path,
    key: `unreadable:${content.form}`,
    proof: 'unproven',
    message: `${path} ${what}, so its content was not checked`,
  });
  switch (content.form) {
    case 'text':
      return undefined;
    case 'binary':
      return report(`is binary (${content.bytes} bytes)`);
    case 'undecodable':
      return report(`cannot be decoded (${content.reason})`);
    case 'over-long':
      return report(`has ${content.bytes} bytes, more than the limit of ${content.limitBytes}`);
    case 'symlink':
      return report(`is a symbolic link to ${JSON.stringify(content.target)}`);
    case 'submodule':
      return report(`is a submodule at ${content.commit}`);
  }
}
