/**
 * GraphQL: does every operation that was written against one version work with the other, and mean the same? At the
 * level `breaking` what is merely dangerous (a new enum value, a new default) is a warning; at `dangerous` it counts.
 * `produced`: the schema is what we serve. `consumed`: it is what we ask for, so the new version is what clients are
 * written against, and the old one what servers may still have.
 */
import type { GraphQLSchema } from 'graphql';
import type { Contract, ContractReport, ContractRequest } from '../contract.ts';
import { compareSchemas } from './compare-schemas.ts';
import { readSchema, type BuiltSchema } from './read-schema.ts';
import { readOperations, type Recorded } from './recorded-operations.ts';
import { reportChanges } from './report-changes.ts';
import { graphqlRules } from './rules.ts';
import { collectOpinions } from './second-opinion.ts';

export const graphqlContract: Contract = {
  kind: 'graphql',
  rules: graphqlRules,
  levels: ['breaking', 'dangerous'],
  compare: compareGraphql,
};

async function compareGraphql(request: ContractRequest): Promise<ContractReport[]> {
  const [before, after] = [await readSchema(request.before), await readSchema(request.after)];
  const reports = reportProblems(before, after);
  if (before.schema === undefined || after.schema === undefined) return reports;
  const isStrict = request.level?.toLowerCase() === 'dangerous';
  const afterPath = after.paths[0] ?? before.paths[0] ?? '';
  if (request.direction !== 'consumed') {
    const recorded = await recordedOf(request, before.schema, after.schema);
    const pair = { clients: before.schema, server: after.schema };
    reports.push(...(await compareOneWay(pair, { isStrict, isReversed: false, afterPath, recorded })));
  }
  if (request.direction !== 'produced') {
    const recorded = await recordedOf(request, after.schema, before.schema);
    const pair = { clients: after.schema, server: before.schema };
    reports.push(...(await compareOneWay(pair, { isStrict, isReversed: true, afterPath, recorded })));
  }
  return reports;
}

async function recordedOf(
  { operations }: ContractRequest,
  clients: GraphQLSchema,
  server: GraphQLSchema,
): Promise<Recorded | undefined> {
  return operations === undefined ? undefined : readOperations(operations, clients, server);
}

async function compareOneWay(
  { clients, server }: { clients: GraphQLSchema; server: GraphQLSchema },
  options: { isStrict: boolean; isReversed: boolean; afterPath: string; recorded: Recorded | undefined },
): Promise<ContractReport[]> {
  const changes = [...compareSchemas(clients, server)];
  const opinions = await collectOpinions(clients, server);
  return reportChanges({ clients, server, changes, opinions, ...options });
}

/** What is wrong with the schema after the change and was not before; what keeps it from being compared, always. */
function reportProblems(before: BuiltSchema, after: BuiltSchema): ContractReport[] {
  const known = new Set(before.problems.map(({ key, path }) => JSON.stringify([key, path])));
  const reports: ContractReport[] = [];
  for (const { severity, key, message, path, span } of after.problems) {
    const isNew = !known.has(JSON.stringify([key, path]));
    const isFatal = severity === 'fatal' || severity === 'unread';
    if (!isNew && !isFatal) continue;
    // A schema without fields or without a query type is a part of one, and parts can be compared.
    if (severity === 'doubtful' && /must define one or more|root type must be provided/.test(message))
      continue;
    const proof = isNew && (severity === 'fatal' || severity === 'invalid') ? 'breaking' : 'unproven';
    reports.push({ ruleId: 'graphql/parse-schema', proof, key, message, path, ...(span && { span }) });
  }
  if (reports.some(({ proof }) => proof === 'breaking') || after.schema === undefined) return reports;
  for (const { severity, key, message, path, span } of before.problems) {
    if (severity !== 'fatal' && severity !== 'unread') continue;
    const text = `before the change, ${message}, so there is nothing to compare with`;
    const place = { path, ...(span && { beforeSpan: span }) };
    reports.push({
      ruleId: 'graphql/parse-schema',
      proof: 'unproven',
      key: `before:${key}`,
      message: text,
      ...place,
    });
  }
  return reports;
}
