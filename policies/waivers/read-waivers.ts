/**
 * A trust boundary: the waivers' file, from either revision, becomes waivers and faults. An entry that is not entirely
 * right covers nothing.
 */
import { isObject, pointerTo, type Document } from '../../analyzers/document/document.ts';
import { parseDocument } from '../../analyzers/document/parse-document.ts';
import { fingerprintOf, type Finding, type Span } from '../../analyzers/finding.ts';
import { nearestName } from '../policy-file/nearest-name.ts';
import { waiverRules } from './rules.ts';

export interface Waiver {
  fingerprint: string;
  owner: string;
  reason: string;
  /** The last day it holds, in UTC: `2027-01-31`. */
  expires: string;
  rule?: string;
  path?: string;
  /** Where it stands in its file. */
  span?: Span;
}

export interface ReadWaivers {
  /** The file's own path. */
  file: string;
  waivers: Waiver[];
  faults: Finding[];
}

const known = ['fingerprint', 'owner', 'reason', 'expires', 'rule', 'path'];
const required = ['fingerprint', 'owner', 'reason', 'expires'];
/** More than this is no list of exceptions. */
const maxWaivers = 1_000;

/** Never throws. */
export function readWaivers(text: string, file: string): ReadWaivers {
  const document = parseDocument('waivers.yml', text);
  const read: ReadWaivers = { file, waivers: [], faults: [] };
  const fault = (key: string, message: string, span: Span | undefined) => {
    read.faults.push(waiverFault(file, key, message, span));
  };
  if (!document.ok) {
    for (const { message, span } of document.problems) fault('syntax', message, span);
    return read;
  }
  for (const { message, span } of document.duplicateKeys) fault(`duplicate:${message}`, message, span);
  if (read.faults.length > 0) return read;
  const { value } = document;
  const entries = isObject(value) ? value['waivers'] : undefined;
  if (!isObject(value) || value['version'] !== 1 || !Array.isArray(entries)) {
    fault(
      'shape',
      `${file} has to be a mapping of \`version: 1\` and \`waivers:\`, a list`,
      document.spanOf(''),
    );
    return read;
  }
  if (entries.length > maxWaivers) {
    fault(
      'count',
      `${file} has more than ${maxWaivers} waivers; correct some of what they cover`,
      document.spanOf(''),
    );
    return read;
  }
  const seen = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    const pointer = pointerTo('/waivers', index);
    const waiver = readWaiver(entry, document, pointer);
    if (typeof waiver === 'string') fault(`entry:${keyOf(entry, index)}`, waiver, document.spanOf(pointer));
    else if (seen.has(waiver.fingerprint)) {
      fault(`twice:${waiver.fingerprint}`, 'this fingerprint is waived twice', document.spanOf(pointer));
    } else {
      seen.add(waiver.fingerprint);
      read.waivers.push(waiver);
    }
  }
  return read;
}

/** The waiver, or what is wrong with it. */
function readWaiver(entry: unknown, document: Document, pointer: string): Waiver | string {
  if (!isObject(entry)) return 'a waiver has to be a mapping';
  const strange = Object.keys(entry).find((name) => !known.includes(name));
  if (strange !== undefined) {
    const nearest = nearestName(strange, known);
    const hint = nearest === null ? `known are ${known.join(', ')}` : `did you mean ${nearest}?`;
    return `unknown key ${JSON.stringify(strange)}; ${hint}`;
  }
  const missing = required.find((name) => typeof entry[name] !== 'string' || entry[name].trim() === '');
  if (missing !== undefined) return `the waiver has no ${missing}; give it one, as text`;
  const [fingerprint, owner, reason, expires] = required.map((name) => textAt(entry, name));
  if (!/^[0-9a-f]{32}$/.test(fingerprint ?? '')) {
    return 'the fingerprint has to be the 32 characters that `evenkeel check` prints';
  }
  if (!isDay(expires ?? '')) return 'expires has to be a day, such as 2027-01-31';
  const optional = ['rule', 'path'].find(
    (name) => Object.hasOwn(entry, name) && typeof entry[name] !== 'string',
  );
  if (optional !== undefined) return `${optional} has to be a text`;
  const span = document.spanOf(pointer);
  return {
    fingerprint: fingerprint ?? '',
    owner: owner ?? '',
    reason: reason ?? '',
    expires: expires ?? '',
    ...(typeof entry['rule'] === 'string' ? { rule: entry['rule'] } : {}),
    ...(typeof entry['path'] === 'string' ? { path: entry['path'] } : {}),
    ...(span && { span }),
  };
}

function textAt(entry: Readonly<Record<string, unknown>>, name: string): string {
  const value = entry[name];
  return typeof value === 'string' ? value.trim() : '';
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const instant = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text);
}

// The fingerprint names an entry wherever it stands; without one only its place is left.
function keyOf(entry: unknown, index: number): string {
  const fingerprint = isObject(entry) ? entry['fingerprint'] : undefined;
  return typeof fingerprint === 'string' ? fingerprint : String(index);
}

function waiverFault(file: string, key: string, message: string, span: Span | undefined): Finding {
  const { id, level, remedy } = waiverRules.readWaivers;
  const fingerprint = fingerprintOf(id, file, key);
  return { ruleId: id, level, message, remedy, path: file, fingerprint, ...(span && { span }) };
}
