/** Discriminators: by which property and by which names the alternatives of a schema are told apart. */
import { isObject, pointerTo } from '../../document/document.ts';
import { hasEscapes, type SchemaRole } from './compare-schemas.ts';
import { report, type Comparison } from './comparison.ts';
import {
  childOf,
  elementsOf,
  listValue,
  ownValue,
  placeOfReference,
  textValue,
  valueAtPlace,
  type Part,
  type Place,
} from './description.ts';
import { writtenSchema } from './schema-use.ts';

export function compareDiscriminators(
  comparison: Comparison,
  role: SchemaRole,
  from: Part,
  to: Part,
  place: string,
): void {
  const [one, other] = [childOf(from, 'discriminator'), childOf(to, 'discriminator')];
  if (one === undefined || other === undefined) return;
  const where = place === '' ? role.where : `${role.where}, "${place}"`;
  const places = { from: one, to: other };
  const [earlier, later] = [textValue(one.value, 'propertyName'), textValue(other.value, 'propertyName')];
  if (earlier !== later) {
    const sent = role.view === 'request' ? earlier : later;
    report(comparison, {
      ruleId: 'openapi/keep-discriminator',
      where,
      message: `alternatives are told apart by ${shown(earlier)} in the ${comparison.fromName} version and by ${shown(later)} in the ${comparison.toName} one`,
      what: `property:${earlier ?? ''}:${later ?? ''}`,
      ...places,
      proof: 'breaking',
      witness: role.witnessOf(
        sent === undefined ? {} : { [sent]: namesOf(from, one).keys().next().value ?? 'x' },
      ),
    });
    return;
  }
  const [known, current] = [namesOf(from, one), namesOf(to, other)];
  const [sent, understood] = role.view === 'request' ? [known, current] : [current, known];
  for (const [name, target] of sent) {
    const counterpart = understood.get(name);
    const isLost = counterpart === undefined;
    if (isLost ? role.view === 'response' : isKept(comparison, role, [from, to], target, counterpart))
      continue;
    report(comparison, {
      ruleId: 'openapi/keep-discriminator',
      where,
      message: isLost
        ? `the name ${JSON.stringify(name)} of an alternative is not known in the ${comparison.toName} version`
        : `the name ${JSON.stringify(name)} stands for something else in the ${comparison.toName} version`,
      what: `name:${name}`,
      ...places,
      proof: 'breaking',
      witness: role.witnessOf({ [earlier ?? '']: name }),
    });
  }
}

function isKept(
  comparison: Comparison,
  { view }: SchemaRole,
  [from, to]: readonly [Part, Part],
  sent: Place,
  understood: Place,
): boolean {
  if (sent.uri === understood.uri && sent.pointer === understood.pointer) return true;
  const [one, other] = view === 'request' ? [sent, understood] : [understood, sent];
  const [before, after] = [valueAtPlace(from.description, one), valueAtPlace(to.description, other)];
  if (!isObject(before) || !isObject(after)) return false;
  const uses = [
    writtenSchema({ ...from, uri: one.uri }, one.pointer, before),
    writtenSchema({ ...to, uri: other.uri }, other.pointer, after),
  ] as const;
  return !hasEscapes(comparison, ...uses, view);
}

/** Every name and what it stands for: those of the mapping, and the names of the components that are alternatives. */
function namesOf(schema: Part, discriminator: Part): Map<string, Place> {
  const names = new Map<string, Place>();
  for (const keyword of ['oneOf', 'anyOf']) {
    for (const alternative of listValue(schema.value, keyword) ?? []) {
      const reference = isObject(alternative) ? ownValue(alternative, '$ref') : undefined;
      const place = typeof reference === 'string' ? placeOfReference(reference, schema.uri) : undefined;
      if (place !== undefined) names.set(place.pointer.split('/').at(-1) ?? '', place);
    }
  }
  const mapping = ownValue(discriminator.value, 'mapping');
  for (const [name, target] of Object.entries(isObject(mapping) ? mapping : {})) {
    if (typeof target !== 'string') continue;
    const isName =
      /^[\w.-]+$/.test(target) && elementsOf(schema, 'oneOf').every(({ uri }) => !uri.endsWith(target));
    const reference = isName ? `#${pointerTo('/components/schemas', target)}` : target;
    const place = placeOfReference(reference, schema.uri);
    if (place !== undefined) names.set(name, place);
  }
  return names;
}

function shown(name: string | undefined): string {
  return name === undefined ? 'nothing' : JSON.stringify(name);
}
