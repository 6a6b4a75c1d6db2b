/**
 * What a schema that never changes compiles to, as a module: at every start, compiling it anew would take several times
 * as long as loading it. It only says yes or no; who wants to know why not asks ajv itself.
 */
import { Ajv, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type core from 'ajv/dist/core.js';
import standalone from 'ajv/dist/standalone/index.js';
import formats from 'ajv-formats';

const options: Options = {
  strict: false,
  messages: false,
  validateSchema: false,
  code: { source: true, esm: true },
};

/** The policy's schema as `isPolicy`. */
export function renderPolicyCheck(schema: object): string {
  const ajv = new Ajv(options);
  return render('policies/policy-file/schema.ts', [
    {
      name: 'isPolicy',
      says: "Whether a value has the form of a policy, as the policy's schema has it.",
      code: codeOf(ajv, ajv.compile(schema)),
    },
  ]);
}

/** The meta-schemas of the dialects that people write most, as ajv brings them and with its formats. */
export function renderMetaSchemaChecks(): string {
  const engines: [name: string, dialect: string, ajv: core.default][] = [
    ['isDraft07', 'draft-07', new Ajv({ ...options, ownProperties: true })],
    ['isDraft2020', 'draft 2020-12', new Ajv2020({ ...options, ownProperties: true })],
  ];
  return render(
    'the meta-schemas that ajv brings',
    engines.map(([name, dialect, ajv]) => {
      formats.default(ajv, { keywords: false });
      const meta = ajv.defaultMeta();
      const validate = typeof meta === 'string' ? ajv.getSchema(meta) : undefined;
      if (validate === undefined) throw new Error(`ajv has no meta-schema of ${dialect}`);
      return { name, says: `Whether a value is a schema of ${dialect}.`, code: codeOf(ajv, validate) };
    }),
  );
}

function codeOf(ajv: core.default, validate: ReturnType<core.default['compile']>): string {
  return standalone.default(ajv, validate);
}

function render(source: string, checks: readonly { name: string; says: string; code: string }[]): string {
  const modules = new Map<string, string>();
  const bodies = checks.map(({ name, says, code }) => {
    const main = /export default (\w+);/.exec(code)?.[1];
    if (main === undefined) throw new Error(`what ajv writes for ${name} has no default export`);
    const body = code
      .replace('"use strict";', '')
      .replaceAll(/export (?:const validate = \w+|default \w+);/g, '')
      .replaceAll(/require\("([^"]+)"\)/g, (_, path: string) => {
        const imported = modules.get(path) ?? `module${modules.size}`;
        modules.set(path, imported);
        return imported;
      });
    return `/** ${says} */\nexport const ${name}: (value: unknown) => boolean = (() => {\n${body}\nreturn ${main};\n})();\n`;
  });
  return [
    '/* eslint-disable */',
    '// @ts-nocheck',
    `// Written by \`npm run generate\`, through ajv, from ${source}. Do not edit.`,
    ...[...modules].map(([path, imported]) => `import ${imported} from '${path}.js';`),
    '',
    ...bodies,
  ].join('\n');
}
