/**
 * What graphql's own comparison and graphql-inspector's say. The stricter opinion counts: what they take for breaking
 * and is taken for compatible here is shown, and what they confirm may stand without an operation that fails. They know
 * nothing of places; what they name is found by the names in their sentences.
 */
import { findBreakingChanges, findDangerousChanges, type GraphQLSchema } from 'graphql';
import { isObject } from '../../document/document.ts';
import type { SchemaChange } from './schema-change.ts';

export interface Opinion {
  tool: string;
  severity: 'breaking' | 'dangerous';
  /** The names in it, types and directives first. */
  names: ReadonlySet<string>;
  text: string;
}

/** Opinions of both tools. One that fails on a schema has none. */
export async function collectOpinions(before: GraphQLSchema, after: GraphQLSchema): Promise<Opinion[]> {
  return [...opinionsOfGraphql(before, after), ...(await opinionsOfInspector(before, after))];
}

function opinionsOfGraphql(before: GraphQLSchema, after: GraphQLSchema): Opinion[] {
  const tool = 'graphql';
  const toOpinion =
    (severity: Opinion['severity']) =>
    ({ description }: { description: string }): Opinion => ({
      tool,
      severity,
      names: namesIn(description),
      text: description.replace(/\.$/, ''),
    });
  try {
    return [
      ...findBreakingChanges(before, after)
        // Nothing refers to a built-in scalar any more: what did is told of by itself.
        .filter(({ description }) => !description.startsWith('Standard scalar'))
        .map(toOpinion('breaking')),
      ...findDangerousChanges(before, after).map(toOpinion('dangerous')),
    ];
  } catch {
    // It prints defaults, and throws for one that is no value of its type.
    return [];
  }
}

async function opinionsOfInspector(before: GraphQLSchema, after: GraphQLSchema): Promise<Opinion[]> {
  const tool = 'graphql-inspector';
  try {
    const { diff } = await import('@graphql-inspector/core');
    const changes = await diff(before, after);
    return changes.flatMap(({ criticality, message, path = '', ...change }): Opinion[] => {
      const level: string = criticality.level;
      const severity = level === 'BREAKING' ? 'breaking' : level === 'DANGEROUS' ? 'dangerous' : undefined;
      // Directives on a schema say nothing to clients; it takes those of every name for dangerous.
      if (severity === undefined || String(change.type).startsWith('DIRECTIVE_USAGE')) return [];
      // It takes a non-null argument for required, whether it has a default or not.
      if (change.type === 'DIRECTIVE_ARGUMENT_ADDED' && hasDefault(change.meta)) return [];
      const names = new Set([...namesIn(message), ...namesIn(path)]);
      return [{ tool, severity, names, text: message.replaceAll("'", '') }];
    });
  } catch {
    return [];
  }
}

function hasDefault(meta: unknown): boolean {
  return isObject(meta) && typeof meta['addedDirectiveDefaultValue'] === 'string';
}

function namesIn(text: string): Set<string> {
  return new Set(text.match(/[A-Za-z_][A-Za-z0-9_]*/g) ?? []);
}

/** Changes by the type or directive they belong to, so that opinions find theirs without a walk over all. */
function indexChanges(changes: readonly SchemaChange[]): ReadonlyMap<string, readonly SchemaChange[]> {
  const index = new Map<string, SchemaChange[]>();
  for (const change of changes) {
    const owner = nameOf(change.coordinate[0]);
    const list = index.get(owner) ?? [];
    list.push(change);
    index.set(owner, list);
  }
  return index;
}

/** Whether an opinion may be about a change: it names all that the coordinate of the change does. */
function isAbout({ names }: Opinion, { coordinate }: SchemaChange): boolean {
  return coordinate.every((part) => names.has(nameOf(part)));
}

function nameOf(part: string | undefined): string {
  return (part ?? '').replace(/^@/, '');
}

/** The changes that the opinions agree with, and the opinions that no change of ours accounts for. */
export function weighOpinions(
  changes: readonly SchemaChange[],
  opinions: readonly Opinion[],
): { confirmed: ReadonlySet<SchemaChange>; unmatched: readonly Opinion[] } {
  const index = indexChanges(changes);
  const confirmed = new Set<SchemaChange>();
  const unmatched: Opinion[] = [];
  for (const opinion of opinions) {
    let isMatched = false;
    for (const name of opinion.names) {
      for (const change of index.get(name) ?? []) {
        if (!isAbout(opinion, change)) continue;
        const isStricter = opinion.severity === 'breaking' && change.severity !== 'breaking';
        if (isStricter) continue;
        isMatched = true;
        if (change.severity === opinion.severity) confirmed.add(change);
      }
    }
    if (!isMatched && opinion.severity === 'breaking') unmatched.push(opinion);
  }
  return { confirmed, unmatched };
}
