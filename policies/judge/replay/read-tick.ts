/**
 * One line of a replay stream, from JSON to a tick. The trust boundary of `evenkeel judge replay`: whatever is not exactly
 * as described is refused with what is wrong, never repaired and never left out.
 *
 *   {"t": seconds, "candidate": VERSION | null, "baseline": VERSION | null} or {"t": seconds, "missing": true}
 *   VERSION: {"requests": n, "errors": k, "bursts"?: n, "instances"?: [[requests, errors], …],
 *             "latency"?: {"le": [seconds, …], "counts": [answers within each]}, "gauges"?: {name: [one per instance]},
 *             "ratios"?: {name: [bad, total]}, "rates"?: {name: [count, exposure]}}
 *   beside them: "stream": name (with --batch), "before": true for a tick before the deployment
 *
 * All counts are within one tick, never since a start. Histograms: replay-histogram.ts.
 */
import { nearestName } from '../../policy-file/nearest-name.ts';
import type { MetricKind } from '../metric-settings.ts';
import type { EventSample, LatencySample, Tick, VersionSample } from '../tick.ts';
import { LineFault } from './line-fault.ts';
import { nameOfForm, readHistogram, type HistogramForm } from './replay-histogram.ts';

export interface ReplayLine {
  stream: string | null;
  isBefore: boolean;
  tick: Tick;
  /** Every metric that is reported, with its kind. */
  kinds: ReadonlyMap<string, MetricKind>;
  /** What the histograms' counts were taken for, null where it makes no difference; whether no other is possible. */
  form: HistogramForm | null;
  isFormSure: boolean;
  /** The tick with its histograms taken for what is said, where that is possible. */
  readAs(form: HistogramForm): Tick;
}

/** What is collected while a line is read. */
interface Reading {
  kinds: Map<string, MetricKind>;
  /** What decides where a histogram could be both, and what its histograms were taken for. */
  wanted: HistogramForm | null;
  forms: { form: HistogramForm; isSure: boolean }[];
}

const lineKeys = ['t', 'stream', 'before', 'missing', 'candidate', 'baseline'];
const versionKeys = ['requests', 'errors', 'bursts', 'instances', 'latency', 'gauges', 'ratios', 'rates'];
const latencyKeys = ['le', 'counts'];

/** Reads one line; `isBefore`: it is a tick before the deployment, whether it says so or not. Throws LineFault. */
export function readTickLine(text: string, isBefore = false): ReplayLine {
  const read = objectOf(parse(text), 'the line');
  const line: Readonly<Record<string, unknown>> = isBefore ? { ...read, before: true } : read;
  allowKeys(line, lineKeys, '');
  const { t, stream, before, missing } = line;
  if (typeof t !== 'number' || !Number.isFinite(t)) throw fault('t', 'has to be a number of seconds', t);
  if (stream !== undefined && typeof stream !== 'string' && typeof stream !== 'number')
    throw fault('stream', 'has to be a name', stream);
  for (const [name, flag] of [
    ['before', before],
    ['missing', missing],
  ] as const)
    if (flag !== undefined && typeof flag !== 'boolean') throw fault(name, 'has to be true or false', flag);
  const readAs = (wanted: HistogramForm | null): Reading & { tick: Tick } => {
    const reading: Reading = { kinds: new Map(), wanted, forms: [] };
    return { ...reading, tick: missing === true ? missingTick(line, t) : readVersions(line, t, reading) };
  };
  const { tick, kinds, forms } = readAs(null);
  const telling =
    forms.find((own) => own.isSure) ?? forms.find((own) => own.form === 'per-bucket') ?? forms[0];
  const form = telling?.form ?? null;
  return {
    stream: stream === undefined ? null : String(stream),
    isBefore: before === true,
    // Both versions count alike.
    tick: forms.every((own) => own.form === form) ? tick : readAs(form).tick,
    kinds,
    form,
    isFormSure: telling?.isSure === true,
    readAs: (wanted) => readAs(wanted).tick,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const position = /at position (\d+)/.exec(message)?.[1];
    const what = /NaN|Infinity/.test(text)
      ? 'JSON has no NaN or Infinity; leave out what could not be read, or write null'
      : text.trim() === ''
        ? 'the line is empty; every line is one tick'
        : 'this is not JSON; every line is one object';
    throw new LineFault(what, position === undefined ? null : Number(position) + 1);
  }
}

