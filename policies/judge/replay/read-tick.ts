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
 * `counts` never fall, as Prometheus' do; one more bound, "+Inf", may end `le`. Counts for each bucket alone are taken as
 * such when they fall somewhere or are one more than the bounds. Errors and bursts are within one tick, not cumulative.
 */
import { nearestName } from '../../policy-file/nearest-name.ts';
import type { EventSample, LatencySample, Tick, VersionSample } from '../tick.ts';

export interface ReplayLine {
  stream: string | null;
  isBefore: boolean;
  tick: Tick;
}

/** What is wrong with a line: a sentence without its number, and a column where one is known. */
export class LineFault extends Error {
  readonly column: number | null;

  constructor(message: string, column: number | null = null) {
    super(message);
    this.name = 'LineFault';
    this.column = column;
  }
}

const lineKeys = ['t', 'stream', 'before', 'missing', 'candidate', 'baseline'];
const versionKeys = ['requests', 'errors', 'bursts', 'instances', 'latency', 'gauges', 'ratios', 'rates'];
const latencyKeys = ['le', 'counts'];

/** Reads one line. Throws LineFault. */
export function readTickLine(text: string): ReplayLine {
  const line = objectOf(parse(text), 'the line');
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
  const tick = missing === true ? missingTick(line, t) : readVersions(line, t);
  return { stream: stream === undefined ? null : String(stream), isBefore: before === true, tick };
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

function readVersions(line: Readonly<Record<string, unknown>>, atSeconds: number): Tick {
  const candidate = readVersion(line, 'candidate');
  const baseline = readVersion(line, 'baseline');
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

function readVersion(line: Readonly<Record<string, unknown>>, name: string): VersionSample | null {
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
  const result: VersionSample = {
    events: {
      ...readPairs(ratios, `${name}.ratios`, true),
      ...readPairs(rates, `${name}.rates`, false),
      errors: sample,
    },
  };
  if (latency !== undefined && latency !== null)
    result.latencies = { latency: readLatency(latency, `${name}.latency`, trials) };
  if (gauges !== undefined) result.gauges = readGauges(gauges, `${name}.gauges`);
  return result;
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

function readPairs(value: unknown, path: string, isRatio: boolean): Record<string, EventSample> {
  if (value === undefined) return {};
  const samples: Record<string, EventSample> = {};
  for (const [name, entry] of Object.entries(objectOf(value, path))) {
    const own = `${path}.${name}`;
    if (name === 'errors' || name === 'latency')
      throw new LineFault(`${own}: ${name} has a place of its own`);
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

function readLatency(value: unknown, path: string, requests: number): LatencySample {
  const latency = objectOf(value, path);
  allowKeys(latency, latencyKeys, path);
  const bounds = listOf(latency['le'], `${path}.le`);
  const counts = listOf(latency['counts'], `${path}.counts`).map((count, index) =>
    countOf(count, `${path}.counts[${index}]`),
  );
  const last = bounds.at(-1);
  const hasInfinity = last === '+Inf' || last === 'Inf' || last === 'Infinity' || last === null;
  const finite = (hasInfinity ? bounds.slice(0, -1) : bounds).map((bound, index) =>
    boundOf(bound, bounds[index - 1], `${path}.le[${index}]`),
  );
  if (finite.length === 0) throw new LineFault(`${path}.le has no bound`);
  const buckets = finite.length + 1;
  if (counts.length !== bounds.length && counts.length !== buckets)
    throw new LineFault(`${path} has ${bounds.length} bounds and ${counts.length} counts`);
  const isCumulative = counts.every((count, index) => index === 0 || count >= (counts[index - 1] ?? 0));
  const sum = counts.reduce((total, count) => total + count, 0);
  // One more count than bounds is a bucket for what is beyond the last, unless the counts are visibly cumulative.
  const isPerBucket = !isCumulative || (!hasInfinity && counts.length === buckets && sum <= requests);
  const within = isPerBucket ? accumulate(counts) : counts;
  const answered = counts.length === buckets ? (within.at(-1) ?? 0) : requests;
  const inside = within.slice(0, finite.length);
  if (answered > requests || (inside.at(-1) ?? 0) > answered)
    throw new LineFault(
      `${path}.counts ${isPerBucket ? `fall, and add up to ${sum}` : `reach ${within.at(-1) ?? 0}`}, more than the ${requests} requests; counts are within this tick, and cumulative over le`,
    );
  return { bounds: finite, within: inside, answered };
}

function accumulate(counts: readonly number[]): number[] {
  let sum = 0;
  return counts.map((count) => (sum += count));
}

function boundOf(value: unknown, before: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
    throw fault(path, 'has to be a number of seconds above 0', value);
  if (typeof before === 'number' && value <= before)
    throw new LineFault(`${path} is ${value}, not above the bound before it, ${before}`);
  return value;
}

function readGauges(value: unknown, path: string): Record<string, number[]> {
  const gauges: Record<string, number[]> = {};
  for (const [name, entry] of Object.entries(objectOf(value, path))) {
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
