/**
 * Trust boundary: an OpenSLO v1 file, text to `Slo`. What is read is small (ratio metrics of Prometheus counters,
 * occurrences, one rolling window, one objective) and everything else in a file is a fault at its place: a key that was
 * passed over in silence would make the budget another one than its author wrote.
 * Source: OpenSLO specification, `openslo/v1`.
 */
import { isObject, pointerTo, type Document } from '../../analyzers/document/document.ts';
import { parseDocument } from '../../analyzers/document/parse-document.ts';
import type { Span } from '../../analyzers/finding.ts';
import { nearestName } from '../policy-file/nearest-name.ts';
import { readSelector } from '../selector/read-selector.ts';
import type { Indicator, Slo } from './slo.ts';

export interface SloFault {
  message: string;
  /** Line and column in the file. */
  span: Span;
}

export type ReadSlo = { ok: true; slo: Slo } | { ok: false; faults: SloFault[] };

/** Reads the one SLO of a file, and the SLI it refers to if that stands beside it. All faults are given at once. */
export function readOpenSlo(path: string, text: string): ReadSlo {
  const document = parseDocument(path.endsWith('.json') ? path : 'slo.yaml', text);
  if (!document.ok) return { ok: false, faults: [...document.problems] };
  const faults: SloFault[] = [...document.duplicateKeys];
  const read = readDocuments(document, faults);
  return read === null || faults.length > 0 ? { ok: false, faults } : { ok: true, slo: read };
}

/** One line for a person: `slo/shop.yaml:4:3: …`. */
export function describeSloFault(path: string, { message, span }: SloFault): string {
  return `${path}:${span.start.line}:${span.start.column}: ${message}`;
}

/** A mapping at its place; its faults go to the list that all places share. */
interface Place {
  document: Document;
  index: number;
  pointer: string;
  faults: SloFault[];
}

type Mapping = Readonly<Record<string, unknown>>;

function readDocuments(document: Document, faults: SloFault[]): Slo | null {
  const slos: { spec: Mapping | null; name: string | null; place: Place }[] = [];
  const indicators = new Map<string, Indicator | null>();
  document.documents.forEach((value, index) => {
    const place: Place = { document, index, pointer: '', faults };
    const found = readHeader(place, value);
    if (found === null) return;
    if (found.kind === 'SLO') slos.push({ ...found, place });
    else if (found.name !== null && indicators.has(found.name))
      fault(at(at(place, 'metadata'), 'name'), `a second SLI has the name ${JSON.stringify(found.name)}`);
    else if (found.name !== null)
      indicators.set(found.name, readIndicatorSpec(at(place, 'spec'), found.spec));
  });
  const [first, second] = slos;
  if (second !== undefined) {
    fault(
      second.place,
      'the file has a second SLO; a service has one, so put the others into files of their own',
    );
  }
  if (first === undefined) {
    if (faults.length === 0)
      fault({ document, index: 0, pointer: '', faults }, 'the file has no document with `kind: SLO`');
    return null;
  }
  return first.spec === null ? null : readSpec(at(first.place, 'spec'), first.spec, first.name, indicators);
}

function readHeader(
  place: Place,
  value: unknown,
): { kind: 'SLO' | 'SLI'; name: string | null; spec: Mapping | null } | null {
  const header = mapping(place, value, ['apiVersion', 'kind', 'metadata', 'spec']);
  if (header === null) return null;
  const { apiVersion, kind } = header;
  if (apiVersion !== 'openslo/v1') {
    fault(at(place, 'apiVersion'), `it must be openslo/v1, and is ${shown(apiVersion)}`);
    return null;
  }
  if (kind !== 'SLO' && kind !== 'SLI') {
    fault(at(place, 'kind'), `${shown(kind)} is not read here; a file has one SLO, and the SLI it refers to`);
    return null;
  }
  const spec = mapping(at(place, 'spec'), header['spec']);
  return { kind, name: readName(at(place, 'metadata'), header['metadata']), spec };
}

function readName(place: Place, value: unknown): string | null {
  const metadata = mapping(place, value, ['name', 'displayName', 'labels', 'annotations']);
  return metadata === null ? null : textAt(at(place, 'name'), metadata['name']);
}