function missingTick(line: Readonly<Record<string, unknown>>, atSeconds: number): Tick {
  if (line['candidate'] !== undefined || line['baseline'] !== undefined)
    throw new LineFault('a missing tick has neither candidate nor baseline');
  return { atSeconds, candidate: null, baseline: null };
}

function readVersions(line: Readonly<Record<string, unknown>>, atSeconds: number, reading: Reading): Tick {
  const candidate = readVersion(line, 'candidate', reading);
  const baseline = readVersion(line, 'baseline', reading);
  const own = candidate?.latencies?.['latency']?.bounds;
  const other = baseline?.latencies?.['latency']?.bounds;
  if (own !== undefined && other !== undefined && !isSame(own, other))
    throw new LineFault(
      'the histograms of candidate and baseline have different bounds, so they cannot be compared',
    );
  return { atSeconds, candidate, baseline };
}

export function isSame(first: readonly number[], second: readonly number[]): boolean {
  return first.length === second.length && first.every((bound, index) => bound === second[index]);
}

function readVersion(
  line: Readonly<Record<string, unknown>>,
  name: string,
  reading: Reading,
): VersionSample | null {
  const value = line[name];
  if (value === null) return null;
  if (value === undefined) {
    if (line['before'] === true) return null;
    throw new LineFault(`${name} is missing; write null when it could not be read`);
  }
  const version = objectOf(value, name);
  allowKeys(version, versionKeys, name);
  const { requests, errors, bursts, instances, latency, gauges, ratios, rates } = version;
  const trials = countOf(requests, `${name}.requests`);
  const events = countOf(errors, `${name}.errors`);
  if (events > trials)
    throw new LineFault(`${name}.errors is ${events}, more than ${name}.requests, ${trials}`);
  const sample: EventSample = { events, trials };
  if (bursts !== undefined) {
    sample.groups = countOf(bursts, `${name}.bursts`);
    if (sample.groups > events)
      throw new LineFault(`${name}.bursts is ${sample.groups}, more than ${name}.errors, ${events}`);
    if (sample.groups === 0 && events > 0)
      throw new LineFault(`${name}.bursts is 0, but there are ${events} errors`);
  }
  if (instances !== undefined) sample.instances = readInstances(instances, `${name}.instances`, sample);
  note(reading, 'errors', 'ratio', name);
  const result: VersionSample = {
    events: {
      errors: sample,
      ...readPairs(ratios, `${name}.ratios`, 'ratio', reading),
      ...readPairs(rates, `${name}.rates`, 'rate', reading),
    },
  };
  if (latency !== undefined && latency !== null)
    result.latencies = { latency: readLatency(latency, `${name}.latency`, trials, reading) };
  if (gauges !== undefined) result.gauges = readGauges(gauges, `${name}.gauges`, reading);
  return result;
}

/** A name means one thing in a whole line, or one of its figures would be lost. */
function note({ kinds }: Reading, name: string, kind: MetricKind, path: string): void {
  const known = kinds.get(name);
  if (known !== undefined && known !== kind)
    throw new LineFault(
      `${path}: ${JSON.stringify(name)} is a ${kind} here, and a ${known} in the same line`,
    );
  if (name === '__proto__') throw new LineFault(`${path}: "__proto__" cannot be the name of a metric`);
  kinds.set(name, kind);
}

