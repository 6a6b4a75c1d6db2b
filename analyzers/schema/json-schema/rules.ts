import type { RuleDescription } from '../../analyzer.ts';

/** What can go wrong between two versions of a JSON Schema. */
export const jsonSchemaRules = [
  {
    id: 'json-schema/parse-schema',
    level: 'error',
    covers: ['add'],
    problem: 'The file holds no schema that can be read, so nobody can validate against it.',
    remedy: 'Correct the file at this place.',
  },
  {
    id: 'json-schema/keep-schema',
    level: 'error',
    covers: ['remove'],
    problem: 'The schema is gone, and whoever validates against it has nothing to go by.',
    remedy: 'Keep the schema until nobody refers to it any more.',
  },
  {
    id: 'json-schema/keep-accepted-values',
    level: 'error',
    covers: ['narrow'],
    problem: 'A value that was valid is refused, from senders that were not updated and from what is stored.',
    remedy:
      'Accept the former values beside the new ones until nobody sends them, and narrow in a later change.',
  },
  {
    id: 'json-schema/keep-optional',
    level: 'error',
    covers: ['add', 'narrow'],
    problem: 'Senders that do not know of the new requirement are refused.',
    remedy: 'Let it be optional, with a default, until every sender provides it.',
  },
  {
    id: 'json-schema/keep-property',
    level: 'error',
    covers: ['remove', 'rename'],
    problem: 'A property that senders may send is refused.',
    remedy: 'Keep the property, under its former name as well, until nobody sends it.',
  },
  {
    id: 'json-schema/describe-undeclared-property',
    level: 'warning',
    covers: ['add'],
    problem: 'The object was open, so senders may already use this name for something else.',
    remedy: 'Make sure that nobody sends this name, or close the object first.',
  },
  {
    id: 'json-schema/keep-provided',
    level: 'error',
    covers: ['remove', 'rename', 'widen'],
    problem:
      'Consumers that were not updated meet a value, or the lack of one, that they were promised not to.',
    remedy: 'Keep the promise until every consumer does without it, and widen in a later change.',
  },
  {
    id: 'json-schema/keep-closed',
    level: 'error',
    covers: ['add'],
    problem: 'Consumers refuse properties that they do not know, and get one.',
    remedy: 'Let consumers accept the property first, and send it in a later change.',
  },
  {
    id: 'json-schema/keep-known-dialect',
    level: 'warning',
    covers: ['rename'],
    problem: 'The same keywords mean something else in another dialect, or nothing that is known.',
    remedy: 'Keep $schema as it is, or name a draft of JSON Schema from 04 to 2020-12.',
  },
  {
    id: 'json-schema/settle-second-opinion',
    level: 'warning',
    covers: ['narrow', 'widen'],
    problem: 'Two independent tools disagree on whether every value that was valid still is.',
    remedy: 'Look at the difference yourself, or write it in simpler keywords.',
  },
] as const satisfies readonly RuleDescription[];

export type JsonSchemaRuleId = (typeof jsonSchemaRules)[number]['id'];
