/** Trust boundary: what a Prometheus server answers to a range query, by hand from `unknown` to series. */
import { isObject } from '../../analyzers/document/document.ts';
import { redactText } from '../../policies/audit/redact.ts';
import type { InstantSeries } from '../../policies/slo/count-events.ts';

export type ReadInstants = { ok: true; series: InstantSeries[] } | { ok: false; problem: string };

/**
 * The series of an answer to `/api/v1/query_range`. A warning makes the whole answer unusable: it may be partial, and a
 * part of the events is no count. `stepSeconds` and `startSeconds` put every sample on its instant, whatever the server's
 * clock makes of fractions.
 */
export function readInstants(answer: unknown, startSeconds: number, stepSeconds: number): ReadInstants {
  if (!isObject(answer) || answer['status'] !== 'success') {
    const error = isObject(answer) ? answer['error'] : undefined;
    return wrong(
      typeof error === 'string' ? `the server said: ${quoted(error)}` : 'the answer is not Prometheus',
    );
  }
  const { warnings, data } = answer;
  if (Array.isArray(warnings) && warnings.length > 0)
    return wrong(`the server warned: ${quoted(String(warnings[0]))}`);
  const result = isObject(data) && data['resultType'] === 'matrix' ? data['result'] : undefined;
  if (!Array.isArray(result)) return wrong('the answer has no matrix');
  const series: InstantSeries[] = [];
  for (const item of result) {
    const one = readSeries(item, startSeconds, stepSeconds);
    if (typeof one === 'string') return wrong(one);
    series.push(one);
  }
  return { ok: true, series };
}

function readSeries(item: unknown, startSeconds: number, stepSeconds: number): InstantSeries | string {
  if (!isObject(item) || !isObject(item['metric'])) return 'a series of the answer has no labels';
  const labels: Record<string, string> = {};
  for (const [label, value] of Object.entries(item['metric'])) {
    if (typeof value !== 'string') return 'a label of the answer is not text';
    labels[label] = value;
  }
  const { values } = item;
  if (!Array.isArray(values) || item['histograms'] !== undefined) {
    return 'the selector picks a histogram; name its `_count` or another counter';
  }
  const samples: { atSeconds: number; value: number }[] = [];
  for (const pair of values) {
    const [at, text] = Array.isArray(pair) ? Array.from<unknown>(pair) : [];
    if (typeof at !== 'number' || typeof text !== 'string' || text === '')
      return 'a sample of the answer is not a pair';
    // Numbers come as text, because JSON has no word for these two.
    const value = text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
    const atSeconds = startSeconds + Math.round((at - startSeconds) / stepSeconds) * stepSeconds;
    if ((samples.at(-1)?.atSeconds ?? -Infinity) >= atSeconds)
      return 'the samples of the answer are not in order';
    samples.push({ atSeconds, value });
  }
  return { labels, samples };
}

function wrong(problem: string): ReadInstants {
  return { ok: false, problem };
}

/** A server's own words, in one line without what could steer a terminal, and without what could be a secret. */
function quoted(text: string): string {
  return JSON.stringify(redactText(text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')).slice(0, 200));
}
