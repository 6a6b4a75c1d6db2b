import { defineRule } from '../../analyzer.ts';
import type { Report } from '../../finding.ts';
import type { PreviewStep } from '../../scope.ts';
import { findName, type InfraSubject } from '../document.ts';
import { statefulReason } from '../stateful-types.ts';

export const keepStateful = defineRule<InfraSubject>({
  id: 'infra/keep-stateful',
  level: 'error',
  covers: ['remove', 'rename'],
  problem: 'The change destroys a resource that holds state, and a roll back makes an empty one.',
  remedy:
    'Keep the resource (retainOnDelete, an alias, or the property as it was), or move its state in a change of its own.',
  *check(subject, { scope }): Iterable<Report> {
    for (const preview of subject.previews) {
      if (preview.outcome !== 'previewed') continue;
      for (const step of destroyed(preview.steps)) {
        const why = statefulReason(step, scope.infra?.stateful ?? []);
        if (why === undefined) continue;
        yield {
          key: step.urn,
          message: messageOf(step, why),
          proof: 'breaking',
          ...placeOf(step, subject, preview.path),
        };
      }
    }
  },
});

const replacing = new Set(['replace', 'delete-replaced', 'create-replacement', 'discard-replaced']);
const deleting = new Set(['delete', 'discard']);

/** One step per resource: a preview lists a replacement as up to three. */
function destroyed(steps: readonly PreviewStep[]): PreviewStep[] {
  const byUrn = new Map<string, PreviewStep>();
  for (const step of steps) {
    if (!replacing.has(step.op) && !deleting.has(step.op)) continue;
    const known = byUrn.get(step.urn);
    const isBetter = known === undefined || rank(step) > rank(known);
    const protect = step.protect || known?.protect === true;
    byUrn.set(step.urn, { ...(isBetter ? step : known), protect });
  }
  return [...byUrn.values()];
}

// The step that says most: `replace` with its reasons, any part of a replacement, a deletion.
function rank(step: PreviewStep): number {
  if (step.replaceReasons.length > 0) return 3;
  return step.op === 'replace' ? 2 : replacing.has(step.op) ? 1 : 0;
}

function messageOf(step: PreviewStep, why: string): string {
  const what = `${step.type} ${JSON.stringify(step.name)}`;
  if (deleting.has(step.op)) return `${what} would be destroyed, and ${why}`;
  const reasons = step.replaceReasons.join(', ');
  const because = reasons === '' ? '' : ` because ${reasons} changed`;
  return `${what} would be destroyed and made anew${because}, and ${why}`;
}

/** The name in head's program; for a resource that is gone, in the base's; else the first line of what was previewed. */
function placeOf(
  step: PreviewStep,
  { before, after, changes }: InfraSubject,
  previewPath: string,
): Pick<Report, 'path' | 'span' | 'beforeSpan'> {
  const now = findName(step.name, after);
  if (now !== undefined) return { path: now.path, span: now.span };
  const then = findName(step.name, before);
  if (then !== undefined) return { path: then.path, beforeSpan: then.span };
  const path = changes[0]?.path ?? previewPath;
  const start = { line: 1, column: 1 };
  return { path, span: { start, end: start } };
}
