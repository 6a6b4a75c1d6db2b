/**
 * Avro: can the data of one version be read with the schema of the other? `backward`: the new schema reads what was
 * written with the old one; `forward`: the old schema reads what will be written with the new one; `full`: both. The
 * `-transitive` levels mean the same for one pair of versions: the caller compares with each version that counts.
 */
import type { Contract, ContractReport, ContractRequest } from '../contract.ts';
import { nameOf, spanOfPlace, targetOf } from './avro-type.ts';
import { compareRoots, type RootPair } from './compare-roots.ts';
import { isNamed } from './match-schemas.ts';
import { readSchemas, type AvroProblem, type AvroRoot, type AvroSchemas } from './read-schemas.ts';
import { avroRules } from './rules.ts';
import { sampleDatum } from './sample-datum.ts';

export const avroContract: Contract = {
  kind: 'avro',
  rules: avroRules,
  levels: ['backward', 'backward-transitive', 'forward', 'forward-transitive', 'full', 'full-transitive'],
  compare: compareAvro,
};

const byDirection = { consumed: 'backward', produced: 'forward', both: 'full' } as const;

async function compareAvro(request: ContractRequest): Promise<ContractReport[]> {
  const level = (request.level ?? byDirection[request.direction]).toLowerCase().replaceAll('_', '-');
  const [before, after] = [await readSchemas(request.before), await readSchemas(request.after)];
  const reports = reportProblems(before, after);
  const isBackward = !level.startsWith('forward');
  const isForward = level.startsWith('forward') || level.startsWith('full');
  const { pairs, removed } = pairRoots(before.roots, after);
  for (const pair of pairs) reports.push(...(await compareRoots(pair, { isBackward, isForward })));
  for (const root of removed) reports.push(reportRemoved(root, isBackward));
  const seen = new Set<string>();
  return reports.filter(({ ruleId, key, path }) => {
    const id = JSON.stringify([ruleId, path, key]);
    return !seen.has(id) && seen.add(id);
  });
}

/** What is wrong with the schema after the change, and was not wrong in the same way before. */
function reportProblems(before: AvroSchemas, after: AvroSchemas): ContractReport[] {
  const known = new Map(before.problems.map((problem) => [idOf(problem), problem]));
  const reports = after.problems.flatMap((problem): ContractReport[] => {
    const { severity, key, message, path, span } = problem;
    const report = { key, message, path, ...(span && { span }) };
    const present = known.get(idOf(problem));
    const isNew = present === undefined;
    if (severity === 'question') {
      return isNew ? [{ ruleId: 'avro/question-default', proof: 'unproven', ...report }] : [];
    }
    if (severity === 'flaw' && !isNew) return [];
    const proof = isNew && severity !== 'unread' ? 'breaking' : 'unproven';
    const beforeSpan = present?.span;
    return [{ ruleId: 'avro/parse-schema', proof, ...report, ...(beforeSpan && { beforeSpan }) }];
  });
  const reported = new Set(reports.map(({ path }) => path));
  for (const { severity, key, message, path, span } of before.problems) {
    if ((severity !== 'fatal' && severity !== 'unread') || reported.has(path)) continue;
    const text = `before the change, ${message}, so there is nothing to compare with`;
    const place = { path, ...(span && { beforeSpan: span }) };
    reports.push({
      ruleId: 'avro/parse-schema',
      proof: 'unproven',
      key: `before:${key}`,
      message: text,
      ...place,
    });
  }
  return reports;
}

function idOf({ severity, key, path }: AvroProblem): string {
  return JSON.stringify([severity, key, path]);
}

/**
 * Which schema became which: by path, then by full name (a file was moved or renamed), then the only one on either side.
 * A file that is there but cannot be read has been reported, and is not taken for removed.
 */
function pairRoots(
  before: readonly AvroRoot[],
  after: AvroSchemas,
): { pairs: RootPair[]; removed: AvroRoot[] } {
  const left = new Set(after.roots);
  const unreadable = new Set(
    after.problems.flatMap(({ severity, path }) =>
      severity === 'fatal' || severity === 'unread' ? [path] : [],
    ),
  );
  const byPath = new Map(after.roots.map((root) => [root.path, root]));
  const byName = new Map(after.roots.filter(hasName).map((root) => [nameOf(root.type), root]));
  const pairs: RootPair[] = [];
  const take = (own: AvroRoot, other: AvroRoot | undefined): boolean => {
    if (other === undefined || !left.delete(other)) return false;
    pairs.push({ before: own, after: other });
    return true;
  };
  const samePath = before.filter((root) => !take(root, byPath.get(root.path)));
  const sameName = samePath.filter((root) => !(hasName(root) && take(root, byName.get(nameOf(root.type)))));
  const [only, ...others] = sameName;
  const [candidate] = left;
  if (only !== undefined && others.length === 0 && left.size === 1 && take(only, candidate))
    return { pairs, removed: [] };
  return {
    pairs,
    removed: sameName.filter(
      ({ path }) => !unreadable.has(path) && !(unreadable.size > 0 && left.size === 0),
    ),
  };
}

function hasName({ type }: AvroRoot): boolean {
  return isNamed(targetOf(type));
}

function reportRemoved({ path, type }: AvroRoot, isBackward: boolean): ContractReport {
  const beforeSpan = spanOfPlace(type.place);
  const message = `the schema ${nameOf(type)} is gone`;
  const sample = sampleDatum(type, []);
  const place = { path, ...(beforeSpan && { beforeSpan }) };
  const report = { ruleId: 'avro/keep-schema', key: `removed:${nameOf(type)}`, message, ...place } as const;
  // Nothing is written with a schema that is gone, so those who read with the old one lose nothing they can decode.
  if (!isBackward) return { ...report, level: 'warning' };
  return { ...report, proof: 'breaking', ...(sample && { witness: sample.datum }) };
}
