import { defineRule, type AnalysisContext } from '../../analyzer.ts';
import { textOf } from '../../change.ts';
import { type Document, textOnlyFormats } from '../../document/document.ts';
import type { Report } from '../../finding.ts';
import type { Validator } from '../../containment/judging/validator.ts';
import { openValidator } from '../../schema/json-schema/open-validator.ts';
import type { Tree } from '../../scope.ts';
import type { ConfigSubject } from '../document.ts';
import { faultsOf, toReport } from '../schema-faults.ts';

/** More than these say nothing new about a file. */
const maxReportsPerFile = 20;

/** Every configuration file is valid to the schema of its own revision. */
export const matchSchema = defineRule<ConfigSubject>({
  id: 'config/match-schema',
  level: 'error',
  covers: ['add', 'remove', 'narrow', 'widen', 'rename'],
  problem:
    'The service was promised values that this file does not hold, so it fails at start or misbehaves.',
  remedy: 'Correct the value, or change the schema in a way that the running versions can live with.',
  async check(subject, context) {
    const { schema, document, path } = subject;
    if (schema === undefined || document?.ok !== true) return [];
    // Most files have nothing to be told of, and a place takes longer to find than a value to validate.
    const where = () => (subject.isChanged ? schemaPlace(document) : {});
    if ('url' in schema) {
      const message = `${path} names a schema by a URL, which is never fetched; map it to a file under \`schemaUrls\` in the policy to have it checked`;
      return subject.isChanged && isNewUrl(subject)
        ? [{ path, key: 'url', level: 'note', message, ...where() }]
        : [];
    }
    if ('outside' in schema) {
      const message = `${path} names a schema that lies outside of the repository, so it was not checked`;
      return [{ path, key: 'outside', level: 'warning', proof: 'unproven', message, ...where() }];
    }
    const hasTextOnly = textOnlyFormats.includes(document.format);
    const validator = await validatorOf(context.after, schema.path, hasTextOnly, schema.namedBy);
    if (!validator.ok) {
      if (schema.namedBy === 'policy')
        return [{ path: schema.path, key: 'unusable', message: validator.message }];
      const { message } = validator;
      return [{ path, key: 'unusable', level: 'warning', proof: 'unproven', message, ...where() }];
    }
    const faults = faultsOf(validator, document);
    if (faults.length === 0) return [];
    const known = await knownFaults(subject, schema, context);
    const reports = faults
      .filter(({ key }) => !known.has(key))
      .map((fault) => toReport(fault, path, schema.path, document));
    if (reports.length <= maxReportsPerFile) return reports;
    const message = `${path} has ${reports.length - maxReportsPerFile} more places that ${schema.path} does not allow`;
    return [...reports.slice(0, maxReportsPerFile), { path, key: 'more', message }];
  },
});

function schemaPlace(document: Document): Pick<Report, 'span'> {
  const span = document.spanOf('/$schema') ?? { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };
  return { span };
}

// Most files have named their schema for years; that is not of this change's making.
function isNewUrl(subject: ConfigSubject): boolean {
  const before = subject.before();
  if (before?.document.ok !== true || !subject.schema || !('url' in subject.schema)) return true;
  return !before.text.includes(subject.schema.url);
}

/** What was wrong before, under the schema of then. */
async function knownFaults(
  subject: ConfigSubject,
  schema: { path: string; namedBy: 'policy' | 'file' },
  context: AnalysisContext,
): Promise<Set<string>> {
  const before = subject.before()?.document;
  if (before?.ok !== true || (await context.before.read(schema.path)) === undefined) return new Set();
  const coerces = textOnlyFormats.includes(before.format);
  const validator = await validatorOf(context.before, schema.path, coerces, schema.namedBy);
  return new Set(validator.ok ? faultsOf(validator, before).map(({ key }) => key) : []);
}

// One schema is compiled once per revision, however many files it governs.
const compiled = new WeakMap<Tree, Map<string, Promise<Validator>>>();

function validatorOf(
  tree: Tree,
  schemaPath: string,
  coerces: boolean,
  namedBy: 'policy' | 'file',
): Promise<Validator> {
  const perTree = compiled.get(tree) ?? new Map<string, Promise<Validator>>();
  compiled.set(tree, perTree);
  const key = `${coerces} ${namedBy} ${schemaPath}`;
  const known = perTree.get(key);
  if (known !== undefined) return known;
  const validator = readValidator(tree, schemaPath, coerces, namedBy);
  perTree.set(key, validator);
  return validator;
}

async function readValidator(
  tree: Tree,
  schemaPath: string,
  coerces: boolean,
  namedBy: 'policy' | 'file',
): Promise<Validator> {
  const version = await tree.read(schemaPath);
  if (version === undefined) {
    return {
      ok: false,
      message: `the ${namedBy} names ${schemaPath} as a schema, and there is no such file in this revision`,
    };
  }
  if (textOf(version) === undefined) {
    return { ok: false, message: `${schemaPath} is not text, so it is no schema` };
  }
  const read = async (path: string) => textOf(await tree.read(path));
  return openValidator(schemaPath, { paths: [schemaPath], read }, coerces);
}
