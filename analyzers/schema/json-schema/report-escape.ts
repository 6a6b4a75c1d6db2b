import type { Escape } from '../../containment/escape.ts';
import type { SchemaPlace } from '../../containment/schema-source.ts';
import { isObject, parentOf, pointerTo, valueAt, type Document } from '../../document/document.ts';
import type { Span } from '../../finding.ts';
import type { ContractReport } from '../contract.ts';
import { describeEscape, describesProperty, keywordValue, type Course } from './describe-escape.ts';
import type { SchemaVersion } from './read-version.ts';

/** A report on one escape: its words, and where its keyword stands on both sides. */
export function reportEscape(
  escape: Escape,
  course: Course,
  { before, after }: { before: SchemaVersion; after: SchemaVersion },
): ContractReport {
  const [earlier, later] =
    course === 'backward' ? [escape.accepting, escape.rejecting] : [escape.rejecting, escape.accepting];
  const accepting = course === 'backward' ? before : after;
  const valueIn = (version: SchemaVersion, place: SchemaPlace) =>
    keywordValue(documentOf(version, place)?.value, keywordPointer(escape, place), escape.keyword);
  const values = { before: valueIn(before, earlier), after: valueIn(after, later) };
  const isDescribed = describesProperty(
    valueAt(documentOf(accepting, escape.accepting)?.value, escape.accepting.pointer),
    escape,
  );
  const span = spanIn(after, later, escape);
  const beforeSpan = spanIn(before, earlier, escape);
  const path = pathOf(after, later);
  const isSameFile = pathOf(before, earlier) === path || before.path !== after.path;
  const isUnproven = escape.outcome === 'unproven';
  return {
    ...describeEscape(escape, course, values, isDescribed),
    path,
    key: [course, escape.place, escape.keyword, escape.name ?? ''].join(':'),
    ...(isUnproven && { level: 'warning' }),
    proof: escape.outcome,
    ...(span && { span }),
    ...(beforeSpan && isSameFile && { beforeSpan }),
    ...(escape.witness !== undefined && { witness: escape.witness }),
  };
}

// What is said of one of the properties points at that property.
function keywordPointer({ keyword, name }: Escape, { pointer }: SchemaPlace): string {
  return name !== undefined && pointer.endsWith(pointerTo(`/${keyword}`, name)) ? parentOf(pointer) : pointer;
}

function documentOf(version: SchemaVersion, place: SchemaPlace): Document | undefined {
  const path = fileOf(version, place);
  return path === version.path ? version.document : version.neighbours.get(path);
}

function pathOf(version: SchemaVersion, place: SchemaPlace): string {
  const path = fileOf(version, place);
  return version.neighbours.has(path) ? path : version.path;
}

function fileOf({ pathOfAddress, path, source }: SchemaVersion, { uri }: SchemaPlace): string {
  const known = pathOfAddress.get(uri) ?? uri;
  return known === source.uri || known === '' ? path : known;
}

/** Where it is said; for a property that a closed object leaves out, where that property is described. */
function spanIn(version: SchemaVersion, place: SchemaPlace, { keyword, name }: Escape): Span | undefined {
  const document = documentOf(version, place);
  if (document === undefined) return version.document.spanOf('');
  if (/^(additional|unevaluated)Properties$/.test(keyword) && name !== undefined) {
    const owner = place.pointer.endsWith(`/${keyword}`) ? parentOf(place.pointer) : place.pointer;
    const described = document.keySpanOf(pointerTo(`${owner}/properties`, name));
    if (described !== undefined) return described;
  }
  return spanAt(document, place.pointer, name);
}

/** The keyword's value; for an object its key alone, and for a list the element that is meant. */
function spanAt(document: Document, pointer: string, name: string | undefined): Span | undefined {
  const value = valueAt(document.value, pointer);
  if (value === undefined)
    return pointer === '' ? document.spanOf('') : spanAt(document, parentOf(pointer), name);
  if (Array.isArray(value) && name !== undefined && value.includes(name)) {
    return document.spanOf(pointerTo(pointer, value.indexOf(name)));
  }
  return (isObject(value) ? document.keySpanOf(pointer) : undefined) ?? document.spanOf(pointer);
}
