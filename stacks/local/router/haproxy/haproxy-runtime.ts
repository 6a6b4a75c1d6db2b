import { connect } from 'node:net';
import { effectFailure } from '../../../failure.ts';
import { latencyBoundsMs } from '../router.ts';
import { colours, slotsPerColour, type Colour } from './haproxy-config.ts';

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

/** Carries out commands that print nothing when they are obeyed; fails with what HAProxy had to say otherwise. */
export async function obey(socket: string, commands: readonly string[], log: string): Promise<void> {
  if (commands.length === 0) return;
  const answer = await runtimeCommand(socket, commands.join(';'));
  const complaint = answer
    .split('\n')
    .find((line) => /not found|No such|Unknown|invalid|required|denied/i.test(line));
  if (complaint !== undefined)
    throw effectFailure('router-refused', `HAProxy refused a change: ${complaint.trim()}; see ${log}`, true);
}

/** What HAProxy has counted since it was started, for a colour or for one server. */
export interface Totals {
  requests: number;
  errors: number;
  inFlight: number;
  answered: number;
  latency: number[];
}

export interface ServerTotals extends Totals {
  isUp: boolean;
  weight: number;
  maxConcurrent: number | null;
}

export type HaproxyCounts = Record<Colour, { whole: Totals; servers: ServerTotals[] }>;

/** Reads everything in one round trip. */
export async function readHaproxyCounts(socket: string): Promise<HaproxyCounts> {
  const text = await runtimeCommand(socket, 'show stat;show table lat;show table asked');
  const stat = parseStat(text);
  const table = parseTable(text);
  const of = (colour: Colour): HaproxyCounts[Colour] => {
    const row = (name: string): Record<string, string> => stat.get(`be_${colour}/${name}`) ?? {};
    const servers = Array.from({ length: slotsPerColour }, (_, index): ServerTotals => {
      const server = row(`s${index + 1}`);
      const errors =
        resentOf(server) + number(server, 'hrsp_5xx') + number(server, 'eresp') + number(server, 'econ');
      return {
        ...latencyOf(table.get(`${colour}.s${index + 1}`)),
        requests: number(server, 'stot'),
        errors,
        inFlight: number(server, 'scur'),
        isUp: /^(UP|DRAIN|no check)/.test(server['status'] ?? ''),
        weight: number(server, 'weight'),
        maxConcurrent: number(server, 'slim') || null,
      };
    });
    const backend = row('BACKEND');
    const [requests = 0, pinnedErrors = 0] = table.get(colour) ?? [];
    const answeredErrors = Math.max(0, number(backend, 'hrsp_5xx') - pinnedErrors);
    const sentOn = number(row('fallback'), 'stot');
    const brokenOff = number(backend, 'srv_abrt');
    const parts = [...servers, latencyOf(table.get(`${colour}.fallback`))];
    const whole: Totals = {
      requests,
      // A request that was sent again more than once is still one request.
      errors: Math.min(requests, answeredErrors + brokenOff + resentOf(backend) + sentOn),
      inFlight: number(backend, 'scur'),
      answered: parts.reduce((sum, { answered }) => sum + answered, 0),
      latency: latencyBoundsMs.map((_, index) =>
        parts.reduce((sum, { latency }) => sum + (latency[index] ?? 0), 0),
      ),
    };
    return { whole, servers };
  };
  return { blue: of('blue'), green: of('green') };
}

function latencyOf(counters: readonly number[] | undefined): Pick<Totals, 'answered' | 'latency'> {
  const answered = counters?.[12] ?? 0;
  // Counted are those above each bound.
  return { answered, latency: latencyBoundsMs.map((_, index) => answered - (counters?.[index] ?? 0)) };
}

/** A request that is sent again after an answer failed counts as both; after a connection failed, as one of them. */
function resentOf(row: Record<string, string>): number {
  return Math.max(number(row, 'wretr'), number(row, 'wredis'));
}

function number(row: Record<string, string>, column: string): number {
  return Number(row[column] ?? 0) || 0;
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

/** General purpose counters by key (`blue`, `blue.s1`), from `show table`. */
function parseTable(text: string): Map<string, number[]> {
  const rows = new Map<string, number[]>();
  for (const line of text.split('\n')) {
    const key = /\bkey=([\w.]+)/.exec(line)?.[1];
    if (key === undefined || !colours.some((colour) => key.startsWith(colour))) continue;
    const counters: number[] = [];
    for (const match of line.matchAll(/\bgpc(\d+)=(\d+)/g)) counters[Number(match[1])] = Number(match[2]);
    rows.set(key, counters);
  }
  return rows;
}
