/** OpenAPI 3: what a path item says, as operations. Swagger 2 has a reader of its own; both give the same model. */
import { isObject, pointerTo } from '../../document/document.ts';
import {
  childOf,
  childrenOf,
  elementsOf,
  listValue,
  ownValue,
  rootPart,
  specifiedChildrenOf,
  textValue,
  type Description,
  type JsonObject,
  type Part,
} from './description.ts';
import {
  methods,
  type Body,
  type Header,
  type Media,
  type Operation,
  type Parameter,
  type ParameterPlace,
  type Requirement,
  type Response,
  type Server,
} from './operation.ts';
import { readSwaggerBody, readSwaggerParameter, readSwaggerResponse } from './read-swagger.ts';
import { schemaAt } from './schema-use.ts';

/** One method of a path item. */
export function readOperation(template: string, pathItem: Part, method: string, part: Part): Operation {
  const { description } = part;
  const parameterParts = parametersOf(pathItem, part);
  const isSwagger = description.family === 'swagger-2';
  const read = isSwagger ? readSwaggerParameter : readParameter;
  const own = listValue(part.value, 'security');
  const holder = own === undefined ? rootPart(description) : part;
  const security = own ?? listValue(description.root, 'security') ?? [];
  const responses = specifiedChildrenOf(childOf(part, 'responses'));
  return {
    method: method.toUpperCase(),
    template,
    label: `${method.toUpperCase()} ${template}`,
    part,
    parameters: parameterParts.flatMap((parameter) => read(parameter, template) ?? []).filter(isHeard),
    body: isSwagger ? readSwaggerBody(part, parameterParts) : readBody(part),
    responses: responses.map(([status, response]) =>
      isSwagger ? readSwaggerResponse(status, response, part) : readResponse(status, response),
    ),
    security: security.flatMap((requirement) => (isObject(requirement) ? readRequirement(requirement) : [])),
    securityPlace: { uri: holder.uri, pointer: pointerTo(holder.pointer, 'security') },
    servers: [part, ...layersOf(pathItem)].map(readServers).find((servers) => servers !== undefined),
    callbacks: childrenOf(childOf(part, 'callbacks')),
  };
}

/** The methods of a path item, its own before those of the path item that it refers to. */
export function operationParts(pathItem: Part): [string, Part][] {
  return methods.flatMap((method): [string, Part][] => {
    const [part] = layersOf(pathItem).flatMap((layer) => childOf(layer, method) ?? []);
    return part === undefined ? [] : [[method, part]];
  });
}

/** A path item as it is written, from what stands beside its reference to what that leads to. */
export function layersOf(pathItem: Part): readonly Part[] {
  return [...(pathItem.beside ?? []), pathItem];
}

// By place and name: an operation's own parameter stands for the path's.
function parametersOf(pathItem: Part, operation: Part): Part[] {
  const found = new Map<string, Part>();
  const shared = layersOf(pathItem).toReversed();
  for (const parameter of [...shared, operation].flatMap((layer) => elementsOf(layer, 'parameters'))) {
    const place = textValue(parameter.value, 'in') ?? '';
    const name = textValue(parameter.value, 'name') ?? '';
    found.set(`${place}:${place === 'header' ? name.toLowerCase() : name}`, parameter);
  }
  return [...found.values()];
}

// The specification says of these that they are described elsewhere, and that such a parameter is ignored.
function isHeard({ place, name }: Parameter): boolean {
  return place !== 'header' || !['accept', 'content-type', 'authorization'].includes(name.toLowerCase());
}

function readParameter(part: Part, template: string): Parameter | undefined {
  const place = placeOfParameter(textValue(part.value, 'in'));
  const name = textValue(part.value, 'name');
  if (place === undefined || name === undefined) return undefined;
  const [content] = childrenOf(childOf(part, 'content'));
  const style =
    textValue(part.value, 'style') ?? (place === 'query' || place === 'cookie' ? 'form' : 'simple');
  const explode = ownValue(part.value, 'explode');
  return {
    place,
    name,
    key: parameterKey(place, name, template),
    isRequired: place === 'path' || ownValue(part.value, 'required') === true,
    style,
    isExploded: typeof explode === 'boolean' ? explode : style === 'form',
    allowsReserved: ownValue(part.value, 'allowReserved') === true,
    allowsEmpty: ownValue(part.value, 'allowEmptyValue') === true,
    schema: content === undefined ? schemaAt(part, 'schema') : schemaAt(content[1], 'schema'),
    mediaType: content?.[0],
    part,
  };
}

