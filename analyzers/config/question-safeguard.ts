import { hasWord, meaningOf, wordSet, wordsOf } from './key-names.ts';
import { placeName, type Question, type ScalarMove } from './question.ts';

const guards = wordSet(
  'tls ssl https mtls verify verification auth authentication authenticate authorization rbac encrypt encrypted encryption csrf xsrf signature signatures signed secure hsts httponly audit auditing firewall backup backups fsync validate validation protect protected protection captcha mfa 2fa breaker nonroot healthcheck',
);
const negations = wordSet('disable disabled disables skip no ignore bypass without insecure allow');
const dangers = wordSet('insecure unsafe privileged anonymous unauthenticated plaintext');
/** Together with `allow` these open something. */
const openings = wordSet('all any anonymous privilege escalation insecure root public everyone empty self');
const strangers = wordSet('unauthorized unauthenticated untrusted invalid');
const barriers = wordSet('block blocks restrict restricts deny prevent');
const wide = /^(\*|\.\*|0\.0\.0\.0\/0|::\/0|all|any)$/i;
const allowances = wordSet(
  'allow allowed allowlist whitelist origin origins cors cidr cidrs trusted source sources ranges ingress principal principals permissions actions scopes roles allowedhosts',
);
const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** A protection that is switched off, or opened to everybody. */
export function questionSafeguard(scalar: ScalarMove): Question | undefined {
  const { before, after, words, move } = scalar;
  const place = placeName(move.after);
  const ask = (message: string): Question => ({ rule: 'config/keep-safeguard', message, detail: 'weaker' });
  const [was, is] = [truthOf(before), truthOf(after)];
  if (was !== undefined && is !== undefined && was !== is) {
    const safe = safeValueOf(words, move.names);
    return safe === was ? ask(`${place} switched a protection off`) : undefined;
  }
  if (typeof before !== 'string' || typeof after !== 'string') return undefined;
  if (wide.test(after) && !wide.test(before) && isAllowance(move.names)) {
    return ask(`${place} lets everybody in now`);
  }
  if (/^(127\.0\.0\.1|localhost|::1)(?=:|$)/.test(before) && /^(0\.0\.0\.0|::|\[::\])(?=:\d|$)/.test(after)) {
    return ask(`${place} listens to this machine alone no more, but to every network`);
  }
  // `tls: { min_version: "1.2" }`: the name of what is protected stands one level up.
  const around = [...words, ...move.names.slice(-2).flatMap(wordsOf)];
  if (hasWord(around, guards) || around.includes('sslmode')) {
    const [from, to] = [sslModes.indexOf(before.toLowerCase()), sslModes.indexOf(after.toLowerCase())];
    if (from !== -1 && to !== -1 && to < from) return ask(`${place} asks for less protection than before`);
    const version = /^(?:tls)?[ v_]*1[._]([0-3])$/i;
    const [old, later] = [version.exec(before)?.[1], version.exec(after)?.[1]];
    if (old !== undefined && later !== undefined && later < old) {
      return ask(`${place} takes an older protocol version than before`);
    }
    if (/^(none|off|disabled?|optional|never)$/i.test(after))
      return ask(`${place} switched a protection off`);
  }
  if (
    /^(https|wss|amqps|rediss|ldaps|mqtts|sftp|ftps)$/i.test(before) &&
    `${after}s`.toLowerCase() === before.toLowerCase()
  ) {
    return ask(`${place} goes without encryption now`);
  }
  if (/^(https|wss|amqps|rediss|ldaps|mqtts):\/\//i.test(before)) {
    const [, secure = '', rest = ''] = /^(\w+)s:\/\/(.*)$/i.exec(before) ?? [];
    if (after.toLowerCase().startsWith(`${secure.toLowerCase()}://`) && rest !== '') {
      return ask(`${place} goes without encryption now`);
    }
  }
  return undefined;
}

/** A key that was added, with a value that switches a protection off. */
export function isUnsafeAddition(names: readonly string[], value: unknown): boolean {
  const is = truthOf(value);
  // `tls: 1` may be a version, a level, a count.
  if (is === undefined || typeof value === 'number') return opensToAll(names, value);
  const safe = safeValueOf(meaningOf(names), names);
  return safe !== undefined && safe !== is;
}

/** An entry put into a list of what is let in, that lets everybody in. */
export function opensToAll(names: readonly string[], entry: unknown): boolean {
  return typeof entry === 'string' && wide.test(entry) && isAllowance(names);
}

function isAllowance(names: readonly string[]): boolean {
  return names.slice(-2).some((name) => hasWord(wordsOf(name), allowances));
}

function truthOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === 0) return value === 1;
  if (typeof value !== 'string') return undefined;
  if (/^(true|yes|on|1|enabled?)$/i.test(value)) return true;
  return /^(false|no|off|0|disabled?)$/i.test(value) ? false : undefined;
}

/** The safe value of a switch, where its name tells. */
function safeValueOf(words: readonly string[], names: readonly string[]): boolean | undefined {
  const isNegated = hasWord(words, negations);
  if (words.includes('non') && words.includes('root')) return true;
  if (words.includes('read') && words.includes('only') && words.includes('root')) return true;
  if (words.includes('http') && words.includes('only')) return true;
  if (words.includes('rate') && words.includes('limit')) return !isNegated;
  if (words.includes('reject') && hasWord(words, strangers)) return true;
  // `publicly_accessible` and `public_access` open, `block_public_access` keeps shut.
  const isExposure = words.includes('publicly') || (words.includes('public') && words.includes('access'));
  if (isExposure) return hasWord(words, barriers);
  if (words.includes('allow') && hasWord(words, openings)) return false;
  if (hasWord(words, dangers)) return false;
  if (hasWord(words, guards)) return !isNegated;
  const own = words.join('');
  const isLogging = names.some((name) => meaningOf([name]).some((word) => /^log/.test(word)));
  return (own === 'debug' || own === 'debugmode') && !isLogging ? false : undefined;
}
