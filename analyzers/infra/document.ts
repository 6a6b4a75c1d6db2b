import type { AnalysisContext } from '../analyzer.ts';
import { afterOf, textOf, type Change } from '../change.ts';
import { matchesGlobs } from '../claim.ts';
import { LineIndex, type Span } from '../finding.ts';
import type { Preview } from '../scope.ts';
import { parseDocument } from '../document/parse-document.ts';
import type { ParsedDocument } from '../document/document.ts';

/** `Pulumi.yaml`, or the settings of one stack, `Pulumi.<stack>.yaml`. */
export interface ProjectFile {
  change: Change;
  isProject: boolean;
  /** Absent when the file is not text. */
  document?: ParsedDocument;
}

/** One text of an infrastructure program, in one revision. */
export interface ProgramFile {
  path: string;
  text: string;
}

/** A service's infrastructure: its changed project files, what a preview said, and the program that it previewed. */
export interface InfraSubject {
  changes: readonly Change[];
  projectFiles: readonly ProjectFile[];
  previews: readonly Preview[];
  /** The whole program, read only when a preview has something to point at. */
  before: readonly ProgramFile[];
  after: readonly ProgramFile[];
}

export async function readInfraSubject(
  changes: readonly Change[],
  context: AnalysisContext,
): Promise<InfraSubject> {
  const { previews } = context.observations;
  const mayPoint = previews.some((preview) => preview.outcome === 'previewed' && preview.steps.length > 0);
  return {
    changes,
    projectFiles: changes.flatMap(readProjectFile),
    previews,
    before: mayPoint ? await readProgram(context, 'before') : [],
    after: mayPoint ? await readProgram(context, 'after') : [],
  };
}

function readProjectFile(change: Change): ProjectFile[] {
  const after = afterOf(change);
  const name = after?.path.slice(after.path.lastIndexOf('/') + 1) ?? '';
  if (after === undefined || !/^Pulumi(?:\..+)?\.ya?ml$/.test(name)) return [];
  const text = textOf(after);
  const isProject = /^Pulumi\.ya?ml$/.test(name);
  return [
    text === undefined
      ? { change, isProject }
      : { change, isProject, document: parseDocument(after.path, text) },
  ];
}

async function readProgram(context: AnalysisContext, side: 'before' | 'after'): Promise<ProgramFile[]> {
  const tree = context[side];
  const files: ProgramFile[] = [];
  for (const path of (await tree.list()).toSorted()) {
    if (!matchesGlobs(path, context.scope.infra?.files ?? [])) continue;
    const text = textOf(await tree.read(path));
    if (text !== undefined) files.push({ path, text });
  }
  return files;
}

/** A place in a program where a resource is named. */
export interface NamedPlace {
  path: string;
  span: Span;
}

/**
 * Where a program writes a resource's name: as a string literal, or as a key of a YAML program. Undefined when the name
 * is put together, or written in more than one file, so that no finding points at the wrong place.
 */
export function findName(name: string, files: readonly ProgramFile[]): NamedPlace | undefined {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const literal = new RegExp(`(["'\`])${escaped}\\1`);
  const yamlKey = new RegExp(`^\\s+(${escaped}):`, 'm');
  const found = files.flatMap(({ path, text }): NamedPlace[] => {
    const isYaml = /\.ya?ml$/.test(path);
    const match = isYaml ? yamlKey.exec(text) : literal.exec(text);
    if (match === null) return [];
    const start = isYaml ? match.index + match[0].indexOf(name) : match.index;
    const length = isYaml ? name.length : match[0].length;
    return [{ path, span: new LineIndex(text).span(start, start + length) }];
  });
  return found.length === 1 ? found[0] : undefined;
}