export function placeOfParameter(text: string | undefined): ParameterPlace | undefined {
  return text === 'path' || text === 'query' || text === 'header' || text === 'cookie' ? text : undefined;
}

export function parameterKey(place: ParameterPlace, name: string, template: string): string {
  if (place === 'header') return `header:${name.toLowerCase()}`;
  if (place !== 'path') return `${place}:${name}`;
  const names = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, inner]) => inner);
  const position = names.indexOf(name);
  return position === -1 ? `path:${name}` : `path#${position}`;
}

function readBody(operation: Part): Body | undefined {
  const part = childOf(operation, 'requestBody');
  if (part === undefined) return undefined;
  return {
    isRequired: ownValue(part.value, 'required') === true,
    content: readContent(part),
    place: part,
    part,
  };
}

function readContent(holder: Part): Media[] {
  return childrenOf(childOf(holder, 'content')).map(([type, media]) => {
    const encoding = ownValue(media.value, 'encoding');
    return {
      type,
      schema: schemaAt(media, 'schema'),
      encoding: isObject(encoding) ? encoding : undefined,
      place: media,
    };
  });
}

function readResponse(status: string, part: Part): Response {
  const headers = childrenOf(childOf(part, 'headers')).flatMap(([name, header]): Header[] => {
    if (name.toLowerCase() === 'content-type') return [];
    const [content] = childrenOf(childOf(header, 'content'));
    return [
      {
        name,
        isRequired: ownValue(header.value, 'required') === true,
        schema: content === undefined ? schemaAt(header, 'schema') : schemaAt(content[1], 'schema'),
        style: `${content?.[0] ?? 'simple'}${ownValue(header.value, 'explode') === true ? ', exploded' : ''}`,
        place: header,
      },
    ];
  });
  return { status, content: readContent(part), headers, part };
}

function readRequirement(value: JsonObject): Requirement {
  const schemes = Object.entries(value).map(([name, scopes]): [string, string[]] => [
    name,
    Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === 'string') : [],
  ]);
  return { schemes: new Map(schemes) };
}

/** The addresses that a part lists, with variables' defaults filled in; undefined where it lists none. */
export function readServers(part: Part): Server[] | undefined {
  if (part.description.family === 'swagger-2') return undefined;
  const servers = elementsOf(part, 'servers').flatMap((server): Server[] => {
    const url = textValue(server.value, 'url');
    return url === undefined ? [] : expandServer(server, url).map((full) => ({ url: full, place: server }));
  });
  return servers.length > 0 ? servers : undefined;
}

/** More addresses than this come from variables with long lists of values, and are left unexpanded. */
const maxAddresses = 64;

function expandServer(server: Part, url: string): string[] {
  let urls = [url];
  for (const [name, variable] of childrenOf(childOf(server, 'variables'))) {
    const hole = `{${name}}`;
    if (!url.includes(hole)) continue;
    const listed = listValue(variable.value, 'enum')?.filter((value) => typeof value === 'string') ?? [];
    const fallback = textValue(variable.value, 'default');
    const values = listed.length > 0 ? listed : fallback === undefined ? [hole] : [fallback];
    if (values.length * urls.length > maxAddresses) continue;
    urls = urls.flatMap((text) => values.map((value) => text.replaceAll(hole, value)));
  }
  return urls.map((text) => text.replace(/\/+$/, ''));
}

/** The paths of a description (or its webhooks) by their shapes, in the order in which they are written. */
export function readPaths(
  description: Description,
  key: 'paths' | 'webhooks',
): Map<string, { name: string; part: Part }> {
  const found = new Map<string, { name: string; part: Part }>();
  const parent = childOf(rootPart(description), key);
  for (const [name, part] of specifiedChildrenOf(parent)) found.set(name, { name, part });
  return found;
}
