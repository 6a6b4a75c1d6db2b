import { canonicalJson, isJsonObject, parseCanonicalJson } from './canonical-json.ts';
import { entryText, parseEntry, type AuditEntry } from './audit-entry.ts';

/**
 * One line of a store: an entry, and the head that was signed when it was appended. Both stand in one line, so that a
 * write that was cut off leaves neither: no entry is ever without a signed head, and none can be slipped in before it.
 */
export interface AuditRecord {
  entry: AuditEntry;
  /** The entry's bytes in the tree. */
  entryText: string;
  /** Signed note over the tree that ends with this entry. */
  checkpoint: string;
}

/** The line without its end. */
export function recordText(entry: AuditEntry, checkpoint: string): string {
  return `{"checkpoint":${canonicalJson(checkpoint)},"entry":${entryText(entry)}}`;
}

export type ParsedRecord = { ok: true; record: AuditRecord } | { ok: false; message: string };

/** Trust boundary: a line as it was read. Anything but the canonical form is refused, so that no byte is unprotected. */
export function parseRecord(line: string): ParsedRecord {
  const value = parseCanonicalJson(line);
  if (!isJsonObject(value)) return { ok: false, message: 'it is not canonical JSON' };
  const { checkpoint, entry, ...others } = value;
  if (typeof checkpoint !== 'string' || !isJsonObject(entry) || Object.keys(others).length > 0)
    return { ok: false, message: 'it is not an entry with its checkpoint' };
  const parsed = parseEntry(entry);
  if (!parsed.ok) return parsed;
  return { ok: true, record: { entry: parsed.entry, entryText: canonicalJson(entry), checkpoint } };
}
