import type { Escape } from '../../containment/escape.ts';
import type { OpenapiRuleId } from './rules.ts';

interface EscapeContext {
  view: 'request' | 'response';
  /** The keyword's value on the accepting and on the rejecting side, where they are known. */
  accepted: unknown;
  refused: unknown;
  fromName: string;
  toName: string;
}

/** What one escape means to people: its rule, a sentence, and what tells it from others at the same place. */
export function describeEscape(
  escape: Escape,
  context: EscapeContext,
): { ruleId: OpenapiRuleId; message: string; what: string } {
  const what = `${escape.keyword}:${escape.name ?? ''}:${limit(context.accepted)}:${limit(context.refused)}`;
  return { ruleId: ruleOf(escape, context.view), message: sentenceOf(escape, context), what };
}

function ruleOf({ keyword, name, place }: Escape, view: EscapeContext['view']): OpenapiRuleId {
  if (view === 'response') {
    return keyword === 'required' ? 'openapi/keep-response-required' : 'openapi/keep-response-values';
  }
  if (keyword === 'required' || keyword === 'dependentRequired') return 'openapi/keep-request-optional';
  const isClosed = keyword === 'additionalProperties' || keyword === 'unevaluatedProperties';
  return isClosed && (name !== undefined || place === '')
    ? 'openapi/keep-request-property'
    : 'openapi/keep-request-values';
}

function sentenceOf(escape: Escape, { view, accepted, refused, fromName, toName }: EscapeContext): string {
  const { keyword, name, place, reason } = escape;
  const at = place === '' ? 'the value' : `"${shownPlace(place)}"`;
  const [acceptingName, refusingName] = view === 'request' ? [fromName, toName] : [toName, fromName];
  if (escape.outcome === 'unproven') {
    const about = keyword === '' ? '' : ` at "${keyword}"`;
    return `whether what the ${acceptingName} version allows for ${at} is allowed by the ${refusingName} one could not be decided${about}${reason === undefined ? '' : `: ${reason}`}`;
  }
  if (keyword === 'required' && name !== undefined) {
    return `the property ${JSON.stringify(name)}${place === '' ? '' : ` of ${at}`} is required in the ${refusingName} version and may be left out in the ${acceptingName} one`;
  }
  if (name !== undefined) {
    return `the property ${JSON.stringify(name)}${place === '' ? '' : ` of ${at}`} is allowed by the ${acceptingName} version and refused by the ${refusingName} one ("${keyword}")`;
  }
  const [one, other] = [limit(accepted), limit(refused)];
  const limits =
    other === ''
      ? ''
      : `, which is ${other} in the ${refusingName} version and ${one === '' ? 'not set' : one} in the ${acceptingName} one`;
  return `${at} can be something that the ${acceptingName} version allows and the ${refusingName} one refuses by "${keyword}"${limits}`;
}

// Limits and names of types are harmless to show; a list of values is cut.
function limit(value: unknown): string {
  if (value === undefined || (typeof value === 'object' && value !== null && !Array.isArray(value)))
    return '';
  const text =
    Array.isArray(value) && value.some((element) => typeof element === 'object') ? '' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function shownPlace(place: string): string {
  return place.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
}
