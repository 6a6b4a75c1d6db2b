import type { ContractReport } from '../contract.ts';
import { spanOfPlace, targetOf } from './avro-type.ts';
import { confirmWitness } from './confirm-witness.ts';
import { describeMismatch } from './describe-mismatch.ts';
import type { AvroRoot } from './read-schemas.ts';
import { resolveSchemas, type Mismatch, type MismatchKind } from './resolve-schemas.ts';
import { sampleDatum } from './sample-datum.ts';

export interface RootPair {
  before: AvroRoot;
  after: AvroRoot;
}

/** Mismatches of one pair that are worked out in full; a schema with more has been replaced, not changed. */
const maxMismatches = 200;

const notes: readonly MismatchKind[] = ['annotation', 'skipped-field', 'other-default'];
const undecided: readonly MismatchKind[] = ['unknown-meaning', 'ambiguous'];

/** Every way in which the data of one version cannot be read with the schema of the other. */
export async function compareRoots(
  pair: RootPair,
  wanted: { isBackward: boolean; isForward: boolean },
): Promise<ContractReport[]> {
  const backward = wanted.isBackward ? await compareOneWay(pair, true) : [];
  if (!wanted.isForward) return backward;
  // One fact is told once: what hinders both ways is reported for the data that is there already.
  const told = new Set(backward.map(placeOf));
  const forward = await compareOneWay(pair, false);
  return [
    ...backward,
    ...forward.filter((report) => report.proof !== undefined && !told.has(placeOf(report))),
  ];
}

function placeOf({ ruleId, span, beforeSpan }: ContractReport): string {
  return JSON.stringify([ruleId, span, beforeSpan]);
}

async function compareOneWay({ before, after }: RootPair, isBackward: boolean): Promise<ContractReport[]> {
  const [reader, writer] = isBackward ? [after.type, before.type] : [before.type, after.type];
  const resolution = resolveSchemas(reader, writer);
  const way = isBackward ? 'backward' : 'forward';
  if (resolution.outcome === 'too-large') {
    const span = spanOfPlace(after.type.place);
    const message =
      'the two schemas have more pairs of types than can be compared, so whether they resolve is open';
    const key = `too-large:${way}`;
    return [
      {
        ruleId: 'avro/question-match',
        proof: 'unproven',
        path: after.path,
        key,
        message,
        ...(span && { span }),
      },
    ];
  }
  const reports: ContractReport[] = [];
  for (const mismatch of resolution.mismatches.slice(0, maxMismatches)) {
    // What old readers skip, and what only they fill in, is what adding a field is for.
    if (notes.includes(mismatch.kind) && !isBackward) continue;
    reports.push(await reportOf(mismatch, { before, after }, isBackward));
  }
  return reports;
}

async function reportOf(
  mismatch: Mismatch,
  { before, after }: RootPair,
  isBackward: boolean,
): Promise<ContractReport> {
  const writer = isBackward ? before.type : after.type;
  const sides = isBackward
    ? { reader: 'the new schema', writer: 'the old one' }
    : { reader: 'the old schema', writer: 'the new one' };
  const text = describeMismatch(mismatch, writer, sides);
  const { readerPlace, writerPlace } = mismatch;
  const [afterPlace, beforePlace] = isBackward ? [readerPlace, writerPlace] : [writerPlace, readerPlace];
  const [span, beforeSpan] = [spanOfPlace(afterPlace), spanOfPlace(beforePlace)];
  const report: ContractReport = {
    ...text,
    key: `${isBackward ? 'backward' : 'forward'}:${text.key}`,
    path: afterPlace.file.path,
    ...(span && { span }),
    ...(beforeSpan && { beforeSpan }),
  };
  if (notes.includes(mismatch.kind)) return report;
  if (undecided.includes(mismatch.kind)) return { ...report, level: 'warning', proof: 'unproven' };
  const reader = isBackward ? after.type : before.type;
  const sample = sampleDatum(writer, mismatch.route, mismatch.symbols?.[0]);
  if (sample === undefined) {
    const message = `${text.message}; no datum of a reasonable size shows it`;
    return { ...report, message, proof: 'unproven' };
  }
  const claim = { reader: targetOf(reader), writer: targetOf(writer), datum: sample.datum };
  const confirmation = await confirmWitness(claim, mismatch);
  if (confirmation === 'confirmed') return { ...report, proof: 'breaking', witness: sample.datum };
  const why =
    confirmation === 'read-by-avsc' ? 'avsc reads such a datum' : 'the datum made to show it does not';
  return { ...report, message: `${text.message}; ${why}, so this is not proved`, proof: 'unproven' };
}
