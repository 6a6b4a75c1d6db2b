/**
 * From a service's document and policy to what its synthetic customers send. What cannot be sent is said, never left
 * out in silence: an operation is probed, part of a journey, excused with a reason, or uncovered.
 */
import type { Span } from '../../analyzers/finding.ts';
import type { Operation } from '../../analyzers/schema/openapi/operation.ts';
import { nearestSpan } from '../../analyzers/schema/openapi/read-description.ts';
import { nearestName } from '../policy-file/nearest-name.ts';
import { answerCheck } from './check-answer.ts';
import { fillParameters } from './fill-parameters.ts';
import { basePathOf, openDocument } from './open-document.ts';
import { missingCredential } from './operation-security.ts';
import { planJourney, type PlannedJourney } from './plan-journey.ts';
import { withBody } from './with-body.ts';
import { safeMethods, type ProbeData, type ProbePolicy } from './probe-policy.ts';
import type { PlannedProbe } from './probe-request.ts';

export interface OperationCoverage {
  operation: string;
  covered: 'probe' | 'journey' | 'excused' | 'uncovered';
  /** The journey, the excuse, or why nothing probes it. */
  reason: string;
  /** Where the document has it. */
  path: string;
  span?: Span;
}

export type ProbePlan =
  | { ok: true; probes: PlannedProbe[]; journeys: PlannedJourney[]; coverage: OperationCoverage[] }
  | { ok: false; message: string };

/** `read` gives the files of the revision whose document counts. */
export async function planProbes(
  policy: ProbePolicy,
  read: (path: string) => Promise<string | undefined>,
): Promise<ProbePlan> {
  const opened = policy.openapi === null ? null : await openDocument(policy.openapi, read);
  if (opened?.ok === false) return opened;
  const operations = opened?.operations ?? [];
  const strange = strangeName(policy, opened === null ? null : operations);
  if (strange !== null) return { ok: false, message: strange };
  const journeys = policy.journeys.map((journey) => planJourney(journey, operations, policy.headers));
  const probes = policy.paths.map((path) => probePath(path, policy));
  const coverage: OperationCoverage[] = [];
  for (const operation of operations) {
    const planned = planOperation(operation, policy);
    if (planned.ok) probes.push(planned.probe);
    coverage.push(coverageOf(operation, planned, journeys, policy));
  }
  if (opened === null)
    for (const [operation, data] of Object.entries(policy.data)) {
      const planned = probeData(operation, data, policy);
      if (!planned.ok) return planned;
      probes.push(planned.probe);
    }
  return { ok: true, probes, journeys, coverage };
}

function coverageOf(
  { label, part }: Operation,
  planned: ReturnType<typeof planOperation>,
  journeys: readonly PlannedJourney[],
  { excused }: ProbePolicy,
): OperationCoverage {
  const document = part.description.opened.get(part.uri);
  const span = document === undefined ? undefined : nearestSpan(document, part.pointer);
  const place = { operation: label, path: part.uri, ...(span === undefined ? {} : { span }) };
  if (planned.ok) return { ...place, covered: 'probe', reason: '' };
  const journey = journeys.find(({ operations }) => operations.includes(label));
  if (journey !== undefined) return { ...place, covered: 'journey', reason: journey.name };
  const excuse = Object.hasOwn(excused, label) ? excused[label] : undefined;
  return excuse === undefined
    ? { ...place, covered: 'uncovered', reason: planned.message }
    : { ...place, covered: 'excused', reason: excuse };
}

type Planned = { ok: true; probe: PlannedProbe } | { ok: false; message: string };

