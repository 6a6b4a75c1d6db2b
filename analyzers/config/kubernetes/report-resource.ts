import type { Report } from '../../finding.ts';
import { identityOf, labelOf, spanOf, type Resource } from './resource.ts';

interface ResourceDraft {
  /** What is wrong, after the object's name and a colon. */
  message: string;
  /** Apart from the object: the place by structure. */
  key: string;
  /** Pointers from the object's start. */
  after: string;
  before?: string;
  level?: Report['level'];
  proof?: Report['proof'];
  witness?: unknown;
}

/** A report on a place of an object, and on what stood there. */
export function reportResource(
  before: Resource | undefined,
  after: Resource,
  { message, key, level, proof, witness, ...pointers }: ResourceDraft,
): Report {
  const span = spanOf(after, pointers.after);
  const beforeSpan = before && spanOf(before, pointers.before ?? pointers.after);
  return {
    path: after.path,
    key: `${identityOf(after)}:${key}`,
    message: `${labelOf(after)}: ${message}`,
    ...(level && { level }),
    ...(proof && { proof }),
    ...(span && { span }),
    ...(beforeSpan && { beforeSpan }),
    ...(witness !== undefined && { witness }),
  };
}
