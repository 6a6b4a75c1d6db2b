import type { RuleDescription } from '../../analyzer.ts';

/** What a description of messages is held to. Light: everything that lists rules loads this table. */
export const asyncapiRules = [
  {
    id: 'asyncapi/parse-description',
    level: 'error',
    problem: 'Nobody can tell which messages the service sends and takes.',
    remedy: 'Correct the description at this place.',
  },
  {
    id: 'asyncapi/resolve-reference',
    level: 'error',
    problem: 'A part that is referred to is not in this revision, so nobody can say what it allows.',
    remedy: 'Keep the part in a file of the repository and refer to it by a relative path.',
  },
  {
    id: 'asyncapi/compare-keyword',
    level: 'warning',
    problem: 'Something differs whose effect on senders and receivers is not known.',
    remedy: 'Have a person who knows the other side look at it.',
  },
  {
    id: 'asyncapi/keep-channel',
    level: 'error',
    covers: ['remove', 'rename'],
    problem: 'Others send to a channel that nobody reads, or wait at one that nothing is sent to.',
    remedy: 'Serve the former channel beside the new one until nobody uses it.',
  },
  {
    id: 'asyncapi/keep-operation',
    level: 'error',
    covers: ['remove'],
    problem: 'Messages are no longer sent, or no longer taken.',
    remedy: 'Keep the operation until nobody relies on it.',
  },
  {
    id: 'asyncapi/keep-message',
    level: 'error',
    covers: ['remove', 'rename', 'add'],
    problem: 'A message is no longer taken or sent, or one is sent that receivers were not told of.',
    remedy: 'Let receivers learn of a message first, and senders leave it before it goes.',
  },
  {
    id: 'asyncapi/keep-accepted-payload',
    level: 'error',
    covers: ['narrow', 'add'],
    problem: 'A message that others send is refused.',
    remedy: 'Accept the former messages beside the new ones.',
  },
  {
    id: 'asyncapi/keep-sent-payload',
    level: 'error',
    covers: ['widen', 'remove'],
    problem: 'Receivers get a message that the description ruled out.',
    remedy: 'Send the new form under another name or channel until every receiver understands it.',
  },
  {
    id: 'asyncapi/keep-headers',
    level: 'error',
    covers: ['narrow', 'widen', 'remove'],
    problem: 'The other side reads or sends headers that are not what was agreed.',
    remedy: 'Keep the headers as they were.',
  },
  {
    id: 'asyncapi/keep-content-type',
    level: 'error',
    covers: ['rename'],
    problem: 'The other side decodes the message in another form than it is written in.',
    remedy: 'Send the new form as a message of its own.',
  },
  {
    id: 'asyncapi/keep-correlation',
    level: 'error',
    covers: ['rename', 'remove'],
    problem: 'Answers are no longer matched with what they answer.',
    remedy: 'Keep the correlation id where it was.',
  },
  {
    id: 'asyncapi/keep-parameter-values',
    level: 'error',
    covers: ['narrow'],
    problem: 'An address that others use is none any more.',
    remedy: 'Accept the former values beside the new ones.',
  },
  {
    id: 'asyncapi/keep-server',
    level: 'error',
    covers: ['remove', 'rename', 'narrow'],
    problem: 'Whoever connects to the former server reaches nobody.',
    remedy: 'List the new server beside the former one until nobody uses it.',
  },
  {
    id: 'asyncapi/keep-security',
    level: 'error',
    covers: ['add', 'narrow'],
    problem: 'Whoever connected without credentials is refused.',
    remedy: 'Announce the credentials first, and demand them when everyone sends them.',
  },
] as const satisfies readonly RuleDescription[];

export type AsyncapiRuleId = (typeof asyncapiRules)[number]['id'];
