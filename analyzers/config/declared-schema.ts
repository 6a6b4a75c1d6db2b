import * as posix from 'node:path/posix';
import { valueAt, type Document } from '../document/document.ts';

export type DeclaredSchema = { path: string } | { url: string } | { outside: string };

/**
 * The schema that a file names for itself: `$schema` in JSON and others, the modeline
 * `# yaml-language-server: $schema=…` of YAML, `#:schema …` of TOML. Undefined: none, or a schema of schemas.
 */
export function declaredSchema(path: string, text: string, document: Document): DeclaredSchema | undefined {
  const written = schemaText(text, document);
  if (written === undefined || /^https?:\/\/json-schema\.org\//.test(written)) return undefined;
  if (/^[a-z][a-z\d+.-]*:/i.test(written)) return { url: written };
  const [file = ''] = written.split('#');
  if (file === '') return undefined;
  const resolved = posix.normalize(
    file.startsWith('/') ? file.slice(1) : posix.join(posix.dirname(path), file),
  );
  return resolved === '..' || resolved.startsWith('../') ? { outside: file } : { path: resolved };
}

function schemaText(text: string, document: Document): string | undefined {
  const value = valueAt(document.value, '/$schema');
  if (typeof value === 'string' && value !== '') return value;
  // A modeline stands among the first lines.
  const head = text.slice(0, 2000);
  if (document.format === 'yaml') {
    return /^#\s*yaml-language-server:[^\n]*?\$schema=(\S+)/m.exec(head)?.[1];
  }
  return document.format === 'toml' ? /^#:schema\s+(\S+)/m.exec(head)?.[1] : undefined;
}
