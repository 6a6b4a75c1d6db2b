/**
 * The words that steer a rollout, the same in a terminal, in a comment and in a dispatched workflow. A trust boundary:
 * comments are written by anybody, so only exact ASCII words count, and a comment is a command only when it is nothing
 * else. That one rule keeps out what is quoted, shown as code or hidden in HTML, without a Markdown parser to be fooled.
 */
import { redactText } from '../audit/redact.ts';
import type { Command, Place } from './command.ts';

export type ReadingReasonCode =
  | 'empty'
  | 'too-long'
  | 'not-plain-text'
  | 'unknown-command'
  | 'unexpected-words'
  | 'not-a-release'
  | 'not-a-digest'
  | 'not-a-commit'
  | 'not-a-place'
  | 'reason-missing'
  | 'not-alone';

export type CommandReading =
  { ok: true; command: Command } | { ok: false; reasonCode: ReadingReasonCode; message: string };

type Refusal = Extract<CommandReading, { ok: false }>;

/** A comment that has nothing to do with Evenkeel is `undefined`: nobody is answered. */
export type CommentReading = CommandReading | undefined;

/** How each is written, in the order in which they are shown. */
export const commandForms = {
  status: 'status',
  approve: 'approve [<commit>]',
  promote: 'promote',
  pause: 'pause',
  resume: 'resume',
  abort: 'abort',
  rollback: 'rollback [to <release>]',
  failback: 'failback [--instance <instance>] [--zone <zone>]',
  retry: 'retry',
  unlock: 'unlock',
  'break-glass': 'break-glass <reason> [--commit <commit>], or break-glass close <digest>',
  confirm: 'confirm <digest>',
  help: 'help',
} as const;

type FirstWord = keyof typeof commandForms;

const prefix = '/evenkeel';
const longestCommand = 500;
const longestComment = 100_000;
const shortestReason = 10;

/** Reads the words after the program's name. Never throws; what is not exactly a command has a reason. */
export function parseCommand(text: string): CommandReading {
  if (text.length > longestCommand) return refuse('too-long', 'a command is one short line');
  if (!/^[ -~]*$/.test(text)) {
    return refuse(
      'not-plain-text',
      'a command is written in plain ASCII letters, and this holds other characters',
    );
  }
  const [word, ...rest] = text.split(' ').filter((part) => part !== '');
  const names = Object.keys(commandForms).join(', ');
  if (word === undefined) return refuse('empty', `name a command: ${names}`);
  if (!isFirstWord(word)) {
    return refuse('unknown-command', `there is no command ${JSON.stringify(word)}: use ${names}`);
  }
  const taken = takeOptions(rest);
  if ('ok' in taken) return taken;
  const { commit, instance, zone, ...place } = taken.options;
  if (commit !== undefined && word !== 'break-glass') return unexpected(word);
  if (word === 'failback') return readFailback(taken.words, { ...place, instance, zone });
  if (instance !== undefined || zone !== undefined) return unexpected(word);
  return readWords(word, taken.words, place, commit);
}

function readFailback(
  words: readonly string[],
  { instance, zone, ...place }: Place & { instance: string | undefined; zone: string | undefined },
): CommandReading {
  if (words.length > 0 || (instance !== undefined && zone !== undefined)) return unexpected('failback');
  return accept({
    ...place,
    name: 'failback',
    ...(instance !== undefined && { instance }),
    ...(zone !== undefined && { zone }),
  });
}

function readWords(
  name: Exclude<FirstWord, 'failback'>,
  words: readonly string[],
  place: Place,
  commit: string | undefined,
): CommandReading {
  const [first, second] = words;
  switch (name) {
    case 'break-glass':
      return readBreakGlass(words, place, commit);
    case 'confirm':
      if (first === undefined || words.length > 1) return unexpected(name);
      return isDigest(first) ? accept({ ...place, name, digest: first }) : notADigest();
    case 'approve':
      if (words.length > 1) return unexpected(name);
      if (first === undefined) return accept({ ...place, name });
      return isDigest(first) ? accept({ ...place, name, digest: first }) : notADigest();
    case 'rollback':
      if (first === undefined) return accept({ ...place, name });
      if (first !== 'to' || words.length > 2) return unexpected(name);
      return second !== undefined && isDigest(second)
        ? accept({ ...place, name, to: second })
        : refuse(
            'not-a-release',
            'a release is named by its digest, or by at least its first 12 hexadecimal digits',
          );
    default:
      return first === undefined ? accept({ ...place, name }) : unexpected(name);
  }
}

function readBreakGlass(words: readonly string[], place: Place, commit: string | undefined): CommandReading {
  const [first, second] = words;
  if (first === 'close') {
    // One that begins with this word is no reason: what closes a debt must not open another one by a slip of the pen.
    if (second === undefined || words.length > 2 || commit !== undefined) return unexpected('break-glass');
    return isDigest(second) ? accept({ ...place, name: 'break-glass-close', digest: second }) : notADigest();
  }
  // It is kept in the audit log, and has to be the same there and here.
  const reason = redactText(words.join(' '));
  if (reason.length < shortestReason) {
    return refuse(
      'reason-missing',
      `break-glass needs a reason of at least ${shortestReason} letters, which stays in the audit log`,
    );
  }
  return accept({ ...place, name: 'break-glass', reason, ...(commit !== undefined && { commit }) });
}

