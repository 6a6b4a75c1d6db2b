import type { FieldShape } from './field-shape.ts';
import type { MessageSymbol, ProtoTree } from './proto-tree.ts';

/** One side of a claim: a message and, where the claim is about one, its field. */
export interface ClaimSide {
  tree: ProtoTree;
  message: MessageSymbol;
  field?: FieldShape;
}

/** What a break on the wire comes down to: something that one side writes is not read as the same by the other. */
export interface WireClaim {
  /** `json` where it breaks in protobuf's JSON only. */
  encoding: 'bytes' | 'json';
  /**
   * `value`: the field with one of the values that its type has; `empty`: a message without anything, where what is
   * absent is read as its default; `pair`: the field together with another that shares a oneof on one side;
   * `message`: any field of the two messages.
   */
  attempt: 'value' | 'empty' | 'pair' | 'message';
  /** `after` where the later version writes and the earlier one reads; `either`: both are tried. */
  writer: 'before' | 'after' | 'either';
  before: ClaimSide;
  after: ClaimSide;
}
