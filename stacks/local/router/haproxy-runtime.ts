import { connect } from 'node:net';
import { effectFailure } from '../../failure.ts';
import { colours, type Colour } from './haproxy-config.ts';
import { latencyBoundsMs } from './router.ts';

/** Sends one line of runtime commands (separated by `;`) over HAProxy's socket and returns all they print. */
export function runtimeCommand(socket: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket);
    let text = '';
    connection
      .setEncoding('utf8')
      .setTimeout(5000, () => connection.destroy(new Error('no answer within 5 s')));
    connection.on('data', (chunk: string) => (text += chunk));
    connection.once('error', (error) =>
      reject(
        effectFailure(
          'router-unreachable',
          `HAProxy does not answer on its socket (${error.message}); start it with \`evenkeel deploy --resume\``,
          true,
        ),
      ),
    );
    connection.once('end', () => resolve(text));
    connection.once('connect', () => connection.write(`${line}\n`));
  });
}

/** What HAProxy has counted for one colour since it was started. */
export interface ColourCounts {
  requests: number;
  errors: number;
  inFlight: number;
  answered: number;
  latency: number[];
}

/** Reads both colours in one round trip. */
export async function readColourCounts(socket: string): Promise<Record<Colour, ColourCounts>> {
  const text = await runtimeCommand(socket, 'show stat;show table lat');
  const stat = parseStat(text);
  const table = parseTable(text);
  const of = (colour: Colour): ColourCounts => {
    const whole = stat.get(`be_${colour}/BACKEND`);
    const fallback = stat.get(`be_${colour}/fallback`);
    const counters = table.get(colour) ?? [];
    const number = (row: Record<string, string> | undefined, column: string): number =>
      Number(row?.[column] ?? 0) || 0;
    const requests = counters[13] ?? 0;
    const resent = number(whole, 'wretr') + number(whole, 'wredis') + number(fallback, 'stot');
    return {
      requests,
      // A request that was sent again more than once is still one request.
      errors: Math.min(requests, number(whole, 'hrsp_5xx') + resent),
      inFlight: number(whole, 'scur'),
      answered: counters[12] ?? 0,
      latency: latencyBoundsMs.map((_, index) => counters[index] ?? 0),
    };
  };
  return { blue: of('blue'), green: of('green') };
}

/** Rows of `show stat` by `backend/server`. */
function parseStat(text: string): Map<string, Record<string, string>> {
  const rows = new Map<string, Record<string, string>>();
  let columns: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('# pxname')) columns = line.slice(2).split(',');
    else if (columns.length > 0 && line.includes(',')) {
      const cells = line.split(',');
      const row = Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? '']));
      rows.set(`${row['pxname'] ?? ''}/${row['svname'] ?? ''}`, row);
    }
  }
  return rows;
}

/** General purpose counters by key, from `show table`. */
function parseTable(text: string): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  for (const line of text.split('\n')) {
    const key = /\bkey=(\w+)/.exec(line)?.[1];
    if (key === undefined || !colours.some((colour) => colour === key)) continue;
    const counters: number[] = [];
    for (const match of line.matchAll(/\bgpc(\d+)=(\d+)/g)) counters[Number(match[1])] = Number(match[2]);
    rows.set(key, counters);
  }
  return rows;
}
