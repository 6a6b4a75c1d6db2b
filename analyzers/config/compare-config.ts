import { analyzeKind } from '../analyzer.ts';
import type { Change } from '../change.ts';
import { fingerprintOf, type Finding } from '../finding.ts';
import type { ServiceScope } from '../scope.ts';
import { treeOf, versionsOf } from '../text-revision.ts';
import { configAnalyzer } from './index.ts';
import { extensionFor } from './name-config.ts';

export interface ConfigText {
  path: string;
  text: string;
}

/** Files of one revision by their paths. */
export type ConfigTexts = ReadonlyMap<string, string>;

export interface ConfigExtra {
  /** A JSON Schema that both versions are to be valid to. */
  schemaText?: string;
  /** Earlier texts of the file, the newest first. */
  history?: readonly string[];
}

const schemaPath = 'evenkeel.compared.schema.json';

/**
 * What two versions of one configuration file mean to each other, as far as the two texts tell. `breaking`: it does not
 * parse, holds a key twice or a secret, or violates its schema, and did not before. `unproven`: whatever is questioned.
 * Everything else is a note. An undefined side: the file was added or removed. Never throws for what stands in a text.
 */
export async function compareConfig(
  before: ConfigText | undefined,
  after: ConfigText | undefined,
  extra: ConfigExtra = {},
): Promise<Finding[]> {
  if (after === undefined) return before === undefined ? [] : [removedFile(before.path)];
  // A text without a name of its own is read in one format at both sides.
  const path = named(after.path, before?.text ?? '', after.text);
  const history = extra.history && { [path]: extra.history };
  return await compareConfigTrees(
    before === undefined ? new Map() : new Map([[path, before.text]]),
    new Map([[path, after.text]]),
    { ...(history && { history }), ...(extra.schemaText !== undefined && { schemaText: extra.schemaText }) },
  );
}

/** The same for whole trees: references and keys that code reads are looked up in them. */
export async function compareConfigTrees(
  before: ConfigTexts,
  after: ConfigTexts,
  extra: { schemaText?: string; history?: Readonly<Record<string, readonly string[]>> } = {},
): Promise<Finding[]> {
  const changes: Change[] = [];
  const removed: Finding[] = [];
  const schema = extra.schemaText;
  const withSchema = (texts: ConfigTexts) =>
    versionsOf(schema === undefined ? texts : new Map([...texts, [schemaPath, schema]]));
  const [earlier, later] = [withSchema(before), withSchema(after)];
  for (const path of after.keys()) {
    const [one, other] = [earlier.get(path), later.get(path)];
    if (other === undefined) continue;
    if (one === undefined) changes.push({ status: 'added', path, after: other });
    else if (one.digest !== other.digest)
      changes.push({ status: 'modified', path, before: one, after: other });
  }
  for (const path of before.keys()) if (!after.has(path)) removed.push(removedFile(path));
  const findings = await analyzeKind(configAnalyzer, changes, {
    scope: schema === undefined ? scope : { ...scope, config: [{ files: ['**'], schema: schemaPath }] },
    before: treeOf(earlier),
    after: treeOf(later),
    observations: { commands: [], previews: [], ...(extra.history && { history: extra.history }) },
    allChanges: changes,
  });
  return [...findings.map(withProof), ...removed];
}

function withProof(finding: Finding): Finding {
  return finding.proof === undefined && finding.level === 'error'
    ? { ...finding, proof: 'breaking' }
    : finding;
}

function removedFile(path: string): Finding {
  return {
    ruleId: 'config/keep-key',
    level: 'warning',
    proof: 'unproven',
    message: `${path} is gone, with everything that it configured`,
    remedy: 'Keep the file until no running version reads it.',
    path,
    fingerprint: fingerprintOf('config/keep-key', path, 'file'),
  };
}

function named(path: string, before: string, after: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  const extension = dot === -1 ? '' : name.slice(dot + 1);
  const found = extensionFor(extension, before, after);
  if (found === extension) return path;
  return `${dot > 0 ? path.slice(0, path.length - extension.length - 1) : path}.${found}`;
}

const scope: ServiceScope = {
  name: '',
  paths: ['**'],
  config: [{ files: ['**'] }],
  schemas: [],
  code: { commands: [], timeoutSeconds: 0 },
};
