import type { GraphQLSchema } from 'graphql';
import type { ContractReport } from '../contract.ts';
import { findFailingOperation, findNullResponse } from './confirm-change.ts';
import { findWays, type Ways } from './find-ways.ts';
import { placeOf } from './read-schema.ts';
import { operationsTouching, type Recorded } from './recorded-operations.ts';
import type { SchemaChange } from './schema-change.ts';
import { weighOpinions, type Opinion } from './second-opinion.ts';

export interface Comparison {
  /** What operations are written against. */
  clients: GraphQLSchema;
  /** What answers them. */
  server: GraphQLSchema;
  changes: readonly SchemaChange[];
  opinions: readonly Opinion[];
  isStrict: boolean;
  /** The clients' schema is the one after the change. */
  isReversed: boolean;
  afterPath: string;
  recorded: Recorded | undefined;
}

/** Changes for which an operation is looked for; further ones stand on the second opinion alone. */
const maxSearched = 1_000;

/** Changes, opinions and recorded operations -> reports, each fact once. */
export function reportChanges(comparison: Comparison): ContractReport[] {
  const { changes, opinions, recorded, clients, isStrict } = comparison;
  const { confirmed, unmatched } = weighOpinions(changes, opinions);
  const ways = findWays(clients);
  let searched = 0;
  const reports = changes.map((change) => {
    const report = placeReport(change, comparison);
    const isBreaking = change.severity === 'breaking' || (isStrict && change.severity === 'dangerous');
    if (!isBreaking)
      return { ...report, level: change.severity === 'note' ? ('note' as const) : ('warning' as const) };
    if (recorded !== undefined) return { ...report, ...proofByRecord(change, recorded, report.message) };
    const witness = searched++ < maxSearched ? findWitness(change, ways, comparison) : undefined;
    if (witness !== undefined)
      return { ...report, level: 'error' as const, proof: 'breaking' as const, witness };
    const symbol = {
      symbol: change.coordinate.join('.'),
      ...(change.detail !== undefined && { change: change.detail }),
    };
    // No operation shows it: nothing leads there, or only answers differ. Then the other tools have to agree.
    if (confirmed.has(change))
      return { ...report, level: 'error' as const, proof: 'breaking' as const, witness: symbol };
    const message = `${report.message}; no operation was found that fails, and no other tool takes it for breaking`;
    return { ...report, message, proof: 'unproven' as const };
  });
  return [
    ...reports,
    ...unmatched.map((opinion) => reportOpinion(opinion, comparison)),
    ...reportRecorded(comparison),
  ];
}

function findWitness(change: SchemaChange, ways: Ways, { server }: Comparison): unknown {
  const operation = findFailingOperation(change, ways, server);
  if (operation !== undefined) return { operation };
  return change.ruleId === 'graphql/keep-nullability' ? findNullResponse(change, ways, server) : undefined;
}

/** With recorded operations a break counts where one of them notices it. */
function proofByRecord(
  change: SchemaChange,
  { operations }: Recorded,
  message: string,
): Pick<ContractReport, 'message' | 'level' | 'proof' | 'witness'> {
  const touching = operationsTouching(change, operations);
  const operation = touching.find(({ isRefused }) => isRefused) ?? touching[0];
  if (operation === undefined) return { message: `${message}; no recorded operation notices`, level: 'note' };
  const witness = {
    operation: operation.text,
    ...(change.response !== undefined && { response: change.response }),
  };
  return {
    message: `${message}; the recorded operation ${operation.name} notices`,
    level: 'error',
    proof: 'breaking',
    witness,
  };
}

function placeReport(change: SchemaChange, { isReversed, afterPath }: Comparison): ContractReport {
  const [first, second] = isReversed ? [change.after, change.before] : [change.before, change.after];
  const [before, after] = [placeOf(first), placeOf(second)];
  const path = after?.path ?? before?.path ?? afterPath;
  const start = { line: 1, column: 1 };
  const key = [change.ruleId.slice('graphql/'.length), change.coordinate.join('.'), change.detail ?? ''].join(
    ':',
  );
  const seen = ', seen from the new schema to the old one, which servers may still have';
  return {
    ruleId: change.ruleId,
    key: isReversed ? `reversed:${key}` : key,
    message: isReversed ? `${change.message}${seen}` : change.message,
    path,
    span: after?.span ?? { start, end: start },
    ...(before && { beforeSpan: before.span }),
  };
}

function reportOpinion(
  opinion: Opinion,
  { clients, server, afterPath, isReversed, recorded }: Comparison,
): ContractReport {
  const [before, after] = isReversed ? [server, clients] : [clients, server];
  const placeIn = (schema: GraphQLSchema) => {
    for (const name of opinion.names) {
      const place = placeOf(schema.getType(name)?.astNode ?? schema.getDirective(name)?.astNode);
      if (place !== undefined) return place;
    }
    return undefined;
  };
  const [place, beforePlace] = [placeIn(after), placeIn(before)];
  const start = { line: 1, column: 1 };
  return {
    ruleId: 'graphql/keep-operation',
    key: `${isReversed ? 'reversed:' : ''}${opinion.tool}:${[...opinion.names].sort().join(',')}`,
    message: `${opinion.tool} takes for breaking what is taken for compatible here: ${opinion.text}`,
    ...(recorded === undefined ? { proof: 'unproven' as const } : { level: 'note' as const }),
    path: place?.path ?? beforePlace?.path ?? afterPath,
    span: place?.span ?? { start, end: start },
    ...(beforePlace && { beforeSpan: beforePlace.span }),
  };
}

/** Operations that the server refuses although no change above is told to concern them, and those that said nothing. */
function reportRecorded({ recorded, changes, isReversed, afterPath }: Comparison): ContractReport[] {
  if (recorded === undefined) return [];
  const start = { line: 1, column: 1 };
  const breaking = changes.filter(({ severity }) => severity === 'breaking');
  const explained = new Set(breaking.flatMap((change) => operationsTouching(change, recorded.operations)));
  const refused = recorded.operations.filter((operation) => operation.isRefused && !explained.has(operation));
  const key = (name: string) => `${isReversed ? 'reversed:' : ''}operation:${name}`;
  return [
    ...refused.map(({ name, text }): ContractReport => ({
      ruleId: 'graphql/keep-operation',
      key: key(name),
      message: `the recorded operation ${name} is refused`,
      path: afterPath,
      span: { start, end: start },
      proof: 'breaking',
      witness: { operation: text },
    })),
    ...recorded.problems.map(({ severity, message, path, span, ...problem }): ContractReport => ({
      ruleId: 'graphql/keep-operation',
      key: key(problem.key),
      message,
      path,
      ...(span && { span }),
      ...(severity === 'doubtful' ? { level: 'warning' as const } : { proof: 'unproven' as const }),
    })),
  ];
}
