/** Swagger 2: parameters with types of their own, bodies and forms among them, media types by `consumes`, `produces`. */
import { isObject, pointerTo } from '../../document/document.ts';
import {
  childOf,
  childrenOf,
  listValue,
  ownValue,
  textValue,
  type JsonObject,
  type Part,
} from './description.ts';
import type { Body, Header, Media, Parameter, Response, SchemaUse, Server } from './operation.ts';
import { parameterKey, placeOfParameter } from './read-operations.ts';
import { builtSchema, ownValueKeywords, schemaAt } from './schema-use.ts';

const schemaKeywords = new Set([...ownValueKeywords, 'x-nullable', 'x-extensible-enum']);

/** Swagger's collectionFormat in the words of OpenAPI 3. */
const styles: Readonly<Record<string, { style: string; isExploded: boolean }>> = {
  csv: { style: 'form', isExploded: false },
  multi: { style: 'form', isExploded: true },
  ssv: { style: 'spaceDelimited', isExploded: false },
  pipes: { style: 'pipeDelimited', isExploded: false },
  tsv: { style: 'tabDelimited', isExploded: false },
};

/** A parameter that is not in the body; undefined for those that are. */
export function readSwaggerParameter(part: Part, template: string): Parameter | undefined {
  const place = placeOfParameter(textValue(part.value, 'in'));
  const name = textValue(part.value, 'name');
  if (place === undefined || name === undefined) return undefined;
  const isForm = place === 'query' || place === 'cookie';
  const format = textValue(part.value, 'collectionFormat') ?? 'csv';
  // Without a list nothing is exploded, and OpenAPI 3's default says the same.
  const isList = textValue(part.value, 'type') === 'array';
  const known = Object.hasOwn(styles, format) ? styles[format] : { style: format, isExploded: false };
  const listStyle = isForm || known?.style !== 'form' ? (known?.style ?? format) : 'simple';
  return {
    place,
    name,
    key: parameterKey(place, name, template),
    isRequired: place === 'path' || ownValue(part.value, 'required') === true,
    style: isList ? listStyle : isForm ? 'form' : 'simple',
    isExploded: isList ? (known?.isExploded ?? false) : isForm,
    allowsReserved: false,
    allowsEmpty: ownValue(part.value, 'allowEmptyValue') === true,
    schema: inlineSchema(part),
    mediaType: undefined,
    part,
  };
}

function inlineSchema(part: Part): SchemaUse {
  return builtSchema(part, schemaPart(part.value), (pointer) => `${part.pointer}${pointer}`);
}

function schemaPart(value: JsonObject): JsonObject {
  const entries = Object.entries(value).filter(([keyword]) => schemaKeywords.has(keyword));
  const own = Object.fromEntries(entries);
  return own['type'] === 'file' ? { ...own, type: 'string', format: 'binary' } : own;
}

/** The body parameter, or the form parameters as one object. */
export function readSwaggerBody(operation: Part, parameters: readonly Part[]): Body | undefined {
  const body = parameters.find(({ value }) => value['in'] === 'body');
  if (body !== undefined) {
    const schema = schemaAt(body, 'schema');
    const content = mediaTypes(operation, 'consumes').map((type): Media => ({
      type,
      schema,
      encoding: undefined,
      place: body,
    }));
    return { isRequired: ownValue(body.value, 'required') === true, content, place: body, part: undefined };
  }
  const fields = parameters.filter(({ value }) => value['in'] === 'formData');
  if (fields.length === 0) return undefined;
  const types = mediaTypes(operation, 'consumes').filter((type) => /form/i.test(type));
  const isUpload = fields.some(({ value }) => value['type'] === 'file');
  const assumed = isUpload ? 'multipart/form-data' : 'application/x-www-form-urlencoded';
  const schema = formSchema(operation, fields);
  const isRequired = fields.some(({ value }) => value['required'] === true);
  const content = (types.length > 0 ? types : [assumed]).map((type): Media => ({
    type,
    schema,
    encoding: undefined,
    place: operation,
  }));
  return { isRequired, content, place: operation, part: undefined };
}

function formSchema(operation: Part, fields: readonly Part[]): SchemaUse {
  const named = fields.map((field): [string, Part] => [textValue(field.value, 'name') ?? '', field]);
  const places = new Map(named.map(([name, field]) => [pointerTo('/properties', name), field.pointer]));
  const value = {
    type: 'object',
    properties: Object.fromEntries(named.map(([name, field]) => [name, schemaPart(field.value)])),
    required: named.filter(([, field]) => field.value['required'] === true).map(([name]) => name),
  };
  return builtSchema(operation, value, (pointer) => {
    const [, , name] = pointer.split('/');
    const start = `/properties/${name ?? ''}`;
    const field = places.get(start);
    return field === undefined
      ? pointerTo(operation.pointer, 'parameters')
      : `${field}${pointer.slice(start.length)}`;
  });
}

export function readSwaggerResponse(status: string, part: Part, operation: Part): Response {
  const schema = readSchema(part);
  const content =
    schema === undefined
      ? []
      : mediaTypes(operation, 'produces').map((type): Media => ({
          type,
          schema,
          encoding: undefined,
          place: part,
        }));
  const headers = childrenOf(childOf(part, 'headers')).map(([name, header]): Header => {
    const format = textValue(header.value, 'collectionFormat') ?? 'csv';
    return {
      name,
      isRequired: false,
      schema: inlineSchema(header),
      style: format === 'csv' ? 'simple' : format,
      place: header,
    };
  });
  return { status, content, headers, part };
}

function readSchema(part: Part): SchemaUse | undefined {
  const schema = ownValue(part.value, 'schema');
  if (!isObject(schema) || schema['type'] !== 'file') return schemaAt(part, 'schema');
  return builtSchema(
    part,
    { type: 'string', format: 'binary' },
    (pointer) => `${pointerTo(part.pointer, 'schema')}${pointer}`,
  );
}

/** The operation's own list or the description's; one nameless entry where neither says anything. */
function mediaTypes(operation: Part, key: 'consumes' | 'produces'): string[] {
  const list = listValue(operation.value, key) ?? listValue(operation.description.root, key);
  const types = list?.filter((type) => typeof type === 'string') ?? [];
  return types.length > 0 ? types : [''];
}

/** Host, base path and schemes as addresses. Without a scheme, the address leaves it open. */
export function readSwaggerServers({ description, uri }: Part): Server[] | undefined {
  const { root } = description;
  const host = textValue(root, 'host');
  const base = (textValue(root, 'basePath') ?? '').replace(/\/+$/, '');
  const place = (key: string) => ({ uri, pointer: `/${key}` });
  if (host === undefined) return base === '' ? undefined : [{ url: base, place: place('basePath') }];
  const schemes = listValue(root, 'schemes')?.filter((scheme) => typeof scheme === 'string') ?? [];
  if (schemes.length === 0) return [{ url: `//${host}${base}`, place: place('host') }];
  return schemes.map((scheme) => ({ url: `${scheme}://${host}${base}`, place: place('schemes') }));
}
