/**
 * Writes every file that is derived from another: the rule index, the rules' examples, RULES.md, the policy file's
 * JSON Schema, those of approvals, and what schemas that never change compile to, and the picture of a rollout's states. `--check` writes nothing and fails when one of them is stale.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { approvalResultSchema } from '../../action/approval/result-schema.ts';
import { ownersResultSchema } from '../../action/owners/owners-result.ts';
import type { RuleDescription } from '../../analyzers/analyzer.ts';
import { loadContract } from '../../analyzers/schema/contracts.ts';
import { contractKinds, kinds, type ContractKind, type Kind } from '../../analyzers/scope.ts';
import { evidenceSchema } from '../../policies/approval/evidence-schema.ts';
import { renderRolloutStates } from './render-rollout-states.ts';
import { renderRulesDocument, type DescribedRule } from './render-rules-document.ts';
import { renderMetaSchemaChecks, renderPolicyCheck } from './render-schema-checks.ts';
import { findExamples } from './rule-example.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface FoundRule extends RuleDescription {
  kind: Kind;
  /** File name without `.ts`. */
  file: string;
}

/** The text of every generated file by its path from the root. */
export async function generateFiles(): Promise<Map<string, string>> {
  const rules = await findRules();
  const contracts = await findContractRules();
  const examples = findExamples();
  const all: DescribedRule[] = [...rules, ...[...contracts.values()].flat(), ...(await findOtherRules())];
  const files = new Map([
    ['analyzers/rules.generated.ts', renderIndex(rules, [...contracts.keys()])],
    ['analyzers/rule-examples.generated.ts', renderExamples(all, examples)],
    ['analyzers/RULES.md', await renderRulesDocument(all, examples)],
  ]);
  const policySchema = await readPolicySchema();
  if (policySchema !== undefined) {
    files.set('policies/policy-file/evenkeel.schema.json', `${JSON.stringify(policySchema, null, 2)}\n`);
    files.set('policies/policy-file/is-policy.generated.ts', renderPolicyCheck(policySchema));
  }
  files.set('policies/rollout/states.svg', renderRolloutStates());
  files.set('analyzers/containment/judging/is-schema.generated.ts', renderMetaSchemaChecks());
  for (const [path, schema] of publishedSchemas) files.set(path, await renderSchema(path, schema));
  return files;
}

/** Schemas that are published as they stand in the code. */
const publishedSchemas: readonly (readonly [path: string, schema: object])[] = [
  ['policies/approval/approval-evidence.schema.json', evidenceSchema],
  ['action/approval/approval.schema.json', approvalResultSchema],
  ['action/owners/owners.schema.json', ownersResultSchema],
];

async function renderSchema(path: string, schema: object): Promise<string> {
  return await format(JSON.stringify(schema), { ...(await resolveConfig(path)), filepath: path });
}

async function findRules(): Promise<FoundRule[]> {
  const rules: FoundRule[] = [];
  for (const kind of kinds) {
    const directory = join(root, 'analyzers', kind, 'rules');
    const names = existsSync(directory) ? await readdir(directory) : [];
    for (const name of names.filter((file) => file.endsWith('.ts')).sort()) {
      const path = join(directory, name);
      const file = name.slice(0, -'.ts'.length);
      const loaded: unknown = await import(pathToFileURL(path).href);
      const rule = checkRule(propertyOf(loaded, camelCase(file)), path);
      if (rule.id !== `${kind}/${file}`) {
        throw new Error(
          `${path} must export ${camelCase(file)} = defineRule({ id: '${kind}/${file}', ... })`,
        );
      }
      rules.push({ ...rule, kind, file });
    }
  }
  return rules;
}

/** The tables of the contracts that can be loaded: `schema/<kind>/rules.ts` exports `<camelKind>Rules`. */
async function findContractRules(): Promise<Map<ContractKind, RuleDescription[]>> {
  const tables = new Map<ContractKind, RuleDescription[]>();
  for (const kind of contractKinds) {
    if (loadContract[kind] === undefined) continue;
    const path = join(root, 'analyzers/schema', kind, 'rules.ts');
    const table = propertyOf(await import(pathToFileURL(path).href), tableName(kind));
    if (!Array.isArray(table)) throw new Error(`${path} must export ${tableName(kind)}, a list of rules`);
    const rules = table.map((rule: unknown) => checkRule(rule, path));
    const foreign = rules.find(({ id }) => !id.startsWith(`${kind}/`));
    if (foreign !== undefined)
      throw new Error(`${path} has the rule ${foreign.id}, which is of another kind`);
    tables.set(kind, rules);
  }
  return tables;
}

