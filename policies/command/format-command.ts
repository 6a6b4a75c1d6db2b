import type { Command } from './command.ts';

/** The words that `parseCommand` reads as this command: what the audit log keeps. */
export function formatCommand(command: Command): string {
  const { service, environment } = command;
  return [
    wordsOf(command),
    ...(service === undefined ? [] : ['--service', service]),
    ...(environment === undefined ? [] : ['--environment', environment]),
  ].join(' ');
}

function wordsOf(command: Command): string {
  switch (command.name) {
    case 'rollback':
      return command.to === undefined ? 'rollback' : `rollback to ${command.to}`;
    case 'approve':
      return command.digest === undefined ? 'approve' : `approve ${command.digest}`;
    case 'confirm':
      return `confirm ${command.digest}`;
    case 'break-glass-close':
      return `break-glass close ${command.digest}`;
    case 'break-glass':
      return command.commit === undefined
        ? `break-glass ${command.reason}`
        : `break-glass ${command.reason} --commit ${command.commit}`;
    case 'failback':
      return [
        'failback',
        ...(command.instance === undefined ? [] : ['--instance', command.instance]),
        ...(command.zone === undefined ? [] : ['--zone', command.zone]),
      ].join(' ');
    default:
      return command.name;
  }
}
