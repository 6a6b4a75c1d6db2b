import type { SchemaPlace } from './schema-source.ts';

export interface ContainmentOptions {
  /**
   * `any`: JSON Schema to the letter, where an open object may hold whatever is not described. `absent`: what the
   * accepting side does not describe is not sent, as people read API descriptions; describing a new property is then
   * no narrowing.
   */
  undeclared: 'any' | 'absent';
  /** In a request nobody has to send what is `readOnly`, and in a response nobody gets what is `writeOnly`. */
  view?: 'request' | 'response';
}

/** One way in which a value that `accepting` takes is, or may be, refused by `rejecting`. */
export interface Escape {
  outcome: 'breaking' | 'unproven';
  /** The keyword by which the rejecting side refuses; empty where it is no single one. */
  keyword: string;
  /** The property that it is about, for `required`, `properties` and the like. */
  name?: string;
  /** Where in an instance, as a JSON pointer; `*` stands for every element or every other key. */
  place: string;
  accepting: SchemaPlace;
  /** The keyword's value where it is written. */
  rejecting: SchemaPlace;
  /** Of what is `unproven`: what could not be decided, as the end of a sentence ("the pattern … is not regular"). */
  reason?: string;
  /** Of what is `breaking`: a whole document that ajv accepts under `accepting` and rejects under `rejecting`. */
  witness?: unknown;
}
