/**
 * Validation rules that are new or another one. Whether one holds for whatever was valid is undecidable in general: an
 * object that was valid and violates it is looked for at the edges, and where none is found, the rule is `unproven` by
 * name.
 */
import { validatorOf } from '../../containment/judging/validator.ts';
import { isObject, parentOf } from '../../document/document.ts';
import { reportOn, type DefinitionPair, type VersionSide } from './comparison.ts';
import { resourceFrom, sourceOf } from './compare-schemas.ts';
import { keepsRules } from './keeps-rules.ts';
import { hintsOf, samplesOf } from './sample-values.ts';
import { structureOf, type StructureNode } from './structure.ts';
import {
  isPlainlyWeaker,
  openRuleJudge,
  rulesOf,
  type JudgeRule,
  type ValidationRule,
} from './validation-rule.ts';

type Structure = ReadonlyMap<string, StructureNode>;

interface Search {
  before: VersionSide;
  structure: Structure;
  judge: JudgeRule;
  accepts(value: unknown): boolean;
}

const maxPairs = 60;

/** Reports every rule of `after` that an object of `before` may violate. */
export async function compareRules(
  pair: DefinitionPair,
  before: VersionSide,
  after: VersionSide,
): Promise<void> {
  const later = structureOf(after.version.schema);
  if (![...later.values()].some((node) => rulesOf(node).length > 0)) return;
  const structure = structureOf(before.version.schema);
  let search: Search | undefined;
  for (const node of later.values()) {
    const former = rulesOf(structure.get(node.place));
    for (const rule of rulesOf(node)) {
      if (former.some(({ text }) => text === rule.text || isPlainlyWeaker(text, rule.text))) continue;
      if (!couldBeThere(node.place, structure, before)) continue;
      search ??= await openSearch(before, structure);
      reportRule(pair, search, node, rule, after);
    }
  }
}

async function openSearch(before: VersionSide, structure: Structure): Promise<Search> {
  const source = sourceOf(before, 'backward');
  const validator = source && validatorOf(source);
  const accepts = (value: unknown) => validator?.ok === true && validator.accepts(value);
  return { before, structure, judge: await openRuleJudge(), accepts };
}

/** What the former schema did not describe, no stored object holds, unless unknown fields were kept there. */
function couldBeThere(place: string, structure: Structure, { definition }: VersionSide): boolean {
  if (structure.has(place) || definition.preservesUnknown) return true;
  for (let at = parentOf(place); ; at = parentOf(at)) {
    const node = structure.get(at);
    if (node !== undefined) return node.schema['x-kubernetes-preserve-unknown-fields'] === true;
    if (at === '') return true;
  }
}

function reportRule(
  pair: DefinitionPair,
  search: Search,
  node: StructureNode,
  rule: ValidationRule,
  after: VersionSide,
): void {
  const { before, structure } = search;
  const witness = rule.isTransition ? findUpdate(search, node, rule) : findObject(search, node, rule);
  const version = before.version.name;
  const place = node.place || 'the top';
  const shown = JSON.stringify(rule.text.length > 120 ? `${rule.text.slice(0, 117)}...` : rule.text);
  const isNew = rulesOf(structure.get(node.place)).length === 0;
  const told = `in version ${version}, ${isNew ? 'the new validation rule' : 'the validation rule'} ${shown} at ${place}`;
  const what = rule.isTransition ? 'refuses an update that was accepted' : 'refuses an object that was valid';
  reportOn(pair, {
    ruleId: 'crd/keep-rule',
    key: `${version}:${node.place}:rule:${rule.text}`,
    message:
      witness === undefined
        ? `${told} could not be proved to hold for whatever was valid`
        : `${told} ${what}`,
    after: `${after.version.schemaPointer}${node.pointer}/x-kubernetes-validations/${rule.index}/rule`,
    before: `${before.version.schemaPointer}${structure.get(node.place)?.pointer ?? ''}`,
    ...(witness === undefined ? { proof: 'unproven', level: 'warning' } : { proof: 'breaking', witness }),
  });
}

/** An object that was valid, former rules included, in which the rule does not hold. */
function findObject(search: Search, node: StructureNode, rule: ValidationRule): unknown {
  for (const { value, whole } of candidates(search, node, rule)) {
    if (search.judge(rule.text, node.schema, value) !== 'violated') continue;
    if (search.accepts(whole) && keepsRules(search.judge, search.structure, whole)) return whole;
  }
  return undefined;
}

/** Two such objects, between which the rule forbids to change. */
function findUpdate(search: Search, node: StructureNode, rule: ValidationRule): unknown {
  const valid = candidates(search, node, rule)
    .filter(({ whole }) => search.accepts(whole) && keepsRules(search.judge, search.structure, whole))
    .slice(0, maxPairs);
  const former = rulesOf(search.structure.get(node.place)).filter(({ isTransition }) => isTransition);
  for (const one of valid) {
    for (const other of valid) {
      const judge = (text: string) => search.judge(text, node.schema, other.value, one.value);
      if (judge(rule.text) !== 'violated' || former.some(({ text }) => judge(text) !== 'holds')) continue;
      return { before: one.whole, after: other.whole };
    }
  }
  return undefined;
}

function candidates(
  { before, structure }: Search,
  node: StructureNode,
  { text }: ValidationRule,
): { value: unknown; whole: unknown }[] {
  const former = structure.get(node.place);
  const values = samplesOf((former ?? node).schema, hintsOf(text));
  return values.flatMap((value) => {
    const whole = embed(value, former ?? node, structure);
    return isObject(whole) ? [{ value, whole: resourceFrom(before, whole) }] : [];
  });
}

/** A value where it belongs in an object, with whatever the places around it require. */
function embed(value: unknown, { steps, place }: StructureNode, structure: Structure): unknown {
  let content = value;
  let at = place;
  for (const step of steps.toReversed()) {
    at = parentOf(at);
    if (step === undefined) {
      content = [content];
      continue;
    }
    const around = samplesOf(structure.get(at)?.schema, hintsOf(''))[0];
    content = { ...(isObject(around) ? around : {}), [step]: content };
  }
  return content;
}
