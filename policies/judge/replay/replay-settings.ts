/** The settings of `evenkeel judge`: a file of its own with the policy's words, or the defaults. */
import { Ajv, type ValidateFunction } from 'ajv';
import { parseDocument } from '../../../analyzers/document/parse-document.ts';
import { nearestName } from '../../policy-file/nearest-name.ts';
import { readAmount, readSeconds } from '../../policy-file/quantities.ts';
import { faultsOf, locateFault, type PolicyFault } from '../../policy-file/schema-faults.ts';
import type { MetricKind, MetricSettings } from '../metric-settings.ts';

export interface ReplaySettings {
  alpha: number;
  beta: number;
  horizonSeconds: number;
  minSoakSeconds: number;
  noDataSeconds: number;
  /** Latency in a step's first seconds counts neither way. */
  warmUpSeconds: number;
  /** Seconds after the stream's first tick at which declared steps begin, ascending; the first step is the stream's start. */
  stepsSeconds: number[];
  /** Null: errors, latency where the stream has it, and its gauges as warnings. */
  metrics: MetricSettings[] | null;
}

export const defaultReplaySettings: ReplaySettings = {
  alpha: 0.01,
  beta: 0.05,
  horizonSeconds: 86_400,
  minSoakSeconds: 60,
  noDataSeconds: 120,
  warmUpSeconds: 0,
  stepsSeconds: [],
  metrics: null,
};

const duration = {
  type: 'string',
  pattern: '^\\d{1,6}(?:\\.\\d{1,3})?(?:ms|s|m|h|d)$',
  description: 'Write a duration such as 500ms, 30s, 5m, 24h.',
} as const;
const errorRate = { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1 } as const;
const percent = {
  type: 'string',
  pattern: '^\\d{1,4}(?:\\.\\d{1,4})?%$',
  description: 'Write a share such as 10% or 0.05%.',
} as const;

const settingsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    alpha: errorRate,
    beta: errorRate,
    horizon: duration,
    minSoak: duration,
    noData: duration,
    warmUp: duration,
    steps: { type: 'array', items: duration, maxItems: 100 },
    metrics: {
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name'],
        properties: {
          name: { type: 'string', minLength: 1, maxLength: 100 },
          kind: { enum: ['ratio', 'rate', 'latency', 'gauge'] },
          critical: { type: 'boolean' },
          tolerate: percent,
          slack: {
            type: 'string',
            pattern: '^\\d{1,9}(?:\\.\\d{1,9})?(?:%|ms|s)?$',
            description:
              'Write a share of requests such as 0.1%, for latency a duration such as 5ms, else a number.',
          },
        },
      },
    },
  },
} as const;

interface RawMetric {
  name: string;
  kind?: MetricKind;
  critical?: boolean;
  tolerate?: string;
  slack?: string;
}

interface RawSettings {
  alpha?: number;
  beta?: number;
  horizon?: string;
  minSoak?: string;
  noData?: string;
  warmUp?: string;
  steps?: string[];
  metrics?: RawMetric[];
}

let compiled: ValidateFunction<RawSettings> | undefined;

/** Compiled at the first settings: most commands that load this read none. */
function settingsValidator(): ValidateFunction<RawSettings> {
  return (compiled ??= new Ajv({ allErrors: true, strict: false, verbose: true }).compile(settingsSchema));
}

export type LoadedReplaySettings = { ok: true; settings: ReplaySettings } | { ok: false; problems: string[] };

/** Reads settings from YAML or JSON. Problems are sentences that begin with the file's path, line and column. */
export function loadReplaySettings(text: string, path: string): LoadedReplaySettings {
  const document = parseDocument(path.endsWith('.json') ? path : `${path}.yaml`, text);
  const say = (message: string, start?: { line: number; column: number }): string =>
    `${path}${start === undefined ? '' : `:${start.line}:${start.column}`}: ${message}`;
  if (!document.ok)
    return { ok: false, problems: document.problems.map(({ message, span }) => say(message, span.start)) };
  const problems = document.duplicateKeys.map(({ message, span }) => say(message, span.start));
  const raw: unknown = document.value;
  const validate = settingsValidator();
  const faults = validate(raw) ? findFaults(raw) : faultsOf(validate.errors ?? []);
  for (const fault of faults) {
    const { message, span } = locateFault(document, fault);
    problems.push(say(message, span?.start));
  }
  if (problems.length > 0 || !validate(raw)) return { ok: false, problems };
  return { ok: true, settings: fill(raw) };
}