function readSpec(
  place: Place,
  spec: Mapping,
  name: string | null,
  indicators: ReadonlyMap<string, Indicator | null>,
): Slo | null {
  const keys = [
    'description',
    'service',
    'indicator',
    'indicatorRef',
    'timeWindow',
    'budgetingMethod',
    'objectives',
  ];
  mapping(place, spec, keys);
  if (spec['budgetingMethod'] !== 'Occurrences') {
    fault(at(place, 'budgetingMethod'), `it must be Occurrences, and is ${shown(spec['budgetingMethod'])}`);
  }
  const windowSeconds = readWindow(at(place, 'timeWindow'), spec['timeWindow']);
  const objective = readObjective(at(place, 'objectives'), spec['objectives']);
  const indicator = readIndicator(place, spec, indicators);
  if (name === null || windowSeconds === null || objective === null || indicator === null) return null;
  return { name, objective, windowSeconds, indicator };
}

function readIndicator(
  place: Place,
  spec: Mapping,
  indicators: ReadonlyMap<string, Indicator | null>,
): Indicator | null {
  const { indicator, indicatorRef } = spec;
  if ((indicator === undefined) === (indicatorRef === undefined)) {
    const names = indicator === undefined ? 'neither is there' : 'both are there';
    return fault(place, `one of \`indicator\` and \`indicatorRef\` is needed, and ${names}`);
  }
  if (indicatorRef === undefined) {
    const here = at(place, 'indicator');
    const inline = mapping(here, indicator, ['metadata', 'spec']);
    if (inline === null) return null;
    if (inline['metadata'] !== undefined) readName(at(here, 'metadata'), inline['metadata']);
    const inner = mapping(at(here, 'spec'), inline['spec']);
    return readIndicatorSpec(at(here, 'spec'), inner);
  }
  const name = textAt(at(place, 'indicatorRef'), indicatorRef);
  if (name === null) return null;
  const found = indicators.get(name);
  if (found !== undefined) return found;
  const nearest = nearestName(name, [...indicators.keys()]);
  const hint =
    nearest === null ? 'put it there as a document of its own' : `did you mean ${JSON.stringify(nearest)}?`;
  return fault(
    at(place, 'indicatorRef'),
    `the file has no SLI with the name ${JSON.stringify(name)}; ${hint}`,
  );
}

function readIndicatorSpec(place: Place, spec: Mapping | null): Indicator | null {
  if (spec === null) return null;
  mapping(place, spec, ['description', 'ratioMetric']);
  const here = at(place, 'ratioMetric');
  const ratio = mapping(here, spec['ratioMetric'], ['counter', 'good', 'bad', 'total']);
  if (ratio === null) return null;
  if (ratio['counter'] !== true) {
    fault(
      at(here, 'counter'),
      `it must be true, since only counters can be summed up over a window, and is ${shown(ratio['counter'])}`,
    );
  }
  const { good, bad } = ratio;
  const total = readSource(at(here, 'total'), ratio['total']);
  if ((good === undefined) === (bad === undefined)) {
    const names = good === undefined ? 'neither is there' : 'both are there';
    return fault(here, `one of \`good\` and \`bad\` is needed beside \`total\`, and ${names}`);
  }
  const part = bad === undefined ? 'good' : 'bad';
  const selector = readSource(at(here, part), ratio[part]);
  return total === null || selector === null ? null : { total, part, selector };
}

function readSource(place: Place, value: unknown): string | null {
  const outer = mapping(place, value, ['metricSource']);
  if (outer === null) return null;
  const here = at(place, 'metricSource');
  const source = mapping(here, outer['metricSource'], ['type', 'spec']);
  if (source === null) return null;
  const type = source['type'];
  if (typeof type !== 'string' || type.toLowerCase() !== 'prometheus') {
    fault(at(here, 'type'), `it must be Prometheus, and is ${shown(type)}`);
  }
  const inner = at(here, 'spec');
  const spec = mapping(inner, source['spec'], ['query']);
  const query = spec === null ? null : textAt(at(inner, 'query'), spec['query']);
  if (query === null) return null;
  const selector = readSelector(query);
  if (selector !== null) return selector;
  return fault(
    at(inner, 'query'),
    `${shown(query)} is not a selector of series; name a raw counter, such as requests_total{code=~"5.."}, without functions, ranges or sums`,
  );
}

/** Seconds of the units whose length is always the same; months, quarters and years are not. */
const secondsPerUnit = new Map([
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
]);

