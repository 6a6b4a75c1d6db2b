import type { Format, ParsedDocument } from './document.ts';
import { parseJson } from './json-document.ts';
import { parseLines } from './line-document.ts';
import { parseToml } from './toml-document.ts';
import { parseYaml } from './yaml-document.ts';

const formatByExtension: Readonly<Record<string, Format>> = {
  json: 'json',
  webmanifest: 'json',
  jsonc: 'jsonc',
  yaml: 'yaml',
  yml: 'yaml',
  toml: 'toml',
  env: 'env',
  ini: 'ini',
  cfg: 'ini',
  properties: 'properties',
};

/** The format that a path's name promises, or undefined when no parser here reads it. */
export function formatOf(path: string): Format | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (/^\.env(\.|$)/.test(name)) return 'env';
  const extension = name.slice(name.lastIndexOf('.') + 1);
  return Object.hasOwn(formatByExtension, extension) ? formatByExtension[extension] : undefined;
}

/**
 * Reads one text in the format its path promises. Never throws: a text that does not parse, is nested too deep or
 * expands without bounds comes back as problems with spans. A leading byte order mark is dropped.
 */
export function parseDocument(path: string, text: string): ParsedDocument {
  const format = formatOf(path);
  const withoutMark = text.startsWith('\uFEFF') ? text.slice(1) : text;
  switch (format) {
    case 'json':
    case 'jsonc':
      return parseJson(withoutMark, format);
    case 'yaml':
      return parseYaml(withoutMark);
    case 'toml':
      return parseToml(withoutMark);
    case 'env':
    case 'ini':
    case 'properties':
      return parseLines(withoutMark, format);
    case undefined: {
      const start = { line: 1, column: 1 };
      const message = 'the format of this file is not one that can be read here';
      return {
        ok: false,
        reasonCode: 'unknown-format',
        problems: [{ message, span: { start, end: start } }],
      };
    }
  }
}
