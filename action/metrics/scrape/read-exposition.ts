/**
 * Trust boundary: the text that an instance serves as its metrics, in Prometheus' text format or OpenMetrics. Only what is
 * needed is read: names, labels and numbers. A line that is neither sample nor comment makes all of it unusable, since it
 * may be cut off.
 */
export interface ExposedSample {
  name: string;
  labels: Record<string, string>;
  /** May be infinite or NaN. */
  value: number;
}

export type ReadExposition = { ok: true; samples: ExposedSample[] } | { ok: false; problem: string };

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const labelsStart = /[ \t]*\{/y;
const labelPair = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\\n]|\\.)*)"\s*(?:,|(?=\}))/y;
const labelsEnd = /\s*\}/y;
/** The value, perhaps a time, perhaps an exemplar of OpenMetrics. */
const rest = /^[ \t]+(\S+)(?:[ \t]+[-+0-9.eE]+)?(?:[ \t]+#[ \t].*)?$/;

/** `isOpenMetrics`: by its content type; such a text says where it ends. */
export function readExposition(text: string, isOpenMetrics: boolean): ReadExposition {
  const samples: ExposedSample[] = [];
  const known = new Set<string>();
  const isWhole = isOpenMetrics ? /(?:^|\n)# EOF\n?$/.test(text) : text === '' || text.endsWith('\n');
  if (!isWhole) return { ok: false, problem: 'its metrics are cut off' };
  for (const [index, written] of text.split('\n').entries()) {
    const line = written.trim();
    if (line === '' || line.startsWith('#')) continue;
    const sample = readLine(line);
    if (sample === null) return { ok: false, problem: `line ${index + 1} of its metrics is no sample` };
    const key = seriesKey(sample.name, sample.labels);
    if (known.has(key)) return { ok: false, problem: `line ${index + 1} of its metrics is there twice` };
    known.add(key);
    samples.push(sample);
  }
  return { ok: true, samples };
}

/** The same for the same series, whatever the order of its labels. */
export function seriesKey(name: string, labels: Readonly<Record<string, string>>): string {
  return JSON.stringify([name, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

function readLine(line: string): ExposedSample | null {
  const name = metricName.exec(line)?.[0];
  if (name === undefined) return null;
  const labels: Record<string, string> = {};
  let at = name.length;
  labelsStart.lastIndex = at;
  if (labelsStart.test(line)) {
    at = labelsStart.lastIndex;
    for (;;) {
      labelsEnd.lastIndex = at;
      if (labelsEnd.test(line)) break;
      labelPair.lastIndex = at;
      const [, label, value] = labelPair.exec(line) ?? [];
      if (label === undefined || value === undefined) return null;
      labels[label] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
      at = labelPair.lastIndex;
    }
    at = labelsEnd.lastIndex;
  }
  const [, number = ''] = rest.exec(line.slice(at)) ?? [];
  const value = readNumber(number);
  return value === null ? null : { name, labels, value };
}

function readNumber(text: string): number | null {
  if (/^[+]?Inf$/i.test(text)) return Infinity;
  if (/^-Inf$/i.test(text)) return -Infinity;
  if (/^NaN$/i.test(text)) return Number.NaN;
  return /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : null;
}
