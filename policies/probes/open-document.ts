import type { Description } from '../../analyzers/schema/openapi/description.ts';
import { rootPart } from '../../analyzers/schema/openapi/description.ts';
import type { Operation } from '../../analyzers/schema/openapi/operation.ts';
import { openText, readDescription, versionOfRoot } from '../../analyzers/schema/openapi/read-description.ts';
import {
  operationParts,
  readOperation,
  readPaths,
  readServers,
} from '../../analyzers/schema/openapi/read-operations.ts';

/** The operations of an OpenAPI 3 document, with the path that all of them begin with. */
export type OpenedApi =
  { ok: true; operations: Operation[]; description: Description } | { ok: false; message: string };

const kind = { versions: 'OpenAPI 3', keywords: ['openapi', 'swagger'], versionOf: versionOfRoot };

/** Reads a document and what it refers to. `read` answers undefined for a file that is not there. */
export async function openDocument(
  path: string,
  read: (path: string) => Promise<string | undefined>,
): Promise<OpenedApi> {
  const text = await read(path);
  if (text === undefined) return { ok: false, message: `there is no file ${path}` };
  const opened = openText(path, text);
  if (opened.kind === 'failed') return { ok: false, message: opened.problem.message };
  const { description, problems } = await readDescription(
    kind,
    path,
    { ...opened, text },
    { paths: [path], read },
  );
  const [problem] = problems;
  if (problem !== undefined) return { ok: false, message: problem.message };
  if (description?.family !== 'openapi-3') return { ok: false, message: `${path} is not OpenAPI 3` };
  const operations = [...readPaths(description, 'paths').values()].flatMap(({ name, part }) =>
    operationParts(part).map(([method, own]) => readOperation(name, part, method, own)),
  );
  return { ok: true, operations, description };
}

/** The path of the first address that the operation is said to have: `/v1` of `https://api.example.com/v1`. */
export function basePathOf({ servers, part }: Operation): string {
  const [server] = servers ?? readServers(rootPart(part.description)) ?? [];
  if (server === undefined) return '';
  try {
    return new URL(server.url, 'http://localhost/').pathname.replace(/\/+$/, '');
  } catch {
    return '';
  }
}