const builtIn = ['errors', 'latency'];

function findFaults(raw: RawSettings): PolicyFault[] {
  const faults: PolicyFault[] = [];
  const steps = (raw.steps ?? []).map(readSeconds);
  const falling = steps.findIndex((step, index) => index > 0 && step <= (steps[index - 1] ?? 0));
  if (falling !== -1)
    faults.push({
      pointer: `/steps/${falling}`,
      onKey: false,
      message: 'steps have to come one after the other',
    });
  if (raw.horizon !== undefined && readSeconds(raw.horizon) <= 0)
    faults.push({ pointer: '/horizon', onKey: false, message: 'a rollout takes some time; write 24h' });
  const names = new Set<string>();
  for (const [index, { name, kind, slack }] of (raw.metrics ?? []).entries()) {
    const pointer = `/metrics/${index}/name`;
    if (names.has(name)) faults.push({ pointer, onKey: false, message: `${name} is named twice` });
    names.add(name);
    if (kind === undefined && !builtIn.includes(name)) {
      const nearest = nearestName(name, builtIn);
      const hint =
        nearest === null
          ? 'errors and latency are known; say the `kind` of any other'
          : `did you mean ${nearest}?`;
      faults.push({ pointer, onKey: false, message: `unknown metric ${JSON.stringify(name)}; ${hint}` });
    }
    if (slack?.endsWith('%') === true && readAmount(slack) >= 1)
      faults.push({
        pointer: `/metrics/${index}/slack`,
        onKey: false,
        message: 'a slack of all requests tolerates everything',
      });
    const isTime = slack?.endsWith('s') ?? false;
    if (slack !== undefined && isTime !== (kindOf(name, kind) === 'latency')) {
      const message = isTime
        ? 'only latency has a slack in time'
        : 'the slack of latency is a time, such as 5ms';
      faults.push({ pointer: `/metrics/${index}/slack`, onKey: false, message });
    }
  }
  return faults;
}

function kindOf(name: string, kind: MetricKind | undefined): MetricKind {
  return kind ?? (name === 'latency' ? 'latency' : 'ratio');
}

function fill(raw: RawSettings): ReplaySettings {
  const defaults = defaultReplaySettings;
  const secondsOr = (text: string | undefined, other: number): number =>
    text === undefined ? other : readSeconds(text);
  return {
    alpha: raw.alpha ?? defaults.alpha,
    beta: raw.beta ?? defaults.beta,
    horizonSeconds: secondsOr(raw.horizon, defaults.horizonSeconds),
    minSoakSeconds: secondsOr(raw.minSoak, defaults.minSoakSeconds),
    noDataSeconds: secondsOr(raw.noData, defaults.noDataSeconds),
    warmUpSeconds: secondsOr(raw.warmUp, defaults.warmUpSeconds),
    stepsSeconds: (raw.steps ?? []).map(readSeconds).filter((step) => step > 0),
    metrics:
      raw.metrics?.map((metric) => {
        const kind = kindOf(metric.name, metric.kind);
        return metricSettings(metric.name, kind, {
          isCritical: metric.critical ?? kind !== 'gauge',
          ...(metric.tolerate === undefined ? {} : { toleratedRatio: 1 + readAmount(metric.tolerate) }),
          ...(metric.slack === undefined ? {} : { slack: readAmount(metric.slack) }),
        });
      }) ?? null,
  };
}

/** A metric with the defaults that need no tuning: a tenth more is tolerated; for latency two milliseconds more as well. */
export function metricSettings(
  name: string,
  kind: MetricKind,
  known: Partial<MetricSettings> = {},
): MetricSettings {
  return {
    name,
    kind,
    isCritical: kind !== 'gauge',
    toleratedRatio: 1.1,
    slack: kind === 'latency' ? 0.002 : 0,
    ...known,
  };
}