interface Options extends Place {
  commit?: string;
  instance?: string;
  zone?: string;
}

const optionForms: Readonly<Record<keyof Options, { form: RegExp; refusal: Refusal }>> = {
  service: {
    form: /^[a-z0-9][a-z0-9_-]{0,39}$/,
    refusal: refuse('not-a-place', 'name the service as the policy does: --service NAME'),
  },
  environment: {
    form: /^[a-z0-9][a-z0-9_]{0,39}$/,
    refusal: refuse('not-a-place', 'name the environment in lower-case letters: --environment NAME'),
  },
  instance: {
    form: /^[a-z0-9][a-z0-9_-]{0,79}$/,
    refusal: refuse('not-a-place', 'name the instance as status shows it: --instance NAME'),
  },
  zone: {
    form: /^[a-z0-9][a-z0-9_-]{0,39}$/,
    refusal: refuse('not-a-place', 'name the zone as the policy does: --zone NAME'),
  },
  commit: {
    form: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/,
    refusal: refuse('not-a-commit', 'name the whole commit, 40 hexadecimal digits: --commit <commit>'),
  },
};

/** Takes `--service NAME` and the like out of the words, wherever they stand. */
function takeOptions(words: readonly string[]): { words: string[]; options: Options } | Refusal {
  const options: Options = {};
  const left: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (!word.startsWith('--')) {
      left.push(word);
      continue;
    }
    const name = word.slice(2);
    if (!isOption(name) || options[name] !== undefined) {
      return refuse(
        'unexpected-words',
        `there is no option ${JSON.stringify(word)} here: use --service NAME and --environment NAME, each once`,
      );
    }
    const value = words[++index] ?? '';
    if (!optionForms[name].form.test(value)) return optionForms[name].refusal;
    options[name] = value;
  }
  return { words: left, options };
}

function isOption(name: string): name is keyof Options {
  return Object.hasOwn(optionForms, name);
}

function isFirstWord(word: string): word is FirstWord {
  return Object.hasOwn(commandForms, word);
}

function isDigest(word: string): boolean {
  return /^(?:sha256:)?[0-9a-f]{12,64}$/.test(word);
}

function notADigest(): CommandReading {
  return refuse('not-a-digest', 'type the digest as it was shown, at least its first 12 hexadecimal digits');
}

function unexpected(name: FirstWord): CommandReading {
  return refuse('unexpected-words', `write ${commandForms[name]} and nothing more`);
}

function accept(command: Command): CommandReading {
  return { ok: true, command };
}

function refuse(reasonCode: ReadingReasonCode, message: string): Refusal {
  return { ok: false, reasonCode, message };
}

/** Reads a comment: `/evenkeel <command>` and nothing else is one. Something close to that gets a reason and no action. */
export function readComment(body: string): CommentReading {
  if (body.length > longestComment) {
    return body.includes(prefix) ? refuse('too-long', 'a command is a comment of one short line') : undefined;
  }
  const line = withoutMargins(body);
  if (line === prefix || line.startsWith(`${prefix} `)) {
    if (/[\r\n]/.test(line)) return refuse('not-alone', 'a command is the whole comment: write it alone');
    return parseCommand(line.slice(prefix.length));
  }
  if (!body.split(/\r\n|[\r\n\u2028\u2029]/).some(looksLikeCommand)) return undefined;
  return /^[\t\r\n -~]*$/.test(body)
    ? refuse(
        'not-alone',
        `a command is the whole comment: write ${prefix} and the command alone, in lower case`,
      )
    : refuse('not-plain-text', 'this looks like a command and holds characters that are not plain ASCII');
}

/** Without plain blanks and line ends after it and blank lines before it; an indented line is code and stays indented. */
function withoutMargins(body: string): string {
  let end = body.length;
  // By hand: a regular expression would take quadratic time on a comment of blanks.
  while (end > 0 && ' \r\n'.includes(body.charAt(end - 1))) end--;
  let start = 0;
  for (let index = 0; index < end && ' \r\n'.includes(body.charAt(index)); index++) {
    if (body.charAt(index) === '\n') start = index + 1;
  }
  return body.slice(start, end);
}

// Letters of other scripts that look like those of the prefix (Unicode's list of confusables, for these letters).
const lookalikes: Readonly<Record<string, string>> = {
  е: 'e',
  ҽ: 'e',
  ε: 'e',
  ν: 'v',
  ѵ: 'v',
  п: 'n',
  ո: 'n',
  η: 'n',
  к: 'k',
  κ: 'k',
  ӏ: 'l',
  ι: 'l',
  і: 'l',
  '1': 'l',
  i: 'l',
  '|': 'l',
  '∕': '/',
  '⁄': '/',
  '⧸': '/',
};

/** Characters that nobody sees: formats, controls, marks, blanks, and the fillers that count as letters. */
const unseen = /[\p{Cf}\p{Cc}\p{Mn}\p{Me}\p{Zs}\u115F\u1160\u2800\u3164]/gu;

function looksLikeCommand(line: string): boolean {
  const plain = line.slice(0, 200).normalize('NFKD').replaceAll(unseen, '').toLowerCase();
  return Array.from(plain, (letter) => lookalikes[letter] ?? letter)
    .join('')
    .startsWith(prefix);
}
