/**
 * Writes series into a Prometheus server. Native histograms are taken by scrapes and by remote writes in Protocol
 * Buffers only. Of both formats just what is needed: https://prometheus.io/docs/concepts/remote_write_spec/ (version 1.0, message
 * `Histogram`), and Snappy blocks that hold literals and compress nothing.
 */
export interface WrittenSeries {
  labels: Record<string, string>;
  samples: (NativeSample | { atSeconds: number; value: number })[];
}

/** Buckets end at powers of 2^(2^-schema): `buckets[3]` counts what is above the second and up to the third power. */
export interface NativeSample {
  atSeconds: number;
  schema: number;
  buckets: Record<number, number>;
}

export async function writeSeries(url: string, series: readonly WrittenSeries[]): Promise<void> {
  const message = Buffer.concat(series.map((own) => bytesField(1, encodeSeries(own))));
  const sent = await fetch(`${url}/api/v1/write`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    },
    body: new Uint8Array(toSnappy(message)),
  });
  if (!sent.ok) throw new Error(`the write was answered ${sent.status}: ${await sent.text()}`);
}

function encodeSeries({ labels, samples }: WrittenSeries): Buffer {
  const pairs = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) =>
      bytesField(1, Buffer.concat([bytesField(1, Buffer.from(name)), bytesField(2, Buffer.from(value))])),
    );
  return Buffer.concat([...pairs, ...samples.map(encodeSample)]);
}

function encodeSample(sample: WrittenSeries['samples'][number]): Buffer {
  if (!('value' in sample)) return bytesField(4, encodeHistogram(sample));
  return bytesField(
    2,
    Buffer.concat([doubleField(1, sample.value), numberField(2, sample.atSeconds * 1000)]),
  );
}

function encodeHistogram({ atSeconds, schema, buckets }: NativeSample): Buffer {
  const entries = Object.entries(buckets)
    .map(([index, count]): [number, number] => [Number(index), count])
    .sort(([a], [b]) => a - b);
  const spans: Buffer[] = [];
  const deltas: Buffer[] = [];
  let previous = { index: 0, count: 0 };
  for (const [position, [index, count]] of entries.entries()) {
    // One span for each bucket: first where it begins, then how many empty ones lie between.
    const offset = position === 0 ? index : index - previous.index - 1;
    spans.push(bytesField(11, Buffer.concat([numberField(1, zigZag(offset)), numberField(2, 1)])));
    deltas.push(varint(zigZag(count - previous.count)));
    previous = { index, count };
  }
  const count = entries.reduce((sum, [, own]) => sum + own, 0);
  return Buffer.concat([
    numberField(1, count),
    doubleField(3, count),
    numberField(4, zigZag(schema)),
    doubleField(5, 2 ** -128),
    numberField(6, 0),
    ...spans,
    bytesField(12, Buffer.concat(deltas)),
    numberField(15, atSeconds * 1000),
  ]);
}

function zigZag(value: number): number {
  return value >= 0 ? 2 * value : -2 * value - 1;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

function numberField(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

function doubleField(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(field * 8 + 1), bytes]);
}

function bytesField(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

function toSnappy(bytes: Buffer): Buffer {
  const blocks: Buffer[] = [varint(bytes.length)];
  for (let at = 0; at < bytes.length; at += 60) {
    const literal = bytes.subarray(at, at + 60);
    blocks.push(Buffer.from([(literal.length - 1) * 4]), literal);
  }
  return Buffer.concat(blocks);
}
