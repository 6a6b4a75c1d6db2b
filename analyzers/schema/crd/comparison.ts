import { parentOf, valueAt } from '../../document/document.ts';
import type { Span } from '../../finding.ts';
import type { Direction } from '../../scope.ts';
import type { ContractReport } from '../contract.ts';
import type { Definition, DefinitionPlace, DefinitionVersion } from './definition.ts';
import type { CrdRuleId } from './rules.ts';

/** Two versions of one definition, and what has been found about them. */
export interface DefinitionPair {
  before: Definition;
  after: Definition;
  direction: Direction;
  reports: ContractReport[];
}

/** One side of a comparison of schemas: a version and the definition that it belongs to. */
export interface VersionSide {
  definition: Definition;
  version: DefinitionVersion;
}

export interface CrdDraft {
  ruleId: CrdRuleId;
  message: string;
  /** The place by structure, within the definition. */
  key: string;
  /** Pointers from the definition's start; left out: the definition as a whole, or nothing on that side. */
  before?: string | undefined;
  after?: string | undefined;
  level?: ContractReport['level'];
  proof?: 'breaking' | 'unproven';
  witness?: unknown;
}

/** Files a report under the definition's name. */
export function reportOn({ before, after, reports }: DefinitionPair, draft: CrdDraft): void {
  const { ruleId, message, key, level, proof, witness } = draft;
  const span = spanAt(after.place, draft.after ?? `${after.place.pointer}/spec`);
  const beforeSpan = draft.before === undefined ? undefined : spanAt(before.place, draft.before);
  reports.push({
    ruleId,
    path: after.place.path,
    key: `${after.name}:${key}`,
    message: `${after.kind}: ${message}`,
    ...(level && { level }),
    ...(proof && { proof }),
    ...(span && { span }),
    ...(beforeSpan && { beforeSpan }),
    ...(witness !== undefined && { witness }),
  });
}

/** The place of a pointer, or of the nearest thing around it; of an object its key. */
export function spanAt({ document, documentIndex }: DefinitionPlace, pointer: string): Span | undefined {
  for (let at = pointer; ; at = parentOf(at)) {
    const value = valueAt(document.documents[documentIndex], at);
    if (value !== undefined || at === '') {
      const isInner = typeof value === 'object' && value !== null;
      const span = isInner ? document.keySpanOf(at, documentIndex) : undefined;
      return span ?? document.spanOf(at, documentIndex);
    }
  }
}

/** Something that happened to a version, and who it happens to. */
export function versionLabel({ definition, version }: VersionSide): string {
  return `${definition.group}/${version.name}`;
}
