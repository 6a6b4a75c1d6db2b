import { maxProblems, type Format, type ParsedDocument } from './document.ts';
import { foreignContent } from './foreign-content.ts';
import { parseHcl } from './hcl-document.ts';
import { parseJson } from './json-document.ts';
import { parseJson5 } from './json5-document.ts';
import { parseLines } from './line-document.ts';
import { parseProperties } from './properties-document.ts';
import { parseToml } from './toml-document.ts';
import { parseXml } from './xml-document.ts';
import { parseYaml } from './yaml-document.ts';

const formatByExtension: Readonly<Record<string, Format>> = {
  json: 'json',
  webmanifest: 'json',
  geojson: 'json',
  jsonc: 'jsonc',
  'code-workspace': 'jsonc',
  json5: 'json5',
  yaml: 'yaml',
  yml: 'yaml',
  toml: 'toml',
  env: 'env',
  ini: 'ini',
  cfg: 'ini',
  properties: 'properties',
  hcl: 'hcl',
  tf: 'hcl',
  tfvars: 'hcl',
  xml: 'xml',
  xsd: 'xml',
  config: 'xml',
  csproj: 'xml',
  fsproj: 'xml',
  vbproj: 'xml',
  props: 'xml',
  targets: 'xml',
  plist: 'xml',
  resx: 'xml',
};

/** Names that say more than their extension does; their programs read them with comments, or have none. */
const formatByName: readonly (readonly [RegExp, Format])[] = [
  [/(^|\/)\.env(\.[^/]*)?$/, 'env'],
  [/(^|\/)(tsconfig|jsconfig)([.-][^/]*)?\.json$/, 'jsonc'],
  [/(^|\/)\.vscode\/[^/]+\.json$/, 'jsonc'],
  [/(^|\/)(\.?devcontainer|api-extractor|\.eslintrc|\.jshintrc|language-configuration)\.json$/, 'jsonc'],
  [/(^|\/)\.(eslintrc|jshintrc|swcrc)$/, 'jsonc'],
  [/(^|\/)\.babelrc$/, 'json5'],
  [/(^|\/)(pipfile|cargo\.lock|poetry\.lock|uv\.lock)$/, 'toml'],
  [/(^|\/)\.(editorconfig|npmrc|gitmodules|pylintrc|flake8)$/, 'ini'],
];

/** The format that a path's name promises, or undefined when no parser here reads it. */
export function formatOf(path: string): Format | undefined {
  const lower = path.toLowerCase();
  const named = formatByName.find(([pattern]) => pattern.test(lower))?.[1];
  if (named !== undefined) return named;
  const extension = lower.slice(lower.lastIndexOf('.') + 1);
  return Object.hasOwn(formatByExtension, extension) ? formatByExtension[extension] : undefined;
}

/**
 * Reads one text in the format its path promises. Never throws: a text that does not parse, is nested too deep, has too
 * many values or expands without bounds comes back as problems with spans, at most `maxProblems`. A leading byte order
 * mark is dropped.
 */
export function parseDocument(path: string, text: string): ParsedDocument {
  const format = formatOf(path);
  const start = { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };
  if (format === undefined) {
    const message = 'the format of this file is not one that can be read here';
    return { ok: false, reasonCode: 'unknown-format', problems: [{ message, span: start }] };
  }
  const withoutMark = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const foreign = foreignContent(format, withoutMark);
  if (foreign !== undefined) {
    return { ok: false, reasonCode: 'foreign-content', problems: [{ message: foreign, span: start }] };
  }
  const parsed = parseAs(format, withoutMark);
  return parsed.ok ? parsed : { ...parsed, problems: parsed.problems.slice(0, maxProblems) };
}

function parseAs(format: Format, text: string): ParsedDocument {
  switch (format) {
    case 'json':
    case 'jsonc':
      return parseJson(text, format);
    case 'json5':
      return parseJson5(text);
    case 'yaml':
      return parseYaml(text);
    case 'toml':
      return parseToml(text);
    case 'env':
    case 'ini':
      return parseLines(text, format);
    case 'properties':
      return parseProperties(text);
    case 'hcl':
      return parseHcl(text);
    case 'xml':
      return parseXml(text);
  }
}
