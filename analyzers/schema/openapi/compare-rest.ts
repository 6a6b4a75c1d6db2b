/** What differs and nobody compared: named, and unproven. Prose and extensions mean nothing to a client. */
import { pointerTo } from '../../document/document.ts';
import { report, type Comparison, type Draft } from './comparison.ts';
import { ownValue, type Part } from './description.ts';

const prose = [
  'summary',
  'description',
  'tags',
  'externalDocs',
  'example',
  'examples',
  'links',
  'info',
  '$comment',
];

export function compareRest(
  comparison: Comparison,
  where: string,
  from: Part,
  to: Part,
  compared: readonly string[],
  ruleId: Draft['ruleId'] = 'openapi/compare-keyword',
): void {
  for (const keyword of new Set([...Object.keys(from.value), ...Object.keys(to.value)])) {
    if (compared.includes(keyword) || prose.includes(keyword) || keyword.startsWith('x-')) continue;
    const [one, other] = [ownValue(from.value, keyword), ownValue(to.value, keyword)];
    if (comparison.changed.isUnchanged(one, from.uri, other, to.uri)) continue;
    report(comparison, {
      ruleId,
      where,
      message: `"${keyword}" differs, and what that means to clients is not known`,
      what: `keyword:${keyword}`,
      from: { uri: from.uri, pointer: pointerTo(from.pointer, keyword) },
      to: { uri: to.uri, pointer: pointerTo(to.pointer, keyword) },
      proof: 'unproven',
    });
  }
}
