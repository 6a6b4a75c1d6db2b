/**
 * Trust boundary: what commands print, environments hold and effects return goes through here before it is kept
 * anywhere. Redaction is by name and by shape; what has neither a telling name nor a known shape cannot be recognised.
 */
import { createHash } from 'node:crypto';
import type { JsonValue } from './canonical-json.ts';

const mark = '[redacted]';
const maxTextCharacters = 4096;
const maxDepth = 12;

const secretName =
  /(token|secret|passw(or)?d|passphrase|credential|authorization|cookie|private[-_]?key|api[-_]?key)s?$/i;
const secretWord = /(^|[-_])(key|pwd|pass|pin)s?$/i;
const camelCaseKey = /[a-z0-9]Keys?$/;
const publicName = /public[-_]?keys?$/i;

/** Whether a member of that name is a secret: `token`, `DB_PASSWORD`, `apiKey`, `STRIPE_KEY`; not `publicKey` or `keyId`. */
export function isSecretName(name: string): boolean {
  if (publicName.test(name)) return false;
  return secretName.test(name) || secretWord.test(name) || camelCaseKey.test(name);
}

// Repetitions are bounded, so that no text takes quadratic time.
const patterns: readonly (readonly [RegExp, string])[] = [
  // Credentials in a URL: https://user:password@host
  [/(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/@"'<>]{1,400}@/gi, `$1${mark}@`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, mark],
  [/PRIVATE\+KEY\+\S+/g, mark],
  [/\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,})/g, mark],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, mark],
  [/\b(sk|rk)_(live|test)_\w{10,}|\bxox[abprs]-[\w-]{10,}|\bnpm_[A-Za-z0-9]{30,}/g, mark],
  [/\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/g, mark],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${mark}`],
];

// A name begins where no name goes on, so that each is tried once, however long the text.
const value = String.raw`("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s"',;&}\]]+)`;
/** NAME=value, NAME: value, "name": "value". */
const assignment = new RegExp(
  String.raw`((?<![\w.-])["']?([\w.-]{1,80})(?![\w.-])["']?\s{0,8}[=:]\s{0,8})${value}`,
  'g',
);
/** --name value. */
const option = new RegExp(String.raw`((?<![\w.-])(--[\w.-]{1,80})(?![\w.-])\s{1,8})${value}`, 'g');

/** A text without the secrets that can be recognised in it. */
export function redactText(text: string): string {
  const shaped = patterns.reduce((rest, [pattern, put]) => rest.replace(pattern, put), text);
  return shaped.replace(assignment, redactNamed).replace(option, redactNamed);
}

function redactNamed(whole: string, before: string, name: string, secret: string): string {
  if (!isSecretName(name) || secret.startsWith(mark) || /^(Bearer|Basic)$/i.test(secret)) return whole;
  const quote = secret.startsWith('"') || secret.startsWith("'") ? secret.charAt(0) : '';
  return `${before}${quote}${mark}${quote}`;
}

/**
 * Any value as JSON without secrets. Total: what JSON cannot say is named in its place, so that keeping a record never
 * fails for what it holds. A text over 4,096 characters is cut, and the digest of all of it is kept.
 */
export function redact(value: unknown): JsonValue {
  return redactValue(value, 0);
}

function redactValue(value: unknown, depth: number): JsonValue {
  switch (typeof value) {
    case 'string':
      return cut(redactText(value.toWellFormed()));
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? null : redactObject(value, depth);
    default:
      return `[${typeof value}]`;
  }
}

function redactObject(value: object, depth: number): JsonValue {
  if (depth >= maxDepth) return '[too deep]';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Error)
    return { name: value.name, message: cut(redactText(value.message.toWellFormed())) };
  if (Array.isArray(value)) return redactArray(value, depth);
  const members: Record<string, JsonValue> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const isHidden = isSecretName(name) && member !== null && typeof member !== 'boolean';
    Object.defineProperty(members, name.toWellFormed(), {
      value: isHidden ? mark : redactValue(member, depth + 1),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return members;
}

/** In an array of arguments the secret follows its option: `--token`, `abc`. */
function redactArray(items: readonly unknown[], depth: number): JsonValue[] {
  return items.map((item, index) => {
    const previous = items[index - 1];
    const isHidden = typeof previous === 'string' && previous.startsWith('--') && isSecretName(previous);
    return isHidden && typeof item === 'string' ? mark : redactValue(item, depth + 1);
  });
}

function cut(text: string): string {
  if (text.length <= maxTextCharacters) return text;
  const digest = createHash('sha256').update(text).digest('hex');
  return `${text.slice(0, maxTextCharacters).toWellFormed()} [cut: ${text.length} characters, sha256:${digest}]`;
}
