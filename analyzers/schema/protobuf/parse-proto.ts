import { LineIndex } from '../../finding.ts';
import { parseExtend, parseMessage } from './parse-message.ts';
import { parseEnum } from './parse-enum.ts';
import {
  parseBracketedOptions,
  parseOptionStatement,
  parseText,
  parseTypeName,
  takeName,
} from './parse-options.ts';
import type { ProtoFile, ProtoProblem, ProtoRpc, ProtoService, Syntax } from './proto-file.ts';
import { ProtoScanner } from './proto-scanner.ts';

export type ParsedProto = { ok: true; file: ProtoFile } | { ok: false; problem: ProtoProblem };

/**
 * One .proto text of proto2, proto3, edition 2023 or 2024 (https://protobuf.dev/reference/protobuf/), with the place of
 * everything in it. Never throws; the first thing that is wrong ends it. Linear in the text, bounded in depth.
 */
export function parseProto(path: string, text: string): ParsedProto {
  const bare = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const lines = new LineIndex(bare);
  const scanner = new ProtoScanner(bare);
  const file: ProtoFile = {
    path,
    lines,
    syntax: 'proto2',
    syntaxRange: { start: 0, end: 0 },
    package: '',
    packageRange: { start: 0, end: 0 },
    imports: [],
    options: [],
    messages: [],
    enums: [],
    services: [],
    extensions: [],
  };
  parseSyntax(scanner, file);
  while (scanner.kind !== 'end') parseStatement(scanner, file);
  if (scanner.problem === undefined) return { ok: true, file };
  const { message, range } = scanner.problem;
  const span = lines.span(range.start, range.end);
  return { ok: false, problem: { message, position: span.start, span } };
}

function parseSyntax(scanner: ProtoScanner, file: ProtoFile): void {
  const { start } = scanner;
  const word = scanner.is('syntax') || scanner.is('edition') ? scanner.value : undefined;
  if (word === undefined) return;
  scanner.advance();
  scanner.expect('=');
  const at = { start: scanner.start, end: scanner.end };
  const name = parseText(scanner);
  const known = (word === 'syntax' ? ['proto2', 'proto3'] : ['2023', '2024']).find((one) => one === name);
  if (scanner.problem === undefined && known === undefined) {
    scanner.fail(`the ${word} "${name.slice(0, 40)}" is not one that is known`, at);
    return;
  }
  scanner.expect(';');
  file.syntax = syntaxes.find((syntax) => syntax === known) ?? 'proto2';
  file.syntaxRange = { start, end: scanner.previousEnd };
}

const syntaxes: readonly Syntax[] = ['proto2', 'proto3', '2023', '2024'];

function parseStatement(scanner: ProtoScanner, file: ProtoFile): void {
  const { start } = scanner;
  if (scanner.take(';')) return;
  if (scanner.take('import')) parseImport(scanner, file, start);
  else if (scanner.take('package')) {
    if (file.package !== '') scanner.fail('the file names its package twice');
    file.package = parseTypeName(scanner);
    scanner.expect(';');
    file.packageRange = { start, end: scanner.previousEnd };
  } else if (scanner.take('option')) parseOptionStatement(scanner, file.options);
  else if (scanner.take('extend')) parseExtend(scanner, file.extensions, file.messages, 1);
  else if (scanner.take('service')) file.services.push(parseService(scanner, start));
  else if (!parseType(scanner, file, start)) {
    scanner.fail(`${scanner.found()} cannot begin a declaration`);
  }
}

function parseType(scanner: ProtoScanner, file: ProtoFile, start: number): boolean {
  if (scanner.is('export') || scanner.is('local')) scanner.advance();
  if (scanner.take('message')) file.messages.push(parseMessage(scanner, start, 1));
  else if (scanner.take('enum')) file.enums.push(parseEnum(scanner, start));
  else return false;
  return true;
}

function parseImport(scanner: ProtoScanner, file: ProtoFile, start: number): void {
  const form = (['public', 'weak', 'option'] as const).find((word) => scanner.take(word)) ?? 'plain';
  const path = parseText(scanner);
  scanner.expect(';');
  file.imports.push({ path, form, range: { start, end: scanner.previousEnd } });
}

function parseService(scanner: ProtoScanner, start: number): ProtoService {
  const nameRange = { start: scanner.start, end: scanner.end };
  const name = takeName(scanner, 'the name of a service');
  const service: ProtoService = { name, options: [], rpcs: [], nameRange, range: { start, end: start } };
  scanner.expect('{');
  while (scanner.kind !== 'end' && !scanner.is('}')) {
    const rpcStart = scanner.start;
    if (scanner.take(';')) continue;
    if (scanner.take('option')) parseOptionStatement(scanner, service.options);
    else if (scanner.take('rpc')) service.rpcs.push(parseRpc(scanner, rpcStart));
    else scanner.fail(`${scanner.found()} stands in a service where "rpc" or "option" is expected`);
  }
  scanner.expect('}');
  service.range.end = scanner.previousEnd;
  return service;
}

function parseRpc(scanner: ProtoScanner, start: number): ProtoRpc {
  const nameRange = { start: scanner.start, end: scanner.end };
  const name = takeName(scanner, 'the name of an rpc');
  const request = parseRpcType(scanner);
  scanner.expect('returns');
  const response = parseRpcType(scanner);
  const options = [...parseBracketedOptions(scanner)];
  if (scanner.take('{')) {
    while (scanner.kind !== 'end' && !scanner.is('}')) {
      if (scanner.take(';')) continue;
      scanner.expect('option');
      parseOptionStatement(scanner, options);
    }
    scanner.expect('}');
  } else scanner.expect(';');
  return {
    name,
    nameRange,
    options,
    request: request.type,
    response: response.type,
    isClientStreaming: request.isStreaming,
    isServerStreaming: response.isStreaming,
    range: { start, end: scanner.previousEnd },
  };
}

function parseRpcType(scanner: ProtoScanner): { type: string; isStreaming: boolean } {
  scanner.expect('(');
  let isStreaming = scanner.take('stream');
  let type: string;
  if (isStreaming && (scanner.is(')') || scanner.is('.'))) {
    // A message may be called `stream`, and a package as well: `(stream)`, `(stream.Message)`.
    const isAbsolute = scanner.is('.') && scanner.start > scanner.previousEnd;
    isStreaming = isAbsolute;
    type = isAbsolute
      ? parseTypeName(scanner)
      : scanner.take('.')
        ? `stream.${parseTypeName(scanner)}`
        : 'stream';
  } else type = parseTypeName(scanner);
  scanner.expect(')');
  return { type, isStreaming };
}
