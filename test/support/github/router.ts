/** Finds the operation that a request is for, from the paths of GitHub's description. */
import { operations } from './description/conformance.ts';
import { operationIds, type OperationId } from './description/operations.ts';
import type { Operation } from './description/slice.ts';

export interface Match {
  id: OperationId;
  operation: Operation;
  path: Record<string, string>;
}

interface Route extends Omit<Match, 'path'> {
  pattern: RegExp;
  names: string[];
  /** How many of its segments are fixed: the more, the earlier it is tried. */
  fixed: number;
}

/** Parameters that may hold slashes, though the description cannot say so. */
const long = new Set(['contents/{path}', 'git/ref/{ref}', 'git/refs/{ref}', 'compare/{basehead}']);

const routes: Route[] = operations.map(routeOf).sort((one, other) => other.fixed - one.fixed);

function routeOf(operation: Operation): Route {
  const id = operationIds.find((one) => one === operation.id);
  if (id === undefined) throw new Error(`${operation.id} is no operation in use`);
  const names: string[] = [];
  const isLong = [...long].some((end) => operation.path.endsWith(end));
  const pattern = operation.path.replace(/\{(\w+)\}|[.*+?^$()|[\]\\]/g, (found, name: string | undefined) => {
    if (name === undefined) return `\\${found}`;
    names.push(name);
    return isLong && operation.path.endsWith(`{${name}}`) ? '(.+)' : '([^/]+)';
  });
  return {
    id,
    operation,
    pattern: new RegExp(`^${pattern}$`),
    names,
    // Two parameters in one segment are more than one.
    fixed:
      operation.path.split('/').filter((part) => !part.startsWith('{')).length +
      (operation.path.includes('...') ? 1 : 0),
  };
}

/** The operation and the parameters of its path; null when no operation in use has this path. */
export function findOperation(method: string, pathname: string): Match | null {
  for (const route of routes) {
    const match = route.operation.method === method ? route.pattern.exec(pathname) : null;
    if (match === null) continue;
    const path = Object.fromEntries(
      route.names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]),
    );
    return { id: route.id, operation: route.operation, path };
  }
  return null;
}