function readInstances(value: unknown, path: string, total: EventSample): [number, number][] {
  let requests = 0;
  let errors = 0;
  const read = listOf(value, path).map((entry, index): [number, number] => {
    const pair = listOf(entry, `${path}[${index}]`);
    if (pair.length !== 2) throw new LineFault(`${path}[${index}] has to be [requests, errors]`);
    const own = countOf(pair[0], `${path}[${index}][0]`);
    const ownErrors = countOf(pair[1], `${path}[${index}][1]`);
    if (ownErrors > own) throw new LineFault(`${path}[${index}] has ${ownErrors} errors in ${own} requests`);
    requests += own;
    errors += ownErrors;
    return [own, ownErrors];
  });
  if (requests !== total.trials || errors !== total.events)
    throw new LineFault(
      `${path} add up to ${requests} requests and ${errors} errors, not ${total.trials} and ${total.events}`,
    );
  return read;
}

function readPairs(
  value: unknown,
  path: string,
  kind: 'ratio' | 'rate',
  reading: Reading,
): Record<string, EventSample> {
  if (value === undefined) return {};
  const isRatio = kind === 'ratio';
  const samples: Record<string, EventSample> = {};
  for (const [name, entry] of Object.entries(objectOf(value, path))) {
    const own = `${path}.${name}`;
    if (name === 'errors' || name === 'latency')
      throw new LineFault(`${own}: ${name} has a place of its own`);
    note(reading, name, kind, path);
    const pair = listOf(entry, own);
    if (pair.length !== 2)
      throw new LineFault(`${own} has to be ${isRatio ? '[bad, total]' : '[count, exposure]'}`);
    const events = countOf(pair[0], `${own}[0]`);
    const trials = isRatio ? countOf(pair[1], `${own}[1]`) : amountOf(pair[1], `${own}[1]`);
    if (isRatio && events > trials) throw new LineFault(`${own} has ${events} bad of ${trials}`);
    samples[name] = { events, trials };
  }
  return samples;
}

function readLatency(value: unknown, path: string, requests: number, reading: Reading): LatencySample {
  const latency = objectOf(value, path);
  allowKeys(latency, latencyKeys, path);
  const counts = listOf(latency['counts'], `${path}.counts`).map((count, index) =>
    countOf(count, `${path}.counts[${index}]`),
  );
  const bounds = listOf(latency['le'], `${path}.le`);
  const { sample, form, isSure } = readHistogram({ bounds, counts, requests, path }, reading.wanted);
  if (isSure && reading.forms.some((own) => own.isSure && own.form !== form))
    throw new LineFault(
      `${path}.counts are ${nameOfForm(form)}, those of the other version are not; both have to count alike`,
    );
  if (form !== null) reading.forms.push({ form, isSure });
  note(reading, 'latency', 'latency', path);
  return sample;
}

function readGauges(value: unknown, path: string, reading: Reading): Record<string, number[]> {
  const gauges: Record<string, number[]> = {};
  for (const [name, entry] of Object.entries(objectOf(value, path))) {
    note(reading, name, 'gauge', path);
    // An instance that reported nothing, or NaN, is left out of the mean; it is no zero.
    gauges[name] = listOf(entry, `${path}.${name}`)
      .filter((own) => own !== null && own !== 'NaN')
      .map((own) => {
        if (typeof own !== 'number') throw fault(`${path}.${name}`, 'has to be a list of numbers', own);
        return own;
      });
  }
  return gauges;
}

function objectOf(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fault(path, 'has to be an object', value);
  return value as Readonly<Record<string, unknown>>;
}

function listOf(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw fault(path, 'has to be a list', value);
  return value;
}

function countOf(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw fault(path, 'has to be a whole number, 0 or more', value);
}

function amountOf(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw fault(path, 'has to be a number, 0 or more', value);
}

function allowKeys(value: Readonly<Record<string, unknown>>, valid: readonly string[], path: string): void {
  for (const key in value) {
    if (valid.includes(key)) continue;
    const nearest = nearestName(key, valid);
    const hint = nearest === null ? `valid are: ${valid.join(', ')}` : `did you mean ${nearest}?`;
    throw new LineFault(`unknown key ${JSON.stringify(key)}${path === '' ? '' : ` in ${path}`}; ${hint}`);
  }
}

function fault(path: string, wanted: string, value: unknown): LineFault {
  const written = value === undefined ? 'missing' : JSON.stringify(value).slice(0, 60);
  return new LineFault(`${path} ${wanted}, and is ${written}`);
}
