import { Ajv, type ValidateFunction } from 'ajv';
import type { RuleDescription } from '../../analyzers/analyzer.ts';
import { isObject, type Document } from '../../analyzers/document/document.ts';
import { parseDocument } from '../../analyzers/document/parse-document.ts';
import { fingerprintOf, type Finding, type Span } from '../../analyzers/finding.ts';
import { fillPolicy } from './fill-policy.ts';
import { isPolicy } from './is-policy.generated.ts';
import type { Policy } from './policy.ts';
import { policySchema } from './schema.ts';
import { faultsOf, locateFault, type PolicyFault } from './schema-faults.ts';

export type LoadedPolicy = { ok: true; policy: Policy } | { ok: false; problems: Finding[] };

/** What a fault of the policy file is filed under, beside the rules of the analyzers. */
export const readPolicyRule: RuleDescription = {
  id: 'config/read-policy',
  level: 'error',
  problem: 'The policy file cannot be used, so once it has landed no change could be checked.',
  remedy:
    'Correct the policy file; its JSON Schema (policies/policy-file/evenkeel.schema.json) helps an editor to.',
};

const supportedVersion = 1;
// The schema is this program's own, and a test checks it: checking it, or improving the code that it becomes, would take
// longer than using it.
const options = {
  allErrors: true,
  strict: false,
  verbose: true,
  validateSchema: false,
  code: { optimize: false },
};
let compiled: ValidateFunction | undefined;

/** What the schema does not allow. Compiled only where there is something: most policies are as they should be. */
function schemaFaults(value: unknown): PolicyFault[] {
  if (isPolicy(value)) return [];
  compiled ??= new Ajv(options).compile(policySchema);
  return compiled(value) ? [] : faultsOf(compiled.errors ?? []);
}

/**
 * Reads a policy file. Every fault is reported at once, each with its place and, for a name that does not exist, the
 * nearest one that does. `path` is for messages; nothing is read from disk.
 */
export function loadPolicy(text: string, path: string): LoadedPolicy {
  const document = parseDocument(path.endsWith('.json') ? path : 'evenkeel.yml', text);
  if (!document.ok) {
    return {
      ok: false,
      problems: document.problems.map(({ message, span }) => finding(path, message, span)),
    };
  }
  const faults = [...document.duplicateKeys.map(({ message, span }) => finding(path, message, span))];
  const { value } = document;
  const newer = versionFault(value);
  if (newer !== null) return { ok: false, problems: [problemAt(path, document, newer)] };
  faults.push(...schemaFaults(value).map((fault) => problemAt(path, document, fault)));
  if (faults.length > 0) return { ok: false, problems: faults };
  const filled = fillPolicy(value, path);
  return filled.ok
    ? filled
    : { ok: false, problems: filled.faults.map((fault) => problemAt(path, document, fault)) };
}

/** One line for a person: `evenkeel.yml:4:3: unknown key "path"; did you mean "paths"?` */
export function describeProblem(problem: Finding): string {
  const at = problem.span === undefined ? '' : `:${problem.span.start.line}:${problem.span.start.column}`;
  return `${problem.path}${at}: ${problem.message}`;
}

function versionFault(value: unknown): PolicyFault | null {
  if (!isObject(value)) {
    return {
      pointer: '',
      onKey: false,
      message: 'the policy must be a mapping that begins with `version: 1`',
    };
  }
  const { version } = Object.fromEntries(Object.entries(value));
  if (typeof version !== 'number' || version <= supportedVersion) return null;
  const message = `version ${version} is newer than this Evenkeel knows (${supportedVersion}); upgrade Evenkeel`;
  return { pointer: '/version', onKey: false, message };
}

/** A fault of the policy file as a finding at its place. */
export function problemAt(path: string, document: Document, fault: PolicyFault): Finding {
  const { message, span } = locateFault(document, fault);
  return finding(path, message, span, fault.pointer);
}

function finding(path: string, message: string, span: Span | undefined, key = message): Finding {
  return {
    ruleId: readPolicyRule.id,
    level: readPolicyRule.level,
    message,
    remedy: readPolicyRule.remedy,
    path,
    fingerprint: fingerprintOf(readPolicyRule.id, path, key),
    ...(span === undefined ? {} : { span }),
  };
}
