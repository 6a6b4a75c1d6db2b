/**
 * The schemas of two versions as the API server applies them: is every object that may be stored under the one still
 * valid, and whole, under the other? An object that would lose a field counts as one that is not taken.
 */
import { findEscapes } from '../../containment/find-escapes.ts';
import type { Escape } from '../../containment/escape.ts';
import type { SchemaSource } from '../../containment/schema-source.ts';
import { canonicalJson } from '../../containment/statement.ts';
import { validatorOf } from '../../containment/judging/validator.ts';
import { isObject, pointerTo, valueAt } from '../../document/document.ts';
import {
  describeEscape,
  describesProperty,
  keywordValue,
  type Course,
} from '../json-schema/describe-escape.ts';
import { versionLabel, type CrdDraft, type VersionSide } from './comparison.ts';
import { focusSchemas } from './focus-schemas.ts';
import type { CrdRuleId } from './rules.ts';
import { storedSchemaOf } from './stored-schema.ts';

export interface SchemaReport extends Required<Pick<CrdDraft, 'ruleId' | 'message' | 'key'>> {
  proof: 'breaking' | 'unproven';
  witness?: unknown;
  accepting: string;
  rejecting: string;
}

/** `backward`: objects of `before` under `after`; `forward`: what is read under `after`, by clients that know `before`. */
export function compareSchemas(before: VersionSide, after: VersionSide, course: Course): SchemaReport[] {
  if (isUnchanged(before, after)) return [];
  const [accepting, rejecting] = course === 'backward' ? [before, after] : [after, before];
  const [whole, other] = [sourceOf(accepting, course), sourceOf(rejecting, course)];
  if (whole === undefined || other === undefined) return [tooLarge(accepting, rejecting)];
  const [fromRoot, toRoot] = focusSchemas(whole.root, other.root);
  const [from, to] = [
    { ...whole, root: fromRoot },
    { ...other, root: toRoot },
  ];
  const escapes = findEscapes(from, to, { undeclared: 'absent' });
  const resourceOf = witnessDresser(accepting, from, to);
  return escapes.map((escape) => reportOf(escape, course, [accepting, from], [rejecting, to], resourceOf));
}

function isUnchanged(before: VersionSide, after: VersionSide): boolean {
  if (before.definition.preservesUnknown !== after.definition.preservesUnknown) return false;
  return canonicalJson(before.version.schema ?? null) === canonicalJson(after.version.schema ?? null);
}

/** The schema of a version as stored objects meet it; undefined where it is too large. */
export function sourceOf({ definition, version }: VersionSide, course: Course): SchemaSource | undefined {
  // Clients that read do not mind fields that they do not know.
  const prunes = course === 'backward' && !definition.preservesUnknown;
  const root = storedSchemaOf(version.schema ?? {}, { prunes, fillsDefaults: course === 'backward' });
  return root === undefined ? undefined : { root, pointer: '', dialect: 'crd' };
}

function tooLarge(accepting: VersionSide, rejecting: VersionSide): SchemaReport {
  return {
    ruleId: 'crd/keep-values',
    key: `${accepting.version.name}:size`,
    message: `the schema of ${accepting.version.name} is too large to be compared`,
    proof: 'unproven',
    accepting: accepting.version.schemaPointer,
    rejecting: rejecting.version.schemaPointer,
  };
}

function reportOf(
  escape: Escape,
  course: Course,
  [accepting, from]: [VersionSide, SchemaSource],
  [rejecting, to]: [VersionSide, SchemaSource],
  resourceOf: (witness: unknown) => unknown,
): SchemaReport {
  const witness = escape.witness === undefined ? undefined : resourceOf(escape.witness);
  const { ruleId, message } = wordsOf({ ...escape, witness }, course, from, to);
  return {
    ruleId,
    message: `in version ${accepting.version.name}, ${message}`,
    key: [accepting.version.name, course, escape.place, escape.keyword, escape.name ?? ''].join(':'),
    proof: escape.outcome,
    accepting: `${accepting.version.schemaPointer}${describedAt(escape, from)}`,
    rejecting: `${rejecting.version.schemaPointer}${escape.rejecting.pointer}`,
    ...(witness !== undefined && { witness }),
  };
}

/** Where the accepting side describes what the other side lacks. */
function describedAt({ keyword, name, accepting }: Escape, { root }: SchemaSource): string {
  const owner = accepting.pointer.replace(/\/additionalProperties$/, '');
  const described = pointerTo(`${owner}/properties`, name ?? '');
  const isLack = keyword === 'additionalProperties' && name !== undefined;
  return isLack && valueAt(root, described) !== undefined ? described : accepting.pointer;
}

function wordsOf(
  escape: Escape,
  course: Course,
  from: SchemaSource,
  to: SchemaSource,
): { ruleId: CrdRuleId; message: string } {
  const ruleId = ruleOf(escape, course, to);
  if (ruleId === 'crd/keep-field' && escape.outcome === 'breaking')
    return { ruleId, message: lossOf(escape) };
  const [earlier, later] = course === 'backward' ? [from, to] : [to, from];
  const [one, other] =
    course === 'backward' ? [escape.accepting, escape.rejecting] : [escape.rejecting, escape.accepting];
  const values = {
    before: keywordValue(earlier.root, one.pointer, escape.keyword),
    after: keywordValue(later.root, other.pointer, escape.keyword),
  };
  const isDescribed = describesProperty(valueAt(from.root, escape.accepting.pointer), escape);
  // A whole object is a witness; in a sentence it would be in the way.
  const said = { ...escape, witness: undefined };
  return { ruleId, message: describeEscape(said, course, values, isDescribed).message };
}

function lossOf({ place, name, keyword }: Escape): string {
  const where = place === '' ? 'the top' : place;
  if (name !== undefined && keyword === 'additionalProperties') {
    return `the field "${name}" at ${where} is no longer described, so stored objects lose it`;
  }
  return `fields that are not described at ${where} were kept, and stored objects lose them now`;
}

function ruleOf({ keyword, rejecting }: Escape, course: Course, to: SchemaSource): CrdRuleId {
  if (course === 'forward') return 'crd/keep-provided';
  if (keyword === 'additionalProperties') {
    const value = valueAt(to.root, rejecting.pointer);
    return value === false || (isObject(value) && value['additionalProperties'] === false)
      ? 'crd/keep-field'
      : 'crd/keep-values';
  }
  if (keyword === 'required' || keyword === 'minProperties') return 'crd/keep-optional';
  return keyword === 'x-kubernetes-list-type' ? 'crd/keep-list-type' : 'crd/keep-values';
}

/** Makes a whole object of a witness, as one would apply it, as long as it shows the same. */
function witnessDresser(accepting: VersionSide, from: SchemaSource, to: SchemaSource) {
  let validators: ReturnType<typeof validatorOf>[] | undefined;
  return (witness: unknown): unknown => {
    if (!isObject(witness)) return witness;
    const whole = resourceFrom(accepting, witness);
    validators ??= [validatorOf(from), validatorOf(to)];
    const [accepts, rejects] = validators;
    const isShown =
      accepts?.ok === true && accepts.accepts(whole) && rejects?.ok === true && rejects.rejects(whole);
    return isShown ? whole : witness;
  };
}

/** A value as the content of an object of a version. */
export function resourceFrom(side: VersionSide, content: Readonly<Record<string, unknown>>): unknown {
  const metadata = content['metadata'];
  return {
    ...content,
    apiVersion: versionLabel(side),
    kind: side.definition.kind,
    metadata: { name: 'example', ...(isObject(metadata) ? metadata : {}) },
  };
}
