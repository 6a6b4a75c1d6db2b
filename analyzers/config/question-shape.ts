import { mayBeText } from './key-names.ts';
import { readMeasure } from './measure.ts';
import { placeName, type Question, type ScalarMove } from './question.ts';

/** Text that another program fills in: its type is that of what it stands for. */
export function isReference(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /\$\{|\$\(|\{\{|<%|^%[^%]+%$|^\$[A-Z_]|^(?:!|ref\+|vault:|ssm:|secret:|env:|file:)/.test(value)
  );
}

/** Text that was a number, a truth value, a URL or an address, and is none: in env and ini files everything is text. */
export function questionShape({ words, move }: ScalarMove, before: string, after: string): Question | null {
  if (isReference(after)) return null;
  const place = placeName(move.after);
  if (isDay(before) === true && isDay(after) === false) {
    const message = `${place} was a date and is a day now that no calendar has`;
    return { rule: 'config/keep-type', message, detail: 'a date>no date' };
  }
  const was = shapeOf(before);
  const is = shapeOf(after);
  if (was === 'text' || was === is || (mayBeText(words) && !isAddress(was))) return null;
  // A host may take the place of an address, and a socket or a path that of a URL.
  if (was === 'an IP address' && /[A-Za-z:]/.test(after)) return null;
  if (was === 'a URL' && /^(?:[./]|[\w-]+:(?!\/)\S)/.test(after)) return null;
  return {
    rule: 'config/keep-type',
    message: `${place} was ${was} and is ${is} now`,
    detail: `${was}>${is}`,
  };
}

/** Undefined for what does not have the form of a date. */
function isDay(text: string): boolean | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})(?:[T ][\d:.,+Z-]*)?$/.exec(text) ?? [];
  if (day === undefined) return undefined;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCMonth() + 1 === Number(month) && date.getUTCDate() === Number(day);
}

function isAddress(shape: string): boolean {
  return shape === 'a URL' || shape === 'an IP address';
}

const schemes =
  /^(?:https?|wss?|ftps?|sftp|ssh|git|file|s3|gs|az|abfss?|hdfs|redis|rediss|amqps?|mqtts?|kafka|nats|tcp|udp|unix|tls|grpcs?|ldaps?|smtps?|imaps?|postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|sqlite|mssql|sqlserver|oracle|clickhouse|elasticsearch|jdbc:[\w:]+|oci|docker|docker-daemon|npm|pulumi|vault|consul|etcd|zk|memcached?|bolt|neo4j|cassandra|http\+unix|chrome|about|data|mailto|tel|urn|otlp|statsd|prometheus|r2dbc:[\w:]+)$/i;

function shapeOf(text: string): string {
  if (readMeasure(text) !== undefined) return 'a number or a measure';
  if (/^(true|false)$/i.test(text)) return 'true or false';
  if (/^(yes|no)$/i.test(text)) return 'yes or no';
  if (/^(on|off)$/i.test(text)) return 'on or off';
  const scheme = /^([a-z][\w+.:-]{1,30}):\/\/[^\s/]/i.exec(text)?.[1];
  if (scheme !== undefined && schemes.test(scheme) && !/\s/.test(text)) return 'a URL';
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,3}))?$/.exec(text);
  if (octets === null) return 'text';
  const isValid = octets.slice(1, 5).every((octet) => Number(octet) <= 255) && Number(octets[5] ?? 0) <= 32;
  return isValid ? 'an IP address' : 'text';
}
