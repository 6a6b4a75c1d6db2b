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

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+[-+0-9.eE]+)?(?:[ \t]+#.*)?$/;
const labelPair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\.)*)"\s*(?:,\s*|$)/y;

export function readExposition(text: string): ReadExposition {
  const samples: ExposedSample[] = [];
  for (const [index, written] of text.split('\n').entries()) {
    const line = written.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, name, labelText = '', number = ''] = sampleLine.exec(line) ?? [];
    const labels = readLabels(labelText);
    const value = readNumber(number);
    if (name === undefined || labels === null || value === null)
      return { ok: false, problem: `line ${index + 1} of its metrics is no sample` };
    samples.push({ name, labels, value });
  }
  return { ok: true, samples };
}

function readLabels(text: string): Record<string, string> | null {
  const labels: Record<string, string> = {};
  labelPair.lastIndex = 0;
  while (labelPair.lastIndex < text.length) {
    const [, name, value] = labelPair.exec(text) ?? [];
    if (name === undefined || value === undefined) return null;
    labels[name] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return labels;
}

function readNumber(text: string): number | null {
  if (/^[+]?Inf$/i.test(text)) return Infinity;
  if (/^-Inf$/i.test(text)) return -Infinity;
  if (/^NaN$/i.test(text)) return Number.NaN;
  return /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : null;
}
