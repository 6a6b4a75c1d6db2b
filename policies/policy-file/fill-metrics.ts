import { pointerTo } from '../../analyzers/document/document.ts';
import type { MetricKind } from '../judge/metric-settings.ts';
import { unreadablePattern } from '../selector/match-selector.ts';
import { partsOfSelector, readSelector } from '../selector/read-selector.ts';
import type {
  MetricPolicy,
  MetricSourcePolicy,
  PrometheusPolicy,
  SelectedMetric,
  ServicePolicy,
} from './policy.ts';
import { readAmount, readFraction } from './quantities.ts';
import type { PolicyFault } from './schema-faults.ts';

/** A metric as it is written, after the JSON Schema. */
export interface RawMetric {
  name: string;
  kind?: MetricKind;
  from?: MetricSourcePolicy['from'];
  critical?: boolean;
  tolerate?: string;
  slack?: string;
  bad?: string;
  total?: string;
  count?: string;
  exposure?: string;
  histogram?: string;
  gauge?: string;
}

export interface RawPrometheus {
  url: string;
  label?: string;
  username?: string;
  password?: string;
  token?: string;
  caFile?: string;
  timeout?: string;
  scrapeInterval?: string;
  lag?: string;
  minimumCoverage?: string;
}

type Part = 'bad' | 'total' | 'count' | 'exposure' | 'histogram' | 'gauge';

const parts: readonly Part[] = ['bad', 'total', 'count', 'exposure', 'histogram', 'gauge'];
const partsOfKind: Readonly<Record<MetricKind, { needed: readonly Part[]; allowed: readonly Part[] }>> = {
  ratio: { needed: ['bad', 'total'], allowed: [] },
  rate: { needed: ['count'], allowed: ['exposure'] },
  latency: { needed: ['histogram'], allowed: [] },
  gauge: { needed: ['gauge'], allowed: [] },
};
const ofRouter: Readonly<Record<string, MetricKind>> = { errors: 'ratio', latency: 'latency' };
/** What a busy host does to anyone: slower by this much is harmless. */
const latencySlackSeconds = 0.005;
/** A round of probes is one trial, and there are few: a tenth of them may go wrong before it is harm (policies/probes/README.md). */
const probesSlack = 0.1;

/**
 * Errors and latency are judged when a service says nothing about metrics: they come from the router for nothing.
 * `scrapePath`: where instances serve theirs.
 */
export function fillMetrics(
  raw: readonly RawMetric[] | undefined,
  scrapePath: string,
  pointer: string,
  faults: PolicyFault[],
): MetricPolicy[] {
  const written = raw ?? [{ name: 'errors' }, { name: 'latency' }];
  const names = written.map((metric) => metric.name);
  const metrics = written.map((metric, index) => {
    const own = pointerTo(pointer, String(index));
    if (names.indexOf(metric.name) !== index)
      faults.push({ pointer: own, onKey: false, message: `${metric.name} is named twice` });
    return fillMetric(metric, scrapePath, own, faults);
  });
  if (!metrics.some((metric) => metric.isCritical))
    faults.push({
      pointer,
      onKey: true,
      message: 'no metric is critical, so nothing could ever pass or fail',
    });
  return metrics;
}

function fillMetric(
  raw: RawMetric,
  scrapePath: string,
  pointer: string,
  faults: PolicyFault[],
): MetricPolicy {
  const { name, critical, tolerate, slack } = raw;
  const from = raw.from ?? (name === 'probes' ? 'probes' : 'router');
  const say = (message: string, key?: string): void => {
    faults.push({ pointer: key === undefined ? pointer : pointerTo(pointer, key), onKey: false, message });
  };
  const kind = raw.kind ?? (from === 'probes' ? 'ratio' : (ofRouter[name] ?? kindOfParts(raw)));
  if (kind === null) say('its `kind` is missing: ratio, rate, latency or gauge');
  if (from === 'router' && ofRouter[name] === undefined)
    say(`the router knows errors and latency only; say where ${name} comes from: from: prometheus or scrape`);
  if (from === 'router' && kind !== null && ofRouter[name] !== undefined && kind !== ofRouter[name])
    say(`${name} of the router is of kind ${ofRouter[name]}`, 'kind');
  if (from === 'probes' && name !== 'probes') say('what comes from probes is named probes', 'name');
  if (from === 'probes' && kind !== 'ratio') say('probes are of kind ratio', 'kind');
  if (slack !== undefined && kind !== null) {
    const problem = slackProblem(slack, kind);
    if (problem !== null) say(problem, 'slack');
  }
  const sure = kind ?? 'ratio';
  return {
    name,
    kind: sure,
    isCritical: critical ?? sure !== 'gauge',
    toleratedRatio: 1 + readFraction(tolerate ?? '10%'),
    slack: slack === undefined ? defaultSlack(sure, from) : readAmount(slack),
    ...(from === 'probes' && { isSynthetic: true }),
    source: kind === null ? { from: 'router' } : sourceOf(raw, from, kind, scrapePath, say),
  };
}

function defaultSlack(kind: MetricKind, from: MetricSourcePolicy['from']): number {
  if (from === 'probes') return probesSlack;
  return kind === 'latency' ? latencySlackSeconds : 0;
}

