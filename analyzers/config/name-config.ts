import { isObject } from '../document/document.ts';
import { formatOf, parseDocument } from '../document/parse-document.ts';

const lineShapes: readonly (readonly [extension: string, line: RegExp, isTelling: RegExp])[] = [
  ['ini', /^\s*(?:\[[^\]]+\]|[^=:[\];#]+[=:])/, /^\s*\[[^\]]+\]|^\s*;/m],
  ['properties', /^\s*[\w.-]+\s*[=:]/, /^\s*[\w-]+(?:\.[\w-]+)*\s*=/m],
  ['env', /^\s*(?:export\s+)?[A-Za-z_][\w.]*\s*=/, /=/],
];

/**
 * The extension of the format that two versions of a nameless text are written in. `promised` is what the name, if it
 * has one, says; it stands whenever the texts read as mappings or lists in it, because a text that only happens to be
 * one YAML scalar would be compared as a whole, and every change in it would be missed. The first version decides: what
 * the second one is, when it does not read like it, is broken.
 */
export function extensionFor(promised: string, before: string, after: string): string {
  const first = isBlank(before) ? after : before;
  const candidates = [promised, ...candidatesFor(first)];
  const found = candidates.find((extension) => isStructured(extension, first)) ?? promised;
  // Lines such as `a=1` are TOML as long as all of their values happen to be numbers.
  if (found !== 'toml' || /["'[{]/.test(first) || isStructured(found, after)) return found;
  const lines = candidates.filter((extension) => ['env', 'ini', 'properties'].includes(extension));
  return lines.find((extension) => isStructured(extension, first) && isStructured(extension, after)) ?? found;
}

function candidatesFor(text: string): string[] {
  const start = text.replace(/^\uFEFF/, '').trimStart();
  if (/^[{[]/.test(start)) return ['json', 'jsonc', 'json5', 'yaml', 'toml', 'ini', 'hcl'];
  if (/^\/[/*]/.test(start)) return ['jsonc', 'json5', 'hcl'];
  if (/^<[?!\w]/.test(start)) return ['xml'];
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^\s*[#;!]/.test(line));
  const isLike = (line: RegExp) => lines.slice(0, 2000).every((one) => line.test(one));
  // Names that only a shell shouts.
  const isEnv = isLike(/^\s*(?:export\s+)?[A-Z_][A-Z\d_]*=/);
  const shapes = lineShapes.filter(([, line, telling]) => telling.test(text) && isLike(line));
  return [...(isEnv ? ['env'] : []), 'toml', ...shapes.map(([extension]) => extension), 'hcl', 'yaml'];
}

function isBlank(text: string): boolean {
  return !/^\s*[^\s#]/m.test(text.replace(/^\uFEFF/, ''));
}

function isStructured(extension: string, text: string): boolean {
  if (isBlank(text)) return true;
  const path = `file.${extension}`;
  if (formatOf(path) === undefined) return false;
  const parsed = parseDocument(path, text);
  return parsed.ok && parsed.documents.some((value) => isObject(value) || Array.isArray(value));
}
