import { validatorOf, type Validator } from '../../containment/judging/validator.ts';
import type { ContractVersion } from '../contract.ts';
import { readSchema } from './read-version.ts';

/**
 * A validator of the schema that stands at a path of a revision, for the files that it governs. `coerces` turns text
 * into the numbers and booleans that the schema asks for, for formats that know text only.
 */
export async function openValidator(
  path: string,
  version: ContractVersion,
  coerces: boolean,
): Promise<Validator> {
  const read = await readSchema(path, version);
  if (!read.ok) {
    return {
      ok: false,
      message: `${path} does not parse as a schema: ${read.problems[0]?.message ?? 'unknown'}`,
    };
  }
  const { source, unknownDialect } = read.version;
  if (unknownDialect !== undefined) {
    const message = `${path} names a $schema other than drafts 04, 06, 07, 2019-09 and 2020-12 of JSON Schema`;
    return { ok: false, message };
  }
  const validator = validatorOf(source, { coerces, checksSchema: true });
  if (validator.ok) return validator;
  const remedy = validator.message.endsWith('which is not fetched') ? `; put that schema beside ${path}` : '';
  return { ok: false, message: `${path} is not a usable JSON Schema: ${validator.message}${remedy}` };
}
