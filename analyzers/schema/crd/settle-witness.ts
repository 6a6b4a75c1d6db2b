/**
 * An object that only the schema took was not valid where validation rules stand beside it. A witness that breaks one of
 * them is completed by what the rules ask for, and given up where that does not help.
 */
import { validatorOf } from '../../containment/judging/validator.ts';
import { isObject } from '../../document/document.ts';
import { defineValue } from '../../document/places.ts';
import type { VersionSide } from './comparison.ts';
import { resourceFrom, sourceOf, type SchemaReport } from './compare-schemas.ts';
import { keepsRules } from './keeps-rules.ts';
import { hintsOf, samplesOf } from './sample-values.ts';
import { structureOf } from './structure.ts';
import { openRuleJudge, rulesOf } from './validation-rule.ts';

const maxTries = 400;
const maxDepth = 50;

/** The reports with witnesses that the former rules take as well; `unproven` where there is none. */
export async function settleWitnesses(
  found: readonly SchemaReport[],
  before: VersionSide,
  after: VersionSide,
): Promise<SchemaReport[]> {
  const structure = structureOf(before.version.schema);
  const rules = [...structure.values()].flatMap((node) => rulesOf(node).map(({ text }) => text));
  if (rules.length === 0 || !found.some(({ proof }) => proof === 'breaking')) return [...found];
  const judge = await openRuleJudge();
  const [from, to] = [sourceOf(before, 'backward'), sourceOf(after, 'backward')].map(
    (source) => source && validatorOf(source),
  );
  let samples: unknown[] | undefined;
  return found.map((report) => {
    const { witness } = report;
    if (report.proof !== 'breaking' || witness === undefined) return report;
    if (keepsRules(judge, structure, witness)) return report;
    samples ??= samplesOf(before.version.schema, hintsOf(rules.join('\n')));
    for (const sample of samples.slice(0, maxTries)) {
      const merged = merge(sample, witness, 0);
      const whole = isObject(merged) ? resourceFrom(before, merged) : merged;
      const isValid = from?.ok === true && from.accepts(whole) && keepsRules(judge, structure, whole);
      if (isValid && to?.ok === true && to.rejects(whole)) return { ...report, witness: whole };
    }
    const message = `${report.message}; no example was found that the former validation rules take, so it may never occur`;
    return { ...report, witness: undefined, proof: 'unproven', message };
  });
}

/** The second value, with what only the first one has. */
function merge(sample: unknown, witness: unknown, depth: number): unknown {
  if (!isObject(sample) || !isObject(witness) || depth > maxDepth) return witness;
  const merged: Record<string, unknown> = { ...sample };
  for (const [key, value] of Object.entries(witness)) {
    defineValue(merged, key, Object.hasOwn(sample, key) ? merge(sample[key], value, depth + 1) : value);
  }
  return merged;
}
