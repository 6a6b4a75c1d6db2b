import type { Span } from '../../finding.ts';
import type { Direction } from '../../scope.ts';
import type { ContractReport } from '../contract.ts';
import type { ProtoFile, Range } from './proto-file.ts';
import type { ProtoTree } from './proto-tree.ts';
import type { WireClaim } from './wire-claim.ts';

/** How strict the other side is, the strictest first: what breaks at one level breaks at all before it. */
export const protobufLevels = ['file', 'package', 'wire-json', 'wire'] as const;
export type ProtobufLevel = (typeof protobufLevels)[number];

export interface Place {
  file: ProtoFile;
  range: Range;
}

/** One difference, before it is known whether the level asked for cares. */
export interface Difference {
  rule: string;
  /** The least strict level at which it counts. */
  level: ProtobufLevel;
  key: string;
  message: string;
  /** Where it is in head, and in base. */
  after?: Place;
  before?: Place;
  /** Otherwise it is breaking; `none` is shown, but stands in nobody's way. */
  proof?: 'unproven' | 'none';
  /** At this level and stricter ones it is breaking whatever `proof` says of the level above. */
  breaksFrom?: ProtobufLevel;
  /** The name that generated code or another file refers to, which it no longer can. */
  symbol?: string;
  /** What real decoders are asked before a break on the wire is called one. */
  claim?: WireClaim;
}

/** Two trees under comparison and what was found. */
export interface Comparison {
  before: ProtoTree;
  after: ProtoTree;
  level: ProtobufLevel;
  direction: Direction;
  differences: Difference[];
}

export function counts(comparison: Comparison, level: ProtobufLevel): boolean {
  return protobufLevels.indexOf(level) >= protobufLevels.indexOf(comparison.level);
}

export function note(comparison: Comparison, difference: Difference): void {
  if (!counts(comparison, difference.level)) return;
  const { proof, breaksFrom, ...rest } = difference;
  const isCertain = proof === undefined || (breaksFrom !== undefined && counts(comparison, breaksFrom));
  comparison.differences.push(isCertain ? rest : { ...rest, proof });
}

export function reportOf(difference: Difference): ContractReport {
  const { rule, key, message, after, before, proof, symbol } = difference;
  return {
    ruleId: `protobuf/${rule}`,
    path: (after ?? before)?.file.path ?? '',
    key,
    message,
    ...(after && { span: spanOf(after) }),
    ...(before && { beforeSpan: spanOf(before) }),
    ...(proof === 'none' ? { level: 'warning' } : { proof: proof ?? 'breaking' }),
    ...(proof === undefined && symbol !== undefined && { witness: { symbol } }),
  };
}

export function spanOf({ file, range }: Place): Span {
  return file.lines.span(range.start, range.end);
}

/** Does what was written before have to be read after? */
export function readsBefore({ direction }: Comparison): boolean {
  return direction !== 'produced';
}

/** Does what is written after have to be read by what was there before? */
export function writesAfter({ direction }: Comparison): boolean {
  return direction !== 'consumed';
}
