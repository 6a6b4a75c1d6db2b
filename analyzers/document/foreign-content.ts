import type { Format } from './document.ts';

const markup = /^\s{0,1000}<(?:!doctype\b|\?xml\b|html\b|head\b|body\b)/i;
const pointerToLargeFile = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n/;

/**
 * What a text evidently is when it is not what its name says: an error page that was saved as YAML parses as one long
 * scalar, so no parser can be relied upon to refuse it. Undefined when nothing is evident.
 */
export function foreignContent(format: Format, text: string): string | undefined {
  if (pointerToLargeFile.test(text))
    return 'this is a Git LFS pointer, and the file that it stands for is not here';
  if (format === 'xml' || !markup.test(text)) return undefined;
  return `this is HTML or XML, not ${nameOf(format)}`;
}

/** What people call a format. */
export function nameOf(format: Format): string {
  switch (format) {
    case 'env':
      return 'an env file';
    case 'ini':
      return 'an ini file';
    case 'properties':
      return 'a properties file';
    default:
      return format.toUpperCase();
  }
}
