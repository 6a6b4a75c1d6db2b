/**
 * The words that steer a rollout, the same in a terminal and in a comment. A trust boundary: comments are written by
 * anybody, so only exact ASCII words count, and a comment is a command only when it is nothing else. That one rule
 * keeps out what is quoted, shown as code or hidden in HTML, without a Markdown parser to be fooled.
 */
export type CommandName = 'status' | 'promote' | 'pause' | 'resume' | 'abort' | 'rollback';

export type SteeringCommand =
  | { name: Exclude<CommandName, 'rollback'> }
  /** `to`: the release to go back to, a digest or its first 12 to 64 hexadecimal digits; left out, the stable one. */
  | { name: 'rollback'; to?: string };

export type CommandReasonCode =
  | 'empty'
  | 'too-long'
  | 'not-plain-text'
  | 'unknown-command'
  | 'unexpected-words'
  | 'not-a-release'
  | 'not-alone';

export type CommandReading =
  { ok: true; command: SteeringCommand } | { ok: false; reasonCode: CommandReasonCode; message: string };

/** A comment that has nothing to do with Evenkeel is `undefined`: nobody is answered. */
export type CommentReading = CommandReading | undefined;

const names: readonly CommandName[] = ['status', 'promote', 'pause', 'resume', 'abort', 'rollback'];
const prefix = '/evenkeel';
const longestCommand = 200;
const longestComment = 100_000;

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
  if (word === undefined) return refuse('empty', `name a command: ${names.join(', ')}`);
  const name = names.find((known) => known === word);
  if (name === undefined) {
    return refuse('unknown-command', `there is no command ${JSON.stringify(word)}: use ${names.join(', ')}`);
  }
  if (rest.length === 0) return { ok: true, command: { name } };
  if (name !== 'rollback' || rest[0] !== 'to' || rest.length > 2) {
    const form = name === 'rollback' ? 'rollback, or rollback to <release>' : name;
    return refuse('unexpected-words', `write ${form} and nothing more`);
  }
  const to = rest[1] ?? '';
  if (!/^(?:sha256:)?[0-9a-f]{12,64}$/.test(to)) {
    return refuse(
      'not-a-release',
      'a release is named by its digest, or by at least its first 12 hexadecimal digits',
    );
  }
  return { ok: true, command: { name, to } };
}

/** Reads a comment: `/evenkeel <command>` and nothing else is one. Something close to that gets a reason and no action. */
export function readComment(body: string): CommentReading {
  if (body.length > longestComment) {
    return body.includes(prefix) ? refuse('too-long', 'a command is a comment of one short line') : undefined;
  }
  // Only plain blanks and line ends around it; an indented line is code.
  const line = body.replace(/[ \r\n]+$/, '').replace(/^(?:[ ]*\r?\n)+/, '');
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

function looksLikeCommand(line: string): boolean {
  const plain = line
    .slice(0, 200)
    .normalize('NFKD')
    .replaceAll(/[\p{Cf}\p{Mn}\p{Zs}\t]/gu, '')
    .toLowerCase();
  return Array.from(plain, (letter) => lookalikes[letter] ?? letter)
    .join('')
    .startsWith(prefix);
}

function refuse(reasonCode: CommandReasonCode, message: string): CommandReading {
  return { ok: false, reasonCode, message };
}
