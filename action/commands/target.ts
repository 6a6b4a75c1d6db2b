import { inputFailure } from '../../stacks/failure.ts';
import { formatConformance } from '../target/format-conformance.ts';
import { openBench } from '../target/open-bench.ts';
import { runConformance } from '../target/run-conformance.ts';
import { textOption, type Command } from './command.ts';

export const targetCommand: Command = {
  name: 'target',
  summary: 'try a target of your own: every promise of the contract, on a stack of its own',
  usage: 'evenkeel target test MODULE [--service NAME]',
  example: 'evenkeel target test ./infra/evenkeel.ts',
  options: { service: { type: 'string' } },
  takesPositionals: true,
  optionHelp: {
    service: 'run this service of the policy at HEAD as both versions (default: a small service of ours)',
  },
  async run({ values, positionals }, context) {
    const [operation, module, ...rest] = positionals;
    if (operation !== 'test' || module === undefined || rest.length > 0) {
      throw inputFailure(
        'target-usage',
        'say which module to try: `evenkeel target test MODULE`, or `local`',
      );
    }
    const bench = await openBench({
      module,
      service: textOption(values, 'service') ?? null,
      workingDirectory: context.workingDirectory,
      env: context.env,
      progress: (line) => context.progress(line),
      signal: context.signal,
    });
    const cases = await runConformance(bench, context.signal, ({ name, outcome, message }) => {
      if (outcome !== 'not-tried') context.progress(`${name}: ${outcome} (${message})`);
    });
    const isDown = cases.at(-1)?.outcome === 'passed';
    // What could not be taken down is only known by its state.
    if (isDown) bench.close();
    const failed = cases.filter(({ outcome }) => outcome === 'failed').length;
    const hasPassed = failed === 0 && !context.signal.aborted;
    return {
      exitCode: context.signal.aborted ? 130 : hasPassed ? 0 : 1,
      decision: context.signal.aborted ? 'interrupted' : hasPassed ? 'passed' : 'failed',
      reasonCode: context.signal.aborted ? 'interrupted' : hasPassed ? 'conforms' : 'contract-broken',
      result: { module, cases, failed },
      text: formatConformance(module, cases),
    };
  },
};
