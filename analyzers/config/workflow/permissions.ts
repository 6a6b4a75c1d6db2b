import { entriesOf, isObject } from '../../document/document.ts';
import type { Job, Workflow } from './workflow.ts';

type Access = 0 | 1 | 2;

/** What a job may do with the repository, scope by scope; undefined: whatever the repository's settings say. */
export type Permissions = ReadonlyMap<string, Access> | 'read-all' | 'write-all' | undefined;

/** A job's permissions: its own, or else those of the workflow. */
export function permissionsOf(workflow: Workflow, job: Job | undefined): Permissions {
  return readPermissions(job?.value['permissions'] ?? workflow.value['permissions']);
}

function readPermissions(value: unknown): Permissions {
  if (value === 'read-all' || value === 'write-all') return value;
  if (!isObject(value)) return undefined;
  return new Map(entriesOf(value).map(([scope, access]) => [scope, accessOf(access)]));
}

function accessOf(value: unknown): Access {
  return value === 'write' || value === 'admin' ? 2 : value === 'read' ? 1 : 0;
}

/** What is granted now and was not before, in words. Nothing is said of what was not known before. */
export function widenedPermissions(before: Permissions, after: Permissions): string[] {
  if (after === 'write-all') return before === 'write-all' ? [] : ['everything: write'];
  if (before === 'write-all') return [];
  if (after === undefined) return before === undefined ? [] : ['whatever the repository grants by default'];
  if (after === 'read-all') return before === undefined || before === 'read-all' ? [] : ['everything: read'];
  const widened: string[] = [];
  for (const [scope, access] of after) {
    const had = before === 'read-all' ? 1 : before === undefined ? 1 : (before.get(scope) ?? 0);
    if (access > had) widened.push(`${scope}: ${access === 2 ? 'write' : 'read'}`);
  }
  return widened;
}
