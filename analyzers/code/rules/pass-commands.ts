import { defineRule, type AnalysisContext } from '../../analyzer.ts';
import { textOf } from '../../change.ts';
import { policyPaths } from '../../claim.ts';
import { LineIndex, type Report, type Span } from '../../finding.ts';
import type { CommandRun } from '../../scope.ts';
import type { CodeSubject } from '../document.ts';

export const passCommands = defineRule<CodeSubject>({
  id: 'code/pass-commands',
  level: 'error',
  covers: ['add', 'remove', 'narrow', 'widen', 'rename'],
  problem:
    'A command that the policy declares for this code does not pass, so nobody knows that the code works.',
  remedy: 'Run the command on your machine, and make it pass.',
  async check({ changes }, context): Promise<Report[]> {
    const { scope, observations } = context;
    const policy = await findPolicy(context);
    const reports = observations.commands
      .filter((run) => run.outcome !== 'passed')
      .map((run) =>
        reportOn(run.command, `${outcomeOf(run, scope.code.timeoutSeconds)}${endOf(run)}`, policy),
      );
    if (changes.length === 0) return reports;
    for (const command of scope.code.commands) {
      if (observations.commands.some((run) => isSame(run.command, command))) continue;
      const report = reportOn(command, 'has not been run', policy);
      reports.push({ ...report, level: 'warning', proof: 'unproven' });
    }
    if (scope.code.commands.length === 0) {
      const message = `the code of ${scope.name} changed, and the policy declares no command that tries it`;
      reports.push({ path: policy.path, key: 'none', level: 'note', message });
    }
    return reports;
  },
});

interface PolicyText {
  path: string;
  text: string | undefined;
}

async function findPolicy({ after }: AnalysisContext): Promise<PolicyText> {
  for (const path of policyPaths) {
    const text = textOf(await after.read(path));
    if (text !== undefined) return { path, text };
  }
  return { path: policyPaths[0] ?? 'evenkeel.yml', text: undefined };
}

function reportOn(command: readonly string[], outcome: string, policy: PolicyText): Report {
  const words = command.join(' ');
  const span = findSpan(words, policy.text);
  return { path: policy.path, key: words, message: `${words} ${outcome}`, ...(span && { span }) };
}

/** Where the policy writes the command; the word `commands` stands before it. */
function findSpan(words: string, text: string | undefined): Span | undefined {
  const at = text?.indexOf(words, Math.max(0, text.indexOf('commands'))) ?? -1;
  return text === undefined || at === -1 ? undefined : new LineIndex(text).span(at, at + words.length);
}

function outcomeOf(run: CommandRun, timeoutSeconds: number): string {
  switch (run.outcome) {
    case 'passed':
      return 'passed';
    case 'timed-out':
      return `did not end within ${timeoutSeconds} seconds`;
    case 'not-started':
      return 'could not be started';
    case 'failed':
      return run.exitCode === null ? 'was ended by a signal' : `failed with exit code ${run.exitCode}`;
  }
}

const longestTail = 2000;

// What a command prints reaches terminals and logs, so nothing in it may steer them.
function endOf({ outputTail }: CommandRun): string {
  const plain = outputTail
    .replaceAll(/\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?)/g, '')
    .replaceAll('\r\n', '\n')
    .replaceAll(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, '')
    .trim();
  return plain === '' ? ' and printed nothing' : `; it ended with:\n${plain.slice(-longestTail)}`;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word, index) => word === other[index]);
}
