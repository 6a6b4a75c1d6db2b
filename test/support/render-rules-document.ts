import { format } from 'prettier';
import type { RuleDescription } from '../../analyzers/analyzer.ts';
import { coveredKinds, coverageOf } from '../../analyzers/coverage.ts';
import type { RuleExample } from './rule-example.ts';

export type DescribedRule = RuleDescription;

const titles: Readonly<Record<string, string>> = {
  config: 'Configuration (config)',
  schema: 'Schemas of any kind (schema)',
  'json-schema': 'JSON Schema (json-schema)',
  openapi: 'OpenAPI (openapi)',
  asyncapi: 'AsyncAPI (asyncapi)',
  avro: 'Avro (avro)',
  protobuf: 'Protobuf (protobuf)',
  graphql: 'GraphQL (graphql)',
  crd: 'Kubernetes CRDs (crd)',
  sql: 'Migrations (sql)',
  code: 'Code (code)',
  infra: 'Infrastructure (infra)',
  compare: '`evenkeel compare` itself (compare)',
};

/** RULES.md: a section for each kind, and in it for each rule its problem, its remedy and an example. */
export async function renderRulesDocument(
  rules: readonly DescribedRule[],
  examples: ReadonlyMap<string, RuleExample>,
): Promise<string> {
  const kinds = Object.keys(titles).filter((kind) => rules.some((rule) => kindOf(rule) === kind));
  const text = [
    '# Rules',
    '',
    'Written by `npm run generate` from the rules and their fixtures. Do not edit. `evenkeel rules` prints the same.',
    '',
    'An `error` blocks, a `warning` and a `note` are shown; what a rule cannot decide is `unproven` and waits for a person.',
    '',
    ...matrix(rules),
    '',
    ...kinds.flatMap((kind) => [
      `## ${titles[kind] ?? kind}`,
      '',
      ...rules
        .filter((rule) => kindOf(rule) === kind)
        .flatMap((rule) => sectionOf(rule, examples.get(rule.id))),
    ]),
  ].join('\n');
  return format(text, { parser: 'markdown', printWidth: 110, proseWrap: 'preserve' });
}

function kindOf({ id }: DescribedRule): string {
  return id.slice(0, id.indexOf('/'));
}

/** How many rules stand in each cell; `-` where a written waiver says why none has to. */
function matrix(rules: readonly DescribedRule[]): string[] {
  const cells = coverageOf(rules);
  const rows = coveredKinds
    .filter((kind) => rules.some((rule) => kindOf(rule) === kind))
    .map((kind) => {
      const own = cells.filter((cell) => cell.kind === kind);
      return `| ${[kind, ...own.map(({ ruleIds }) => (ruleIds.length === 0 ? '-' : ruleIds.length))].join(' | ')} |`;
    });
  return [
    'How many rules look at what can be done to a part of each kind:',
    '',
    '| kind | add | remove | narrow | widen | rename |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ];
}

function sectionOf(rule: DescribedRule, example: RuleExample | undefined): string[] {
  return [
    `### ${rule.id}`,
    '',
    `${rule.level}: ${escape(rule.problem)}`,
    '',
    `Remedy: ${escape(rule.remedy)}`,
    '',
    ...(example === undefined
      ? []
      : [
          ...(example.diff.length === 0 ? [] : ['````diff', ...example.diff, '````', '']),
          `> ${escape(example.message)}`,
          '',
        ]),
  ];
}

function escape(text: string): string {
  return text.replaceAll(/([\\`*_<>[\]|#~])/g, '\\$1');
}
