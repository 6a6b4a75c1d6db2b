/** Deprecation and sunset: the way in which clients are told that something will go, and when. */
import { report, type Comparison } from './comparison.ts';
import { ownValue, type Part } from './description.ts';

export interface RemovalTerms {
  /** The day on which the new version is to hold, as `YYYY-MM-DD`; there is no clock here. */
  at: string | undefined;
}

/** The announced day as `YYYY-MM-DD`, if there is one that reads as a date. */
export function sunsetOf(part: Part): string | undefined {
  const value = ownValue(part.value, 'x-sunset') ?? ownValue(part.value, 'sunset');
  if (typeof value !== 'string') return undefined;
  return /^\d{4}-\d{2}-\d{2}/.exec(value)?.[0];
}

export function isDeprecated(part: Part): boolean {
  return ownValue(part.value, 'deprecated') === true;
}

export function compareDeprecation(
  comparison: Comparison,
  where: string,
  from: Part,
  to: Part,
  witness: object,
): void {
  const [earlier, later] = [sunsetOf(from), sunsetOf(to)];
  if (isDeprecated(to) && !isDeprecated(from) && later === undefined) {
    report(comparison, {
      ruleId: 'openapi/announce-sunset',
      where,
      message: `it is deprecated in the ${comparison.toName} version without a date`,
      what: 'deprecated',
      from,
      to,
    });
  }
  if (earlier === undefined || !isDeprecated(to)) return;
  if (later === undefined) {
    report(comparison, {
      ruleId: 'openapi/keep-sunset',
      where,
      message: `the sunset ${earlier} is taken back, and no other date is given`,
      what: `sunset:${earlier}`,
      from,
      to,
      level: 'warning',
    });
  } else if (later < earlier) {
    report(comparison, {
      ruleId: 'openapi/keep-sunset',
      where,
      message: `the sunset is ${later} in the ${comparison.toName} version and ${earlier} in the ${comparison.fromName} one`,
      what: `sunset:${earlier}:${later}`,
      from,
      to,
      proof: 'breaking',
      witness: { ...witness, on: later },
    });
  }
}
