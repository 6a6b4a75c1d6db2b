import {
  entriesOf,
  isObject,
  pointerTo,
  type Document,
  type ParsedDocument,
} from '../../document/document.ts';
import type { Position } from '../../finding.ts';
import type { ConfigSubject } from '../document.ts';

/** A GitHub workflow in one revision. */
export interface Workflow {
  text: string;
  document: Document;
  value: Readonly<Record<string, unknown>>;
}

export interface Job {
  name: string;
  pointer: string;
  value: Readonly<Record<string, unknown>>;
}

export interface Step {
  /** Names the step by structure: its id, its name, or what it uses, and which of them it is. */
  label: string;
  pointer: string;
  value: Readonly<Record<string, unknown>>;
}

export function isWorkflowPath(path: string): boolean {
  return /(^|\/)\.github\/workflows\/[^/]+\.ya?ml$/.test(path);
}

/** Both revisions of a workflow; undefined for every other file. The former one may be missing, or no workflow. */
export function workflowsOf(
  subject: ConfigSubject,
): { before: Workflow | undefined; after: Workflow } | undefined {
  if (!subject.isChanged || !/\.ya?ml$/i.test(subject.path)) return undefined;
  const after = workflowIn(subject.text, subject.document);
  if (after === undefined) return undefined;
  if (!isWorkflowPath(subject.path) && !looksLikeWorkflow(after)) return undefined;
  const old = subject.before();
  return { before: workflowIn(old?.text, old?.document), after };
}

function workflowIn(text: string | undefined, document: ParsedDocument | undefined): Workflow | undefined {
  if (text === undefined || document?.ok !== true || document.documents.length !== 1) return undefined;
  return isObject(document.value) ? { text, document, value: document.value } : undefined;
}

// Without the path, what is a workflow has to show in it.
function looksLikeWorkflow({ value }: Workflow): boolean {
  const jobs = entriesOf(value['jobs']);
  const isJob = (job: unknown) =>
    isObject(job) && (job['runs-on'] !== undefined || typeof job['uses'] === 'string');
  return value['on'] !== undefined && jobs.some(([, job]) => isJob(job));
}

export function jobsOf({ value }: Workflow): Job[] {
  return entriesOf(value['jobs']).flatMap(([name, job]) =>
    isObject(job) ? [{ name, pointer: pointerTo('/jobs', name), value: job }] : [],
  );
}

export function stepsOf({ pointer, value }: Job): Step[] {
  const { steps } = value;
  if (!Array.isArray(steps)) return [];
  const seen = new Map<string, number>();
  return steps.flatMap((step: unknown, index) => {
    if (!isObject(step)) return [];
    const named = step['id'] ?? step['name'] ?? actionOf(step) ?? 'run';
    const name = typeof named === 'string' ? named : 'step';
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return [
      {
        label: count === 0 ? name : `${name} ${count + 1}`,
        pointer: `${pointer}/steps/${index}`,
        value: step,
      },
    ];
  });
}

/** The action of a step without its version. */
export function actionOf({ uses }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof uses === 'string' ? uses.split('@')[0] : undefined;
}

/** The events that start a workflow. */
export function triggersOf({ value }: Workflow): string[] {
  const { on } = value;
  if (typeof on === 'string') return [on];
  if (Array.isArray(on)) return on.filter((name) => typeof name === 'string');
  return entriesOf(on).map(([name]) => name);
}

const maxPlaces = 5_000;

/** The innermost value that stands at a position, as a pointer. */
export function pointerAt({ document, value }: Workflow, { line, column }: Position): string {
  let found = '';
  let left = maxPlaces;
  const pending: [string, unknown][] = [['', value]];
  for (let next = pending.pop(); next !== undefined && left > 0; next = pending.pop(), left--) {
    const [pointer, inner] = next;
    if (pointer !== '') {
      const spans = [document.spanOf(pointer), document.keySpanOf(pointer)];
      const isIn = spans.some(
        (span) =>
          span !== undefined &&
          (span.start.line < line || (span.start.line === line && span.start.column <= column)) &&
          (span.end.line > line || (span.end.line === line && span.end.column > column)),
      );
      if (!isIn) continue;
      if (pointer.length > found.length) found = pointer;
    }
    const parts = Array.isArray(inner) ? [...inner.entries()] : entriesOf(inner);
    for (const [key, part] of parts) pending.push([pointerTo(pointer, key), part]);
  }
  return found;
}
