/** A customer's way through several requests. What a step keeps from an answer, later steps may use. */
import { valueAt } from '../../analyzers/document/document.ts';
import type { Operation } from '../../analyzers/schema/openapi/operation.ts';
import { answerCheck, parseJson } from './check-answer.ts';
import { basePathOf } from './open-document.ts';
import { withBody } from './with-body.ts';
import { safeMethods, type JourneyPolicy, type JourneyStep } from './probe-policy.ts';
import type { AnswerCheck, Answered, ProbeRequest } from './probe-request.ts';

export interface PlannedJourney {
  name: string;
  steps: PlannedStep[];
  /** The operations of the document that it goes through. */
  operations: string[];
}

export interface PlannedStep {
  /** `POST /cart`, as the policy writes it. */
  request: string;
  isUnsafe: boolean;
  check: AnswerCheck;
  /** The request, with what was kept so far put in. */
  fill(kept: Readonly<Record<string, string>>): ProbeRequest;
  /** What the answer adds to what is kept, or the pointer that leads nowhere. */
  keep(answer: Answered): { ok: true; kept: Record<string, string> } | { ok: false; message: string };
}

export function planJourney(
  { name, steps }: JourneyPolicy,
  operations: readonly Operation[],
  headers: Readonly<Record<string, string>>,
): PlannedJourney {
  const known = new Set<string>();
  const planned = steps.map((step) => {
    const found = operationOf(step, operations);
    if (found !== undefined) known.add(found.operation.label);
    return planStep(step, found, headers);
  });
  return { name, steps: planned, operations: [...known] };
}

function planStep(
  step: JourneyStep,
  found: { operation: Operation; base: string } | undefined,
  shared: Readonly<Record<string, string>>,
): PlannedStep {
  const { method, status, keep } = step;
  const base = found?.base ?? '';
  const responses = found?.operation.responses ?? null;
  const { headers, body } = withBody({ ...shared, ...step.headers }, step.body);
  return {
    request: `${method} ${step.path}`,
    isUnsafe: !safeMethods.includes(method),
    check: answerCheck({ method, responses, status, needsSuccess: true }),
    fill: (kept) => ({
      method,
      path: `${base}${filled(step.path, kept, encodeURIComponent)}`,
      headers: Object.fromEntries(
        Object.entries(headers).map(([key, value]) => [
          key,
          filled(value, kept, (text) => text.replace(/[\r\n\0]/g, ' ')),
        ]),
      ),
      // The body is JSON or text by its header; what goes into JSON must not end its string.
      body:
        body === null
          ? null
          : filled(body, kept, (text) =>
              typeof step.body === 'string' ? text : JSON.stringify(text).slice(1, -1),
            ),
    }),
    keep: (answer) => keepFrom(answer, keep),
  };
}

function keepFrom(answer: Answered, keep: JourneyStep['keep']): ReturnType<PlannedStep['keep']> {
  if (Object.keys(keep).length === 0) return { ok: true, kept: {} };
  const parsed = parseJson(answer.body);
  const kept: Record<string, string> = {};
  for (const [name, pointer] of Object.entries(keep)) {
    const value = parsed.ok ? valueAt(parsed.value, pointer) : undefined;
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
      return {
        ok: false,
        message: `answered without ${pointer === '' ? 'a value' : pointer}, which later steps need`,
      };
    kept[name] = String(value);
  }
  return { ok: true, kept };
}

/** Only names that were kept are places; other braces are the text's own. */
function filled(
  text: string,
  kept: Readonly<Record<string, string>>,
  encode: (text: string) => string,
): string {
  return text.replaceAll(/\{([a-zA-Z_]\w*)\}/g, (whole, name: string) => {
    const value = Object.hasOwn(kept, name) ? kept[name] : undefined;
    return value === undefined ? whole : encode(value);
  });
}

/** The operation that a step calls, and what is missing before its path; one without holes goes first, as in a server. */
function operationOf(
  step: JourneyStep,
  operations: readonly Operation[],
): { operation: Operation; base: string } | undefined {
  const own = segments(step.path.split('?')[0] ?? '');
  const isAt = (template: string): boolean => {
    const parts = segments(template);
    return (
      parts.length === own.length && parts.every((part, index) => part.includes('{') || part === own[index])
    );
  };
  const matching = operations
    .filter(({ method }) => method === step.method)
    .flatMap((operation) => {
      const base = basePathOf(operation);
      if (isAt(operation.template)) return [{ operation, base }];
      return isAt(`${base}${operation.template}`) ? [{ operation, base: '' }] : [];
    });
  return matching.find(({ operation }) => !operation.template.includes('{')) ?? matching[0];
}

function segments(path: string): string[] {
  return path.split('/').slice(1);
}
