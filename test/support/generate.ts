/**
 * Writes every file that is derived from another: the rule index, RULES.md and the policy file's JSON Schema.
 * `--check` writes nothing and fails when one of them is stale.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format } from 'prettier';
import type { RuleDescription } from '../../analyzers/analyzer.ts';
import { kinds, type Kind } from '../../analyzers/scope.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

interface FoundRule extends RuleDescription {
  kind: Kind;
  /** File name without `.ts`. */
  file: string;
}

/** The text of every generated file by its path from the root. */
export async function generateFiles(): Promise<Map<string, string>> {
  const rules = await findRules();
  const files = new Map([
    ['analyzers/rules.generated.ts', renderIndex(rules)],
    ['analyzers/RULES.md', await renderTable(rules)],
  ]);
  const policySchema = await readPolicySchema();
  if (policySchema !== undefined) files.set('policies/policy-file/evenkeel.schema.json', policySchema);
  return files;
}

async function findRules(): Promise<FoundRule[]> {
  const rules: FoundRule[] = [];
  for (const kind of kinds) {
    const directory = join(root, 'analyzers', kind, 'rules');
    const names = existsSync(directory) ? await readdir(directory) : [];
    for (const name of names.filter((file) => file.endsWith('.ts')).sort()) {
      rules.push(await loadRule(kind, join(directory, name), name.slice(0, -'.ts'.length)));
    }
  }
  return rules;
}

async function loadRule(kind: Kind, path: string, file: string): Promise<FoundRule> {
  const loaded: unknown = await import(pathToFileURL(path).href);
  const rule = propertyOf(loaded, camelCase(file));
  const [id, level, problem, remedy] = ['id', 'level', 'problem', 'remedy'].map((key) =>
    propertyOf(rule, key),
  );
  if (id !== `${kind}/${file}` || typeof problem !== 'string' || typeof remedy !== 'string') {
    throw new Error(
      `${path} must export ${camelCase(file)} = defineRule({ id: '${kind}/${file}', level, problem, remedy, check })`,
    );
  }
  if (level !== 'error' && level !== 'warning' && level !== 'note') {
    throw new Error(`${path} has a level other than error, warning or note`);
  }
  return { kind, file, id: `${kind}/${file}`, level, problem, remedy };
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;
}

function renderIndex(rules: readonly FoundRule[]): string {
  const nameOf = (rule: FoundRule) => camelCase(`${rule.kind}-${rule.file}`);
  const imports = rules.map(
    (rule) =>
      `import { ${camelCase(rule.file)} as ${nameOf(rule)} } from './${rule.kind}/rules/${rule.file}.ts';`,
  );
  const lists = kinds.map((kind) => {
    const names = rules.filter((rule) => rule.kind === kind).map((rule) => `  ${nameOf(rule)},\n`);
    return `export const ${kind}Rules = [${names.length > 0 ? `\n${names.join('')}` : ''}] as const;`;
  });
  return [
    '// Written by `npm run generate` from analyzers/<kind>/rules/*.ts. Do not edit.',
    "import type { RuleDescription } from './analyzer.ts';",
    ...imports,
    '',
    ...lists,
    '',
    '/** Every rule of every kind, for SARIF and documentation. */',
    'export const ruleTable: readonly RuleDescription[] = [',
    ...kinds.map((kind) => `  ...${kind}Rules,`),
    '];',
    '',
  ].join('\n');
}

async function renderTable(rules: readonly FoundRule[]): Promise<string> {
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = rules.map(
    (rule) => `| \`${rule.id}\` | ${rule.level} | ${cell(rule.problem)} | ${cell(rule.remedy)} |`,
  );
  const text = [
    '# Rules',
    '',
    'Written by `npm run generate` from `analyzers/<kind>/rules/*.ts`. Do not edit.',
    '',
    '| rule | level | problem | remedy |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
  return format(text, { parser: 'markdown' });
}

async function readPolicySchema(): Promise<string | undefined> {
  const path = join(root, 'policies/policy-file/schema.ts');
  if (!existsSync(path)) return undefined;
  const schema = propertyOf(await import(pathToFileURL(path).href), 'policySchema');
  if (typeof schema !== 'object' || schema === null) {
    throw new Error(`${path} must export policySchema, the JSON Schema of the policy file`);
  }
  return `${JSON.stringify(schema, null, 2)}\n`;
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