/** What is reported by others than the analyzers: the questions themselves, the policy file, the waivers. */
async function findOtherRules(): Promise<RuleDescription[]> {
  const { otherRules } = await import('../../action/report/rule-list.ts');
  return [...otherRules];
}

function tableName(kind: ContractKind): string {
  return camelCase(`${kind}-rules`);
}

function checkRule(rule: unknown, path: string): RuleDescription {
  const [id, level, problem, remedy, covers] = ['id', 'level', 'problem', 'remedy', 'covers'].map((key) =>
    propertyOf(rule, key),
  );
  if (typeof id !== 'string' || typeof problem !== 'string' || typeof remedy !== 'string') {
    throw new Error(`${path} has a rule without id, problem or remedy`);
  }
  if (level !== 'error' && level !== 'warning' && level !== 'note') {
    throw new Error(`${path}: ${id} has a level other than error, warning or note`);
  }
  if (covers !== undefined && !Array.isArray(covers)) throw new Error(`${path}: covers of ${id} is no list`);
  // The compiler has checked the ids and actions where they are written.
  return { id: id as RuleDescription['id'], level, problem, remedy, covers: (covers ?? []) as [] };
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;
}

function renderIndex(rules: readonly FoundRule[], contracts: readonly ContractKind[]): string {
  const nameOf = (rule: FoundRule) => camelCase(`${rule.kind}-${rule.file}`);
  const imports = rules.map(
    (rule) =>
      `import { ${camelCase(rule.file)} as ${nameOf(rule)} } from './${rule.kind}/rules/${rule.file}.ts';`,
  );
  const tables = contracts.map((kind) => `import { ${tableName(kind)} } from './schema/${kind}/rules.ts';`);
  const lists = kinds.map((kind) => {
    const names = rules.filter((rule) => rule.kind === kind).map((rule) => `  ${nameOf(rule)},\n`);
    return `export const ${kind}Rules = [${names.length > 0 ? `\n${names.join('')}` : ''}] as const;`;
  });
  return [
    '// Written by `npm run generate` from analyzers/<kind>/rules/*.ts and analyzers/schema/<kind>/rules.ts. Do not edit.',
    "import type { RuleDescription } from './analyzer.ts';",
    ...imports,
    ...tables,
    '',
    ...lists,
    '',
    '/** Every rule of every kind, for SARIF and documentation. */',
    'export const ruleTable: readonly RuleDescription[] = [',
    ...kinds.map((kind) => `  ...${kind}Rules,`),
    ...contracts.map((kind) => `  ...${tableName(kind)},`),
    '];',
    '',
  ].join('\n');
}

function renderExamples(
  rules: readonly RuleDescription[],
  examples: ReturnType<typeof findExamples>,
): string {
  const lines = rules.flatMap(({ id }) => {
    const example = examples.get(id);
    return example === undefined ? [] : [`  ${JSON.stringify(id)}: ${JSON.stringify(example)},`];
  });
  return [
    '// Written by `npm run generate` from the first firing fixture of every rule. Do not edit.',
    '',
    '/** What a rule looks like at work: lines that begin with a blank, - or +, and what is said about them. */',
    'export interface RuleExample {',
    '  path: string;',
    '  diff: readonly string[];',
    '  message: string;',
    '}',
    '',
    'export const ruleExamples: Readonly<Record<string, RuleExample>> = {',
    ...lines,
    '};',
    '',
  ].join('\n');
}

async function readPolicySchema(): Promise<object | undefined> {
  const path = join(root, 'policies/policy-file/schema.ts');
  if (!existsSync(path)) return undefined;
  const schema = propertyOf(await import(pathToFileURL(path).href), 'policySchema');
  if (typeof schema !== 'object' || schema === null) {
    throw new Error(`${path} must export policySchema, the JSON Schema of the policy file`);
  }
  return schema;
}

function camelCase(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Paths of generated files that do not hold what they should. */
export async function staleFiles(): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, text] of await generateFiles()) {
    const present = await readFile(join(root, path), 'utf8').catch(() => undefined);
    if (present !== text) stale.push(path);
  }
  return stale;
}

async function main(isCheck: boolean): Promise<number> {
  try {
    const stale = await staleFiles();
    if (isCheck) {
      for (const path of stale)
        console.error(`${path} is stale: run \`npm run generate\` and commit the result`);
      return stale.length > 0 ? 1 : 0;
    }
    const files = await generateFiles();
    for (const path of stale) await writeFile(join(root, path), files.get(path) ?? '');
    console.log(stale.length > 0 ? `written: ${stale.join(', ')}` : 'nothing is stale');
    return 0;
  } catch (error) {
    console.error(`cannot generate: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.includes('--check'));
