/**
 * Can everything that was written with one schema be read with another? The specification's "Schema Resolution" as a
 * graph: a node is a pair of schemas, an edge leads to a pair that has to resolve as well. Schemas that refer to
 * themselves make cycles, on which nothing fails by itself (the greatest fixed point), and nothing here recurses.
 */
import {
  targetOf,
  type AvroField,
  type AvroPlace,
  type AvroType,
  type EnumType,
  type RecordType,
  type ResolvedType,
} from './avro-type.ts';
import { compareLogicalTypes } from './logical-type.ts';
import { matchBranches, matchFields, matchSchemas } from './match-schemas.ts';

/** One step from a schema of the writer to a part of it. */
export type Step = { field: string } | { branch: number } | 'items' | 'values';

export type MismatchKind =
  | 'type'
  | 'promotion'
  | 'name'
  | 'size'
  | 'symbols'
  | 'missing-field'
  | 'branch'
  | 'meaning'
  | 'unknown-meaning'
  | 'ambiguous'
  // These hinder nobody from reading.
  | 'annotation'
  | 'skipped-field'
  | 'other-default';

export interface Mismatch {
  kind: MismatchKind;
  /** The pair it was found in. */
  reader: ResolvedType;
  writer: ResolvedType;
  readerPlace: AvroPlace;
  writerPlace: AvroPlace;
  /** From the writer's root to the written schema that is not read. */
  route: readonly Step[];
  field?: AvroField;
  /** Of an enum: what the reader does not know. */
  symbols?: readonly string[];
}

export type Resolution = { outcome: 'resolved'; mismatches: readonly Mismatch[] } | { outcome: 'too-large' };

type Local = Omit<Mismatch, 'route' | 'reader' | 'writer'> & { step?: Step };

interface Edge {
  step?: Step;
  /** More than one where the reader's union leaves a choice; the likeliest first. */
  nodes: readonly Node[];
}

interface Node {
  reader: ResolvedType;
  writer: ResolvedType;
  readerPlace: AvroPlace;
  writerPlace: AvroPlace;
  local: Local[];
  edges: Edge[];
  /** Edges of other nodes that lead here. */
  from: { node: Node; edge: Edge }[];
  fails: boolean;
}

const harmless: readonly MismatchKind[] = ['annotation', 'skipped-field', 'other-default'];
const maxPairs = 300_000;

/** Everything that keeps `reader` from reading what `writer` wrote, each once, with a shortest way to it. */
export function resolveSchemas(reader: AvroType, writer: AvroType): Resolution {
  const nodes: Node[] = [];
  const known = new Map<ResolvedType, Map<ResolvedType, Node>>();
  const nodeOf = (ownReader: AvroType, ownWriter: AvroType): Node => {
    const [r, w] = [targetOf(ownReader), targetOf(ownWriter)];
    const row = known.get(r) ?? new Map<ResolvedType, Node>();
    known.set(r, row);
    const present = row.get(w);
    if (present !== undefined) return present;
    const places = { readerPlace: ownReader.place, writerPlace: ownWriter.place };
    const node: Node = { reader: r, writer: w, ...places, local: [], edges: [], from: [], fails: false };
    row.set(w, node);
    nodes.push(node);
    return node;
  };
  const root = nodeOf(reader, writer);
  for (let at = 0; at < nodes.length; at++) {
    if (nodes.length > maxPairs) return { outcome: 'too-large' };
    const node = nodes[at];
    if (node !== undefined) expand(node, nodeOf);
  }
  spreadFailure(nodes);
  return { outcome: 'resolved', mismatches: collect(root) };
}

type NodeOf = (reader: AvroType, writer: AvroType) => Node;

function expand(node: Node, nodeOf: NodeOf): void {
  const { reader, writer } = node;
  if (writer.kind === 'union') {
    for (const [index, branch] of writer.branches.entries()) expandBranch(node, branch, nodeOf, index);
  } else if (reader.kind === 'union') {
    expandBranch(node, writer, nodeOf);
  } else {
    expandPair(node, reader, writer, nodeOf);
  }
}

/** One thing that is written (a branch of the writer's union, or what is no union) against whatever the reader has. */
function expandBranch(node: Node, written: AvroType, nodeOf: NodeOf, index?: number): void {
  const { reader } = node;
  const target = targetOf(written);
  const step = index === undefined ? {} : { step: { branch: index } };
  let candidates: readonly AvroType[];
  if (reader.kind === 'union') candidates = matchBranches(reader, target);
  else candidates = matchSchemas(reader, target) === 'match' ? [reader] : [];
  if (candidates.length === 0) {
    const writerPlace = index === undefined ? node.writerPlace : written.place;
    node.local.push({ kind: 'branch', readerPlace: node.readerPlace, writerPlace, ...step });
    return;
  }
  link(node, { ...step, nodes: candidates.map((candidate) => nodeOf(candidate, written)) });
}

function link(node: Node, edge: Edge): void {
  node.edges.push(edge);
  for (const target of edge.nodes) target.from.push({ node, edge });
}

