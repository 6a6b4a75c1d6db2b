/**
 * Kubernetes CustomResourceDefinitions: do stored objects stay valid and whole, and do clients and manifests of the
 * former definition go on working? Definitions are matched by group and kind, whichever file they stand in.
 */
import type { Contract, ContractReport, ContractRequest } from '../contract.ts';
import { compareNames } from './compare-names.ts';
import { compareVersions } from './compare-versions.ts';
import { spanAt, type DefinitionPair } from './comparison.ts';
import type { Definition } from './definition.ts';
import { readDefinitions, type UnreadDefinition } from './read-definitions.ts';
import { crdRules } from './rules.ts';

export const crdContract: Contract = {
  kind: 'crd',
  rules: crdRules,
  levels: [],
  compare: compareCrds,
};

async function compareCrds(request: ContractRequest): Promise<ContractReport[]> {
  const after = await readDefinitions(request.after);
  const before = await readDefinitions(request.before);
  const reports = [
    ...unread(after.problems, 'after', before.problems),
    ...(after.problems.length > 0 ? [] : unread(before.problems, 'before', [])),
  ];
  const isRead = after.problems.length + before.problems.length === 0;
  if (isRead && after.definitions.length + before.definitions.length === 0)
    reports.push(...nothingIn(request));
  for (const [earlier, later] of matchDefinitions(before.definitions, after.definitions)) {
    if (later === undefined) {
      // What cannot be read may well be what seems to be missing.
      if (after.problems.length === 0) reports.push(removed(earlier));
      continue;
    }
    const pair: DefinitionPair = { before: earlier, after: later, direction: request.direction, reports };
    compareNames(pair);
    await compareVersions(pair);
  }
  return reports;
}

function unread(
  problems: readonly UnreadDefinition[],
  side: 'before' | 'after',
  known: readonly UnreadDefinition[],
): ContractReport[] {
  return problems.slice(0, 20).map(({ path, message, span }, index) => {
    const isNew = !known.some((other) => other.message === message);
    return {
      ruleId: 'crd/parse-definition',
      path,
      key: `unreadable:${side}:${index}`,
      level: side === 'after' && isNew ? 'error' : 'warning',
      proof: 'unproven',
      message:
        side === 'after' ? `${path}: ${message}` : `the former version of ${path} cannot be read: ${message}`,
      ...(side === 'after' ? { span } : { beforeSpan: span }),
    };
  });
}

function nothingIn({ after, before }: ContractRequest): ContractReport[] {
  const [path] = [...after.paths, ...before.paths];
  if (path === undefined) return [];
  const start = { line: 1, column: 1 };
  return [
    {
      ruleId: 'crd/parse-definition',
      path,
      key: 'nothing',
      proof: 'unproven',
      message: `${path}: there is no CustomResourceDefinition in it`,
      span: { start, end: start },
    },
  ];
}

/** By group and kind; what is left over, by its name, and then by what it has in common with the one that is left. */
function matchDefinitions(
  before: readonly Definition[],
  after: readonly Definition[],
): [Definition, Definition | undefined][] {
  const free = new Set(after);
  const matched = new Map<Definition, Definition>();
  const likenesses: ((one: Definition, other: Definition) => boolean)[] = [
    (one, other) => one.group === other.group && one.kind === other.kind,
    (one, other) => one.name === other.name,
    (one, other) => one.group === other.group && one.plural === other.plural,
    (one, other) => one.kind === other.kind,
    (one, other) => before.length === 1 && after.length === 1 && one.group === other.group,
  ];
  for (const isLike of likenesses) {
    for (const earlier of before) {
      if (matched.has(earlier)) continue;
      const later = [...free].find((one) => isLike(earlier, one));
      if (later === undefined) continue;
      matched.set(earlier, later);
      free.delete(later);
    }
  }
  return before.map((earlier) => [earlier, matched.get(earlier)]);
}

function removed({ name, kind, group, place, versions }: Definition): ContractReport {
  const beforeSpan = spanAt(place, `${place.pointer}/spec/names/kind`);
  return {
    ruleId: 'crd/keep-definition',
    path: place.path,
    key: `${name}:removed`,
    proof: 'breaking',
    message: `${kind} of ${group} is no longer defined, and all its objects are deleted with it`,
    witness: { apiVersion: `${group}/${versions[0]?.name ?? ''}`, kind },
    ...(beforeSpan && { beforeSpan }),
  };
}