function readWindow(place: Place, value: unknown): number | null {
  const here = at(place, 0);
  const only = onlyElement(place, value, 'a rolling window, such as [{ duration: 30d, isRolling: true }]');
  const window = only === undefined ? null : mapping(here, only, ['duration', 'isRolling']);
  if (window === null) return null;
  if (window['isRolling'] !== true) {
    fault(
      at(here, 'isRolling'),
      `it must be true, since only rolling windows are read, and is ${shown(window['isRolling'])}`,
    );
  }
  const duration = textAt(at(here, 'duration'), window['duration']);
  if (duration === null) return null;
  const [, count = '', unit = ''] = /^([1-9][0-9]{0,5})([a-zA-Z])$/.exec(duration) ?? [];
  const perUnit = secondsPerUnit.get(unit);
  if (perUnit !== undefined) return Number(count) * perUnit;
  return fault(
    at(here, 'duration'),
    `${shown(duration)} is not a duration in minutes, hours, days or weeks, such as 30d or 4w`,
  );
}

function readObjective(place: Place, value: unknown): number | null {
  const here = at(place, 0);
  const only = onlyElement(place, value, 'an objective, such as [{ target: 0.999 }]');
  const objective =
    only === undefined ? null : mapping(here, only, ['displayName', 'target', 'targetPercent']);
  if (objective === null) return null;
  const { target, targetPercent } = objective;
  if ((target === undefined) === (targetPercent === undefined)) {
    const names = target === undefined ? 'neither is there' : 'both are there';
    return fault(here, `one of \`target\` and \`targetPercent\` is needed, and ${names}`);
  }
  const key = target === undefined ? 'targetPercent' : 'target';
  const whole = target === undefined ? 100 : 1;
  const written = objective[key];
  if (typeof written === 'number' && written > 0 && written < whole) return written / whole;
  return fault(
    at(here, key),
    `it must be a number between 0 and ${whole}, and is ${shown(written)}; at ${whole} there is no error budget`,
  );
}

function onlyElement(place: Place, value: unknown, wanted: string): unknown {
  if (Array.isArray(value) && value.length === 1) {
    const only: unknown = value[0];
    return only;
  }
  const found = Array.isArray(value) ? `there are ${value.length}` : `is ${shown(value)}`;
  fault(place, `it must be a list of exactly one: ${wanted}, and ${found}`);
  return undefined;
}

/** Keys that OpenSLO has and that mean something else than what is read. */
const unsupportedKeys = new Set([
  ...['alertPolicies', 'calendar', 'metricSourceRef', 'op', 'raw', 'rawType', 'thresholdMetric'],
  ...['timeSliceTarget', 'timeSliceWindow', 'value'],
]);

/** The value when it is a mapping, with a fault for every key that is not among those that are read. */
function mapping(place: Place, value: unknown, keys?: readonly string[]): Mapping | null {
  if (!isObject(value)) return fault(place, `it must be a mapping, and is ${shown(value)}`);
  for (const key of Object.keys(value)) {
    if (keys === undefined || keys.includes(key)) continue;
    const nearest = unsupportedKeys.has(key) ? null : nearestName(key, keys);
    const hint =
      nearest === null ? `read are: ${keys.join(', ')}` : `did you mean ${JSON.stringify(nearest)}?`;
    fault(at(place, key), `the key ${JSON.stringify(key)} is not read here; ${hint}`, true);
  }
  return value;
}

function textAt(place: Place, value: unknown): string | null {
  return typeof value === 'string' && value !== ''
    ? value
    : fault(place, `it must be a text, and is ${shown(value)}`);
}

function at(place: Place, token: string | number): Place {
  return { ...place, pointer: pointerTo(place.pointer, token) };
}

/** Notes a fault at the place, or at what is nearest around it. */
function fault({ document, index, pointer, faults }: Place, message: string, onKey = false): null {
  const path = pointer.slice(1).replaceAll('/', '.');
  const own = onKey ? document.keySpanOf(pointer, index) : undefined;
  let span = own ?? document.spanOf(pointer, index);
  for (let around = pointer; span === undefined && around !== '';) {
    around = around.slice(0, around.lastIndexOf('/'));
    span = document.spanOf(around, index);
  }
  const start = { line: 1, column: 1 };
  faults.push({
    message: path === '' || onKey ? message : `${path}: ${message}`,
    span: span ?? { start, end: start },
  });
  return null;
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return isObject(value) ? 'a mapping' : JSON.stringify(value);
}
