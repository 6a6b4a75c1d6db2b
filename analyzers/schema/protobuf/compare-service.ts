import { counts, note, type Comparison } from './comparison.ts';
import { findTypeBreak } from './field-type.ts';
import { optionOf, type ProtoRpc } from './proto-file.ts';
import type { ServiceSymbol } from './proto-tree.ts';
import { resolveType } from './resolve-type.ts';

/** Two versions of one service. */
export function compareService(comparison: Comparison, before: ServiceSymbol, after: ServiceSymbol): void {
  const later = new Map(after.node.rpcs.map((rpc) => [rpc.name, rpc]));
  for (const rpc of before.node.rpcs) {
    const other = later.get(rpc.name);
    if (other !== undefined) compareRpc(comparison, before, after, rpc, other);
    else {
      note(comparison, {
        rule: 'keep-rpc',
        level: 'wire',
        proof: 'none',
        breaksFrom: 'package',
        key: `${after.fullName}.${rpc.name}:removed`,
        message: `the rpc ${rpc.name} of ${after.fullName} is gone, and whoever still calls it gets UNIMPLEMENTED`,
        after: { file: after.file, range: after.node.nameRange },
        before: { file: before.file, range: rpc.range },
        symbol: `${before.fullName}.${rpc.name}`,
      });
    }
  }
}

function compareRpc(
  comparison: Comparison,
  before: ServiceSymbol,
  after: ServiceSymbol,
  rpc: ProtoRpc,
  other: ProtoRpc,
): void {
  const name = `${after.fullName}.${rpc.name}`;
  const places = {
    after: { file: after.file, range: other.range },
    before: { file: before.file, range: rpc.range },
    symbol: name,
  };
  for (const side of ['request', 'response'] as const)
    compareRpcType(comparison, before, after, rpc, other, side);
  const streaming = [
    ['client', rpc.isClientStreaming, other.isClientStreaming],
    ['server', rpc.isServerStreaming, other.isServerStreaming],
  ] as const;
  for (const [who, was, is] of streaming) {
    if (was === is) continue;
    note(comparison, {
      ...places,
      rule: 'keep-rpc-streaming',
      level: 'wire',
      key: `${name}:${who}-streaming:${is}`,
      message: `the ${who} of the rpc ${name} sends ${is ? 'a stream' : 'one message'}, and sent ${was ? 'a stream' : 'one message'}`,
    });
  }
  const levelOf = ({ options }: ProtoRpc) =>
    optionOf(options, 'idempotency_level')?.value ?? 'IDEMPOTENCY_UNKNOWN';
  if (levelOf(rpc) !== levelOf(other)) {
    note(comparison, {
      ...places,
      rule: 'keep-idempotency',
      level: 'wire',
      key: `${name}:idempotency:${levelOf(rpc)}:${levelOf(other)}`,
      message: `the rpc ${name} had idempotency_level ${levelOf(rpc)} and has ${levelOf(other)}`,
    });
  }
}

function compareRpcType(
  comparison: Comparison,
  before: ServiceSymbol,
  after: ServiceSymbol,
  rpc: ProtoRpc,
  other: ProtoRpc,
  side: 'request' | 'response',
): void {
  const first = resolveType(comparison.before, before.file, before.fullName, rpc[side]);
  const second = resolveType(comparison.after, after.file, after.fullName, other[side]);
  const found = findTypeBreak(comparison, first, second);
  if (found === undefined) return;
  const name = `${after.fullName}.${rpc.name}`;
  const message = `the ${side} of the rpc ${name} was ${first.name} and is ${second.name}`;
  const unproven = found.unproven ?? (counts(comparison, found.level) ? undefined : found.beyond);
  note(comparison, {
    rule: 'keep-rpc-type',
    level: unproven === undefined ? found.level : 'wire',
    key: `${name}:${side}:${first.name}:${second.name}`,
    message: unproven === undefined ? message : `${message}; ${unproven} cannot be decided`,
    after: { file: after.file, range: other.range },
    before: { file: before.file, range: rpc.range },
    symbol: name,
    ...(unproven !== undefined && { proof: 'unproven', breaksFrom: 'package' }),
    ...(found.level === 'wire' &&
      unproven === undefined &&
      first.kind === 'message' &&
      second.kind === 'message' && {
        claim: {
          encoding: 'bytes',
          attempt: 'message',
          writer: 'either',
          before: { tree: comparison.before, message: first.symbol },
          after: { tree: comparison.after, message: second.symbol },
        },
      }),
  });
}
