/** Two versions of one operation. */
import { compareBodies } from './compare-bodies.ts';
import { compareDeprecation, type RemovalTerms } from './compare-deprecation.ts';
import { compareParameters } from './compare-parameters.ts';
import { compareResponses } from './compare-responses.ts';
import { compareRest } from './compare-rest.ts';
import { compareSecurity } from './compare-security.ts';
import { compareOperationServers } from './compare-servers.ts';
import { report, turnedRound, type Comparison } from './comparison.ts';
import { specifiedChildrenOf, listValue, textValue, type Part } from './description.ts';
import type { Operation } from './operation.ts';
import { operationParts, readOperation } from './read-operations.ts';
import { requestOf } from './witness.ts';

const compared = [
  'operationId',
  'parameters',
  'requestBody',
  'responses',
  'callbacks',
  'deprecated',
  'security',
  'servers',
  'consumes',
  'produces',
  'schemes',
  'sunset',
];

export function compareOperations(
  comparison: Comparison,
  from: Operation,
  to: Operation,
  terms: RemovalTerms,
): void {
  compareParameters(comparison, from, to, terms);
  compareBodies(comparison, from, to);
  compareResponses(comparison, from, to);
  compareSecurity(comparison, from, to);
  compareOperationServers(comparison, from, to);
  compareDeprecation(comparison, to.label, from.part, to.part, requestOf(from));
  compareOperationIds(comparison, from, to);
  compareSchemes(comparison, from, to);
  compareCallbacks(comparison, from, to, terms);
  compareRest(comparison, to.label, from.part, to.part, compared);
}

// Swagger 2 lets an operation name schemes of its own.
function compareSchemes(comparison: Comparison, from: Operation, to: Operation): void {
  const one = listValue(from.part.value, 'schemes');
  const later = listValue(to.part.value, 'schemes') ?? listValue(to.part.description.root, 'schemes');
  if (one === undefined || later === undefined || from.part.description.family !== 'swagger-2') return;
  for (const scheme of one.filter((known) => !later.includes(known))) {
    report(comparison, {
      ruleId: 'openapi/keep-server',
      where: to.label,
      message: `the scheme ${JSON.stringify(scheme)} is listed in the ${comparison.fromName} version and not in the ${comparison.toName} one`,
      what: `scheme:${String(scheme)}`,
      from: from.part,
      to: to.part,
      proof: 'breaking',
      witness: { ...requestOf(from), scheme },
    });
  }
}

function compareOperationIds(comparison: Comparison, from: Operation, to: Operation): void {
  const [one, other] = [textValue(from.part.value, 'operationId'), textValue(to.part.value, 'operationId')];
  if (one === undefined || one === other) return;
  report(comparison, {
    ruleId: 'openapi/keep-operation-id',
    where: to.label,
    message: `the operationId is ${JSON.stringify(one)} in the ${comparison.fromName} version and ${other === undefined ? 'missing' : JSON.stringify(other)} in the ${comparison.toName} one`,
    what: `operationId:${one}:${other ?? ''}`,
    from: from.part,
    to: to.part,
  });
}

/** What we call on others: we send the request, and they answer it. */
function compareCallbacks(comparison: Comparison, from: Operation, to: Operation, terms: RemovalTerms): void {
  const later = new Map(to.callbacks);
  for (const [name, callback] of from.callbacks) {
    const counterpart = later.get(name);
    const where = `${from.label}, callback ${JSON.stringify(name)}`;
    if (counterpart === undefined) {
      reportUncalled(comparison, where, callback, to.part);
      continue;
    }
    const targets = new Map(specifiedChildrenOf(counterpart));
    for (const [expression, item] of specifiedChildrenOf(callback)) {
      const target = targets.get(expression);
      if (target === undefined) reportUncalled(comparison, `${where} to ${expression}`, item, counterpart);
      else compareCalls(comparison, `${from.label} ${name}`, item, target, terms);
    }
  }
}

/** The operations that we call on others, in a callback or a webhook. */
export function compareCalls(
  comparison: Comparison,
  name: string,
  from: Part,
  to: Part,
  terms: RemovalTerms,
): void {
  const later = new Map(operationParts(to));
  for (const [method, part] of operationParts(from)) {
    const counterpart = later.get(method);
    if (counterpart === undefined) {
      reportUncalled(comparison, `${name} ${method.toUpperCase()}`, part, to);
      continue;
    }
    if (comparison.changed.isUnchanged(part.value, part.uri, counterpart.value, counterpart.uri)) continue;
    const [one, other] = [
      readOperation(name, from, method, part),
      readOperation(name, to, method, counterpart),
    ];
    const turned = turnedRound(comparison);
    // Who may call whom is not turned round with the rest: credentials of a callback are those that we send.
    compareOperations(turned, { ...other, security: [] }, { ...one, security: [] }, terms);
  }
}

export function reportUncalled(comparison: Comparison, where: string, from: Part, to: Part): void {
  report(comparison, {
    ruleId: 'openapi/keep-callback',
    where,
    message: `the ${comparison.toName} version does not make this call`,
    what: 'removed',
    from,
    to,
    proof: 'breaking',
    witness: { call: where },
  });
}
