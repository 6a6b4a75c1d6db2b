/** Responses: what clients wait for still comes, and is what they were told. A range or `default` speaks for the rest. */
import { compareResponseContent } from './compare-bodies.ts';
import { compareRest } from './compare-rest.ts';
import { compareSchemaUses } from './compare-schemas.ts';
import { report, type Comparison } from './comparison.ts';
import type { Header, Operation, Response } from './operation.ts';
import { builtSchema } from './schema-use.ts';
import { requestOf, sampleOf, statusOf } from './witness.ts';

export function compareResponses(comparison: Comparison, from: Operation, to: Operation): void {
  for (const response of to.responses) {
    const exact = find(from, response.status);
    if (exact !== undefined) comparePair(comparison, from, to, exact, response, false);
    else compareNew(comparison, from, to, response);
  }
  for (const response of from.responses) {
    if (find(to, response.status) === undefined) compareRemoved(comparison, from, to, response);
  }
}

function compareNew(comparison: Comparison, from: Operation, to: Operation, response: Response): void {
  const range = rangeOf(from, response.status);
  if (range !== undefined) {
    comparePair(comparison, from, to, range, response, !isSuccess(response.status));
    return;
  }
  const rest = find(from, 'default');
  // Where nothing but `default` was described, it was the success as well.
  if (
    rest !== undefined &&
    isSuccess(response.status) &&
    !from.responses.some(({ status }) => isSuccess(status))
  ) {
    comparePair(comparison, from, to, rest, response, false);
    return;
  }
  // A range that holds what was known before is that, told in another way.
  if (from.responses.some(({ status }) => rangeOf(to, status) === response)) return;
  report(comparison, {
    ruleId: 'openapi/announce-response',
    where: `${to.label}, response ${response.status}`,
    message: `the ${comparison.fromName} version does not name it`,
    what: 'new',
    from: from.part,
    to: response.part,
  });
}

function compareRemoved(comparison: Comparison, from: Operation, to: Operation, response: Response): void {
  const { status } = response;
  const isMissed =
    isSuccess(status) || (status === 'default' && !from.responses.some((one) => isSuccess(one.status)));
  const cover = rangeOf(to, status) ?? (status === 'default' ? undefined : find(to, 'default'));
  const isSuccessStill = to.responses.some((one) => isSuccess(one.status));
  if (cover !== undefined && (cover.status !== 'default' || !isSuccessStill || !isMissed)) {
    comparePair(comparison, from, to, response, cover, !isMissed);
    return;
  }
  // Members of a range that were named one by one were compared with it above.
  if (/^[1-5]xx$/i.test(status) && to.responses.some((one) => one.status.startsWith(status.charAt(0))))
    return;
  if (status === 'default' && isMissed && isSuccessStill) return;
  const request = requestOf(from);
  report(comparison, {
    ruleId: 'openapi/keep-response',
    where: `${from.label}, response ${status}`,
    message: `the ${comparison.toName} version does not give it`,
    what: 'removed',
    from: response.part,
    to: to.part,
    ...(isMissed
      ? { proof: 'breaking' as const, witness: { request, response: { status: firstStatus(to) } } }
      : { level: 'warning' as const }),
  });
}

function firstStatus(to: Operation): number {
  const [first] = [...to.responses].sort(
    (one, other) => Number(isSuccess(other.status)) - Number(isSuccess(one.status)),
  );
  return statusOf(first?.status ?? 'default');
}

function find(operation: Operation, status: string): Response | undefined {
  return operation.responses.find((response) => response.status.toLowerCase() === status.toLowerCase());
}

function rangeOf(operation: Operation, status: string): Response | undefined {
  return /^[1-5]\d\d$/.test(status) ? find(operation, `${status.charAt(0)}XX`) : undefined;
}

function isSuccess(status: string): boolean {
  return status.startsWith('2');
}

function comparePair(
  comparison: Comparison,
  from: Operation,
  to: Operation,
  earlier: Response,
  later: Response,
  isAdvice: boolean,
): void {
  const status = earlier.status === later.status || /^\d/.test(later.status) ? later.status : earlier.status;
  compareResponseContent(comparison, from, to, {
    label: to.label,
    status,
    from: earlier,
    to: later,
    isAdvice,
  });
  const where = `${to.label}, response ${status}`;
  compareRest(comparison, where, earlier.part, later.part, ['content', 'headers', 'schema']);
  for (const header of earlier.headers) {
    const counterpart = later.headers.find((other) => other.name.toLowerCase() === header.name.toLowerCase());
    compareHeaders(comparison, to, later, header, counterpart, { where, status, isAdvice });
  }
}

function compareHeaders(
  comparison: Comparison,
  to: Operation,
  later: Response,
  header: Header,
  counterpart: Header | undefined,
  { where, status, isAdvice }: { where: string; status: string; isAdvice: boolean },
): void {
  const name = `header ${JSON.stringify(header.name)}`;
  const witness = (headers: Record<string, unknown>) => ({ status: statusOf(status), headers });
  const verdict = (value: unknown) =>
    isAdvice ? { level: 'warning' as const } : { proof: 'breaking' as const, witness: value };
  const ruleId = 'openapi/keep-response-header' as const;
  if (counterpart === undefined) {
    report(comparison, {
      ruleId,
      where: `${where}, ${name}`,
      message: `the ${comparison.toName} version does not send it`,
      what: 'removed',
      from: header.place,
      to: later.part,
      ...(header.isRequired ? verdict(witness({})) : { level: 'warning' as const }),
    });
    return;
  }
  if (header.isRequired && !counterpart.isRequired) {
    report(comparison, {
      ruleId,
      where: `${where}, ${name}`,
      message: `it is always sent in the ${comparison.fromName} version, and may be left out in the ${comparison.toName} one`,
      what: 'optional',
      from: header.place,
      to: counterpart.place,
      ...verdict(witness({})),
    });
  }
  if (header.style !== counterpart.style) {
    report(comparison, {
      ruleId,
      where: `${where}, ${name}`,
      message: `it is written as "${header.style}" in the ${comparison.fromName} version and as "${counterpart.style}" in the ${comparison.toName} one`,
      what: `style:${header.style}:${counterpart.style}`,
      from: header.place,
      to: counterpart.place,
      ...verdict(witness({ [header.name]: sampleOf(counterpart.schema) })),
    });
  }
  if (header.schema === undefined && counterpart.schema === undefined) return;
  const parent = { ...later.part };
  const one = header.schema ?? builtSchema(parent, {}, () => header.place.pointer);
  const other = counterpart.schema ?? builtSchema(to.part, {}, () => counterpart.place.pointer);
  const witnessOf = (value: unknown) => witness({ [header.name]: value });
  compareSchemaUses(comparison, one, other, {
    view: 'response',
    where: `${where}, ${name}`,
    ruleId,
    witnessOf,
    isAdvice,
  });
}