function kindOfParts(raw: RawMetric): MetricKind | null {
  const kinds: MetricKind[] = ['ratio', 'rate', 'latency', 'gauge'];
  return kinds.find((kind) => partsOfKind[kind].needed.every((part) => raw[part] !== undefined)) ?? null;
}

function slackProblem(slack: string, kind: MetricKind): string | null {
  const isTime = slack.endsWith('s');
  if (kind === 'latency') return isTime ? null : 'the slack of latency is a time, such as 5ms';
  if (isTime) return 'only latency has a slack in time';
  if (kind === 'ratio' && slack.endsWith('%') && readFraction(slack) >= 1)
    return 'a slack of all requests tolerates everything';
  return kind === 'ratio' && !slack.endsWith('%') ? 'the slack of a ratio is a share, such as 0.1%' : null;
}

function sourceOf(
  raw: RawMetric,
  from: MetricSourcePolicy['from'],
  kind: MetricKind,
  scrapePath: string,
  say: (message: string, key?: string) => void,
): MetricSourcePolicy {
  const { needed, allowed } = partsOfKind[kind];
  const isOurs = from === 'router' || from === 'probes';
  for (const part of parts) {
    const isWritten = raw[part] !== undefined;
    const isKnown = !isOurs && [...needed, ...allowed].includes(part);
    if (isWritten && !isKnown)
      say(isOurs ? `${part} is for metrics from prometheus or scrape` : `a ${kind} has no ${part}`, part);
    if (!isWritten && !isOurs && needed.includes(part)) say(`a ${kind} needs its selector \`${part}\``);
  }
  if (isOurs) return { from };
  const read = (part: Part): string => {
    const written = raw[part];
    if (written === undefined) return '';
    const selector = readSelector(written);
    const problem = selector === null ? notSelector : selectorProblem(selector, part, from);
    if (problem !== null) say(problem, part);
    return selector ?? '';
  };
  const selected = selectorsOf(kind, read, raw.exposure !== undefined);
  return from === 'scrape' ? { from, path: scrapePath, ...selected } : { from, ...selected };
}

const notSelector = 'it has to be a selector such as name{label="value"}, not an expression';

function selectorProblem(selector: string, part: Part, from: 'prometheus' | 'scrape'): string | null {
  const { name } = partsOfSelector(selector);
  if (name === null) return 'the selector needs the name of a metric';
  const suffix = part === 'histogram' ? /_(?:bucket|count|sum)$/.exec(name)?.[0] : undefined;
  if (suffix !== undefined) return `name the histogram itself, without ${suffix}`;
  const pattern = from === 'scrape' ? unreadablePattern(selector) : null;
  return pattern === null ? null : `the regular expression ${pattern} cannot be read; write it without flags`;
}

function selectorsOf(kind: MetricKind, read: (part: Part) => string, hasExposure: boolean): SelectedMetric {
  switch (kind) {
    case 'ratio':
      return { kind, bad: read('bad'), total: read('total') };
    case 'rate':
      return { kind, count: read('count'), exposure: hasExposure ? read('exposure') : null };
    case 'latency':
      return { kind, histogram: read('histogram') };
    case 'gauge':
      return { kind, gauge: read('gauge') };
  }
}

/** The server of a policy. `isUsed`: some metric asks for one. */
export function fillPrometheus(
  raw: RawPrometheus | undefined,
  services: readonly Pick<ServicePolicy, 'name' | 'metrics' | 'slo'>[],
  faults: PolicyFault[],
): PrometheusPolicy | null {
  if (raw === undefined) {
    const user = services.find(({ metrics }) => metrics.some(({ source }) => source.from === 'prometheus'));
    if (user !== undefined)
      faults.push({
        pointer: pointerTo(pointerTo('/services', user.name), 'metrics'),
        onKey: true,
        message:
          'a metric comes from prometheus, but the policy names no server; add `prometheus: { url: … }`',
      });
    for (const { name } of services.filter(({ slo }) => slo !== null))
      faults.push({
        pointer: pointerTo(pointerTo('/services', name), 'slo'),
        onKey: true,
        message:
          'the events of an SLO are counted by prometheus, but the policy names no server; add `prometheus: { url: … }`',
      });
    return null;
  }
  const { username, password, token } = raw;
  if ((username === undefined) !== (password === undefined))
    faults.push({ pointer: '/prometheus', onKey: true, message: 'username and password go together' });
  if (token !== undefined && username !== undefined)
    faults.push({ pointer: '/prometheus/token', onKey: true, message: 'there is a password already' });
  return {
    url: raw.url.replace(/\/+$/, ''),
    label: raw.label ?? 'release',
    authorization:
      token !== undefined
        ? { scheme: 'bearer', token }
        : username !== undefined && password !== undefined
          ? { scheme: 'basic', username, password }
          : null,
    caFile: raw.caFile ?? null,
    timeoutSeconds: readAmount(raw.timeout ?? '10s'),
    scrapeSeconds: readAmount(raw.scrapeInterval ?? '15s'),
    lagSeconds: readAmount(raw.lag ?? '2s'),
    minimumCoverage: readFraction(raw.minimumCoverage ?? '80%'),
  };
}
