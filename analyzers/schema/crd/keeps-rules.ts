import { isObject } from '../../document/document.ts';
import type { StructureNode } from './structure.ts';
import { rulesOf, type JudgeRule } from './validation-rule.ts';

type Structure = ReadonlyMap<string, StructureNode>;

const maxValues = 5_000;

/** Whether the rules that were there before hold everywhere in an object; false also where that is not known. */
export function keepsRules(judge: JudgeRule, structure: Structure, whole: unknown): boolean {
  const pending: [string, unknown][] = [['', whole]];
  let left = maxValues;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [place, value] = next;
    if (--left < 0) return false;
    const node = structure.get(place);
    if (node === undefined) continue;
    for (const rule of rulesOf(node)) {
      if (!rule.isTransition && judge(rule.text, node.schema, value) !== 'holds') return false;
    }
    if (Array.isArray(value)) for (const item of value) pending.push([`${place}/*`, item]);
    else if (isObject(value)) {
      for (const [name, inner] of Object.entries(value)) {
        const own = `${place}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        pending.push([structure.has(own) ? own : `${place}/*`, inner]);
      }
    }
  }
  return true;
}