function planOperation(operation: Operation, policy: ProbePolicy): Planned {
  const { label, method } = operation;
  if (Object.hasOwn(policy.excused, label)) return { ok: false, message: 'it is excused' };
  const data = Object.hasOwn(policy.data, label) ? policy.data[label] : undefined;
  const isUnsafe = !safeMethods.includes(method);
  if (isUnsafe && data === undefined)
    return { ok: false, message: `${method} may change something, so it is sent with declared data only` };
  const filled = fillParameters(operation, data?.parameters ?? {});
  if (!filled.ok) return filled;
  const [unused] = filled.unused;
  const headers = { ...policy.headers, ...filled.headers, ...data?.headers };
  const both = cookieTwice(policy.headers, filled.headers, data?.headers ?? {});
  if (both) return { ok: false, message: twoCookies };
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const missing = missingCredential(operation, names, new Set(Object.keys(data?.parameters ?? {})));
  if (missing !== null) return { ok: false, message: missing };
  const extra = unused === undefined ? '' : queryOf(filled.unused, data);
  const path = `${basePathOf(operation)}${filled.path}`;
  return {
    ok: true,
    probe: {
      operation: label,
      request: {
        method,
        path: extra === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${extra}`,
        ...withBody(headers, data?.body),
      },
      isUnsafe,
      isCompared: !isUnsafe,
      check: answerCheck({
        method,
        responses: operation.responses,
        status: data?.status ?? null,
        needsSuccess: data !== undefined,
      }),
    },
  };
}

const twoCookies =
  'it has a cookie of its own beside the one in `probes.headers`; write all its cookies as a header in its `probes.data`';

/** Whether a parameter's cookie would take the place of the one that says who asks. */
function cookieTwice(shared: object, own: object, declared: object): boolean {
  const [isShared, isOwn, isDeclared] = [shared, own, declared].map((headers) =>
    Object.keys(headers).some((name) => name.toLowerCase() === 'cookie'),
  );
  return isShared === true && isOwn === true && isDeclared !== true;
}

/** Declared names that the operation lacks go into the query, where keys that are no parameters stand. */
function queryOf(names: readonly string[], data: ProbeData | undefined): string {
  return new URLSearchParams(names.map((name) => [name, data?.parameters[name] ?? ''])).toString();
}

function probePath(path: string, { headers }: ProbePolicy): PlannedProbe {
  return {
    operation: `GET ${path}`,
    request: { method: 'GET', path, ...withBody(headers, undefined) },
    isUnsafe: false,
    isCompared: false,
    check: answerCheck({ method: 'GET', responses: null, status: null, needsSuccess: false }),
  };
}

/** An operation that no document describes: the policy alone says what it is. */
function probeData(operation: string, data: ProbeData, policy: ProbePolicy): Planned {
  const [method = '', template = ''] = operation.split(' ');
  let path = template;
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(data.parameters)) {
    if (path.includes(`{${name}}`)) path = path.replace(`{${name}}`, encodeURIComponent(value));
    else query.append(name, value);
  }
  if (/\{[^{}]*\}/.test(path))
    return { ok: false, message: `\`probes.data\` has no value for every parameter of ${operation}` };
  return {
    ok: true,
    probe: {
      operation,
      request: {
        method,
        path: query.size > 0 ? `${path}?${query.toString()}` : path,
        ...withBody({ ...policy.headers, ...data.headers }, data.body),
      },
      isUnsafe: !safeMethods.includes(method),
      isCompared: safeMethods.includes(method),
      check: answerCheck({ method, responses: null, status: data.status, needsSuccess: true }),
    },
  };
}

/** Data and excuses name operations of the document: a slip there would excuse or probe nothing. */
function strangeName(policy: ProbePolicy, operations: readonly Operation[] | null): string | null {
  if (operations === null) return null;
  const known = operations.map(({ label }) => label);
  for (const [key, names] of [
    ['data', Object.keys(policy.data)],
    ['excused', Object.keys(policy.excused)],
  ] as const) {
    const strange = names.find((name) => !known.includes(name));
    if (strange === undefined) continue;
    const nearest = nearestName(strange, known);
    const hint = nearest === null ? '' : `; did you mean ${nearest}?`;
    return `\`probes.${key}\` names ${strange}, and the document has no such operation${hint}`;
  }
  return null;
}
