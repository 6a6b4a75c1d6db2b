import type { Difference } from './compare-schemas.ts';
import type { SchemaReport } from './document.ts';

/** A report before its file and positions are known. */
export interface PointedReport extends Omit<SchemaReport, 'path' | 'span' | 'beforeSpan'> {
  beforePointer: string;
  afterPointer: string;
}

/** Puts a difference into words. `where` names the part of the interface it belongs to; empty for a whole document. */
export function describeDifference(difference: Difference, where: string): PointedReport {
  const { keyword, name, direction, outcome, witness, beforePointer, afterPointer } = difference;
  const isRequirement = keyword === 'required' || (keyword === 'properties' && direction === 'produced');
  const place = difference.place === '' && where === '' ? 'the whole value' : difference.place;
  const shown = witness === undefined ? '' : `; for example ${shorten(JSON.stringify(witness))}`;
  return {
    rule: isRequirement && outcome === 'breaking' ? 'keep-required-field' : 'keep-compatible',
    key: [where, direction, difference.place, keyword, name ?? ''].join(':'),
    level: outcome === 'breaking' ? 'error' : 'warning',
    proof: outcome,
    message: `${where}${place}${place === '' ? '' : ': '}${sentenceFor(difference)}${shown}`,
    beforePointer,
    afterPointer,
    ...(witness !== undefined && { witness }),
  };
}

function sentenceFor({ keyword, name, direction, outcome }: Difference): string {
  const quoted = JSON.stringify(name ?? keyword);
  const isConsumed = direction === 'consumed';
  if (keyword === 'required') {
    return isConsumed ? `${quoted} is newly required` : `${quoted} is no longer always there`;
  }
  if (keyword === 'properties' && name !== undefined) {
    if (!isConsumed) return `the property ${quoted} is no longer promised`;
    return outcome === 'breaking'
      ? `the property ${quoted} is no longer accepted`
      : `the property ${quoted} is newly described, and what was accepted there before is not known`;
  }
  if (outcome === 'unproven') return `a change of "${keyword}" could not be proved compatible`;
  return isConsumed
    ? `"${keyword}" now refuses what was accepted`
    : `"${keyword}" now lets through what consumers refuse`;
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
