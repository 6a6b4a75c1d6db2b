import type { AnalysisContext } from '../analyzer.ts';
import { isObject, parentOf, pointerTo, valueAt, type Document } from '../document/document.ts';
import type { Report, Span } from '../finding.ts';
import { compareOpenApi } from './compare-openapi.ts';
import { compareSchemas, type ComparedSchema } from './compare-schemas.ts';
import { compileValidator, dialectOf } from './compile-validator.ts';
import type { SchemaReport, SchemaSide, SchemaSubject } from './document.ts';
import { describeDifference } from './describe-difference.ts';
import { expandSchema } from './expand-schema.ts';

/** Compares the two versions of a schema file. A version that cannot be compared makes the change `unproven`. */
export async function compareDocuments(
  subject: SchemaSubject,
  context: AnalysisContext,
): Promise<SchemaReport[]> {
  const { before, after } = subject;
  if (before === undefined) return [];
  if (after === undefined) return [removedReport(subject.path)];
  // A version that does not parse at head is an error of its own.
  if (after.document?.ok !== true) return [];
  if (before.document?.ok !== true) {
    return [unprovenReport(subject.path, 'base', `the base's version of ${subject.path} does not parse`)];
  }
  const [earlier, later] = [before.document, after.document];
  if (subject.flavour === 'openapi') {
    const found = await compareOpenApi(earlier.value, later.value);
    return found.map(({ beforePointer, afterPointer, ...report }) => ({
      ...report,
      path: subject.path,
      ...spansOf(earlier, later, beforePointer, afterPointer),
    }));
  }
  return compareJsonSchemas(subject, context, [before, earlier], [after, later]);
}

async function compareJsonSchemas(
  subject: SchemaSubject,
  context: AnalysisContext,
  [before, earlier]: [SchemaSide, Document],
  [after, later]: [SchemaSide, Document],
): Promise<SchemaReport[]> {
  const { path } = subject;
  const [one, other] = [expandSchema(earlier.value, ''), expandSchema(later.value, '')];
  if (one === undefined || other === undefined) {
    return [unprovenReport(path, 'size', `${path} is too large to be compared part by part`)];
  }
  const reports: SchemaReport[] = [];
  if (dialectOf(earlier.value) !== dialectOf(later.value)) {
    const message = `${path} changes its $schema, and keywords may mean something else in the other draft`;
    const span = later.spanOf('/$schema');
    reports.push({ ...unprovenReport(path, '$schema', message), ...(span && { span }) });
  }
  const compile = async (side: SchemaSide, value: unknown, tree: AnalysisContext['after']) => {
    const validator = await compileValidator(value, side.version.path, tree);
    return validator.ok ? validator.errorsOf : undefined;
  };
  const compared: [ComparedSchema, ComparedSchema] = [
    { expanded: one, errorsOf: await compile(before, earlier.value, context.before) },
    { expanded: other, errorsOf: await compile(after, later.value, context.after) },
  ];
  for (const difference of await compareSchemas(...compared, subject.direction)) {
    const { beforePointer, afterPointer, ...report } = describeDifference(difference, '');
    reports.push({
      ...report,
      path,
      ...spansOf(earlier, later, beforePointer, afterPointer, difference.name),
    });
  }
  return reports;
}

function spansOf(
  earlier: Document,
  later: Document,
  beforePointer: string,
  afterPointer: string,
  name?: string,
): Pick<Report, 'span' | 'beforeSpan'> {
  const span = spanAt(later, afterPointer, name);
  const beforeSpan = spanAt(earlier, beforePointer, name);
  return { ...(span && { span }), ...(beforeSpan && { beforeSpan }) };
}

/** The keyword's value; for an object its key alone, and for a list the element that is meant. */
function spanAt(document: Document, pointer: string, name: string | undefined): Span | undefined {
  const value = valueAt(document.value, pointer);
  if (value === undefined) {
    return pointer === '' ? document.spanOf('') : spanAt(document, parentOf(pointer), name);
  }
  if (Array.isArray(value) && name !== undefined && value.includes(name)) {
    return document.spanOf(pointerTo(pointer, value.indexOf(name)));
  }
  return (isObject(value) ? document.keySpanOf(pointer) : undefined) ?? document.spanOf(pointer);
}

function removedReport(path: string): SchemaReport {
  return {
    rule: 'keep-compatible',
    path,
    key: 'removed',
    proof: 'breaking',
    message: `${path} is removed, and whoever relies on it has nothing to rely on`,
  };
}

function unprovenReport(path: string, key: string, message: string): SchemaReport {
  return { rule: 'keep-compatible', path, key, level: 'warning', proof: 'unproven', message };
}