function expandPair(node: Node, reader: ResolvedType, writer: ResolvedType, nodeOf: NodeOf): void {
  const { readerPlace, writerPlace } = node;
  const report = (kind: MismatchKind, more: Partial<Local> = {}) =>
    node.local.push({ kind, readerPlace, writerPlace, ...more });
  switch (matchSchemas(reader, writer)) {
    case 'other-type':
      report('type');
      return;
    case 'promotion-only-back':
      report('promotion');
      return;
    case 'other-name':
      report('name');
      return;
    case 'match':
      break;
  }
  if (reader.kind === 'array' && writer.kind === 'array') {
    link(node, { step: 'items', nodes: [nodeOf(reader.items, writer.items)] });
  } else if (reader.kind === 'map' && writer.kind === 'map') {
    link(node, { step: 'values', nodes: [nodeOf(reader.values, writer.values)] });
  } else if (reader.kind === 'record' && writer.kind === 'record') {
    expandRecord(node, reader, writer, nodeOf);
  } else if (reader.kind === 'enum' && writer.kind === 'enum') {
    const symbols = missingSymbols(reader, writer);
    if (symbols.length > 0 && reader.fallback === undefined) report('symbols', { symbols });
  } else if (reader.kind === 'fixed' && writer.kind === 'fixed') {
    if (reader.size !== writer.size) report('size');
  }
  if (!('logical' in reader) && !('logical' in writer)) return;
  const [r, w] = [reader, writer].map((type) => ('logical' in type ? type.logical : undefined));
  const meaning = compareLogicalTypes(r, w);
  if (meaning === 'unknown') report('unknown-meaning');
  else if (meaning !== 'same') report(meaning);
}

/** Symbols that the writer may write and the reader does not have. */
function missingSymbols(reader: EnumType, writer: EnumType): string[] {
  const known = new Set(reader.symbols);
  return writer.symbols.filter((symbol) => !known.has(symbol));
}

function expandRecord(node: Node, reader: RecordType, writer: RecordType, nodeOf: NodeOf): void {
  const read = new Set<AvroField>();
  for (const field of reader.fields) {
    const [written, ...others] = matchFields(field, writer);
    if (written === undefined) {
      if (field.fallback !== undefined) continue;
      const { writerPlace } = node;
      node.local.push({ kind: 'missing-field', field, readerPlace: field.place, writerPlace });
      continue;
    }
    read.add(written);
    if (others.length > 0) {
      node.local.push({ kind: 'ambiguous', field, readerPlace: field.place, writerPlace: written.place });
      for (const other of others) read.add(other);
    }
    link(node, { step: { field: written.name }, nodes: [nodeOf(field.type, written.type)] });
    const [own, other] = [field.fallback, written.fallback];
    if (own === undefined || other === undefined) continue;
    if (JSON.stringify(own.value) !== JSON.stringify(other.value)) {
      node.local.push({ kind: 'other-default', field, readerPlace: own.place, writerPlace: other.place });
    }
  }
  for (const field of writer.fields) {
    if (read.has(field)) continue;
    const { readerPlace } = node;
    node.local.push({ kind: 'skipped-field', field, readerPlace, writerPlace: field.place });
  }
}

/** A pair fails by itself, or because something that it needs fails; of a choice, because all of it does. */
function spreadFailure(nodes: readonly Node[]): void {
  const pending = nodes.filter(({ local }) => local.some(({ kind }) => !harmless.includes(kind)));
  for (const node of pending) node.fails = true;
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const { node: other, edge } of node.from) {
      if (other.fails || !edge.nodes.every(({ fails }) => fails)) continue;
      other.fails = true;
      pending.push(other);
    }
  }
}

/** Breadth first, so that every mismatch is reached by a shortest route. */
function collect(root: Node): Mismatch[] {
  const found: Mismatch[] = [];
  const seen = new Map<Node, { parent?: Node; step?: Step }>([[root, {}]]);
  const queue = [root];
  for (const node of queue) {
    const { reader, writer } = node;
    const add = ({ step, ...local }: Local) =>
      found.push({ ...local, reader, writer, route: routeTo(node, seen, step) });
    for (const local of node.local) add(local);
    for (const { nodes, step } of node.edges) {
      const [first] = nodes;
      if (first === undefined) continue;
      if (first.fails && nodes.some(({ fails }) => !fails)) {
        const { readerPlace, writerPlace } = first;
        add({ kind: 'ambiguous', readerPlace, writerPlace, ...(step && { step }) });
      } else if (!seen.has(first)) {
        seen.set(first, { parent: node, ...(step && { step }) });
        queue.push(first);
      }
    }
  }
  return found;
}

function routeTo(
  node: Node,
  seen: Map<Node, { parent?: Node; step?: Step }>,
  last: Step | undefined,
): Step[] {
  const route: Step[] = last === undefined ? [] : [last];
  for (let at = seen.get(node); at !== undefined; at = at.parent && seen.get(at.parent)) {
    if (at.step !== undefined) route.push(at.step);
  }
  return route.reverse();
}
