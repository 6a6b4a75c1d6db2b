/** Bodies of requests and responses: media types, and the schema of each. */
import { pointerTo } from '../../document/document.ts';
import { compareRest } from './compare-rest.ts';
import { compareSchemaUses, type SchemaRole } from './compare-schemas.ts';
import { report, type Comparison } from './comparison.ts';
import type { Part } from './description.ts';
import { coveringMedia, isStructured, normalMediaType } from './media-type.ts';
import type { Media, Operation, SchemaUse } from './operation.ts';
import { compareNotes } from './schema-notes.ts';
import { builtSchema } from './schema-use.ts';
import { requestOf, statusOf } from './witness.ts';

export function compareBodies(comparison: Comparison, from: Operation, to: Operation): void {
  const [earlier, later] = [from.body, to.body];
  const where = `${to.label}, request`;
  if (later === undefined) {
    if (earlier === undefined) return;
    report(comparison, {
      ruleId: 'openapi/keep-request-body',
      where,
      message: `the ${comparison.toName} version takes no body, and what clients send in it is not read`,
      what: 'removed',
      from: earlier.place,
      to: to.part,
    });
    return;
  }
  if (later.isRequired && earlier?.isRequired !== true) {
    report(comparison, {
      ruleId: 'openapi/keep-body-optional',
      where,
      message: `the ${comparison.toName} version requires a body, and the ${comparison.fromName} one does not`,
      what: 'required',
      from: earlier?.place ?? from.part,
      to:
        later.part === undefined
          ? later.place
          : { uri: later.place.uri, pointer: pointerTo(later.place.pointer, 'required') },
      proof: 'breaking',
      witness: requestOf(from),
    });
  }
  if (earlier === undefined) return;
  if (earlier.part !== undefined && later.part !== undefined) {
    compareRest(comparison, where, earlier.part, later.part, ['required', 'content']);
  }
  for (const media of earlier.content) {
    const counterpart = coveringMedia(later.content, media.type);
    if (counterpart === undefined) {
      if (later.content.length === 0) continue;
      const headers = { 'Content-Type': media.type === '' ? 'application/octet-stream' : media.type };
      const request = requestOf(from);
      report(comparison, {
        ruleId: 'openapi/keep-request-media-type',
        where,
        message: `the media type ${media.type} is accepted in the ${comparison.fromName} version and not in the ${comparison.toName} one`,
        what: `media:${normalMediaType(media.type)}`,
        from: media.place,
        to: later.place,
        proof: 'breaking',
        witness: { ...request, headers: { ...request.headers, ...headers } },
      });
      continue;
    }
    compareMedia(comparison, from, to, media, counterpart, {
      view: 'request',
      where: mediaWhere(where, media.type, earlier.content.length),
      witnessOf: (body) => requestOf(from, new Map(), body),
    });
  }
}

export interface ContentOfResponse {
  label: string;
  status: string;
  from: { part: Part; content: readonly Media[] };
  to: { part: Part; content: readonly Media[] };
  isAdvice: boolean;
}

export function compareResponseContent(
  comparison: Comparison,
  from: Operation,
  to: Operation,
  pair: ContentOfResponse,
): void {
  const where = `${pair.label}, response ${pair.status}`;
  for (const media of pair.from.content) {
    const counterpart =
      coveringMedia(pair.to.content, media.type) ?? withinRange(pair.to.content, media.type);
    if (counterpart === undefined) {
      report(comparison, {
        ruleId: 'openapi/keep-response-media-type',
        where,
        message: `the media type ${media.type === '' ? 'of the body' : media.type} is answered in the ${comparison.fromName} version and not in the ${comparison.toName} one`,
        what: `media:${normalMediaType(media.type)}`,
        from: media.place,
        to: pair.to.part,
        ...(pair.isAdvice
          ? { level: 'warning' as const }
          : { proof: 'breaking' as const, witness: withoutMedia(from, pair, media.type) }),
      });
      continue;
    }
    compareMedia(comparison, from, to, media, counterpart, {
      view: 'response',
      where: mediaWhere(where, media.type, pair.from.content.length),
      witnessOf: (body) => ({ status: statusOf(pair.status), headers: { 'Content-Type': media.type }, body }),
      isAdvice: pair.isAdvice,
    });
  }
}

function withoutMedia(from: Operation, pair: ContentOfResponse, type: string): unknown {
  const request = requestOf(from);
  const answered = pair.to.content[0]?.type;
  return {
    request: { ...request, headers: { ...request.headers, Accept: type } },
    response: {
      status: statusOf(pair.status),
      headers: answered === undefined ? {} : { 'Content-Type': answered },
    },
  };
}

// A range that was promised is kept by any one type within it.
function withinRange(content: readonly Media[], range: string): Media | undefined {
  if (!range.includes('*')) return undefined;
  const start = range.startsWith('*') ? '' : range.slice(0, range.indexOf('*'));
  return content.find(({ type }) => normalMediaType(type).startsWith(start.toLowerCase()));
}

function mediaWhere(where: string, type: string, count: number): string {
  return type === '' || (count === 1 && /^application\/json$/i.test(type)) ? where : `${where} (${type})`;
}

function compareMedia(
  comparison: Comparison,
  from: Operation,
  to: Operation,
  earlier: Media,
  later: Media,
  role: SchemaRole,
): void {
  if (!comparison.changed.isUnchanged(earlier.encoding, '', later.encoding, '')) {
    report(comparison, {
      ruleId: 'openapi/compare-keyword',
      where: role.where,
      message: '"encoding" differs, and parts of the body may be read otherwise',
      what: 'encoding',
      from: { uri: earlier.place.uri, pointer: pointerTo(earlier.place.pointer, 'encoding') },
      to: { uri: later.place.uri, pointer: pointerTo(later.place.pointer, 'encoding') },
      proof: 'unproven',
    });
  }
  if (!isStructured(earlier.type) && isBytes(earlier.schema) && isBytes(later.schema)) return;
  const one = earlier.schema ?? builtSchema(from.part, {}, () => earlier.place.pointer);
  const other = later.schema ?? builtSchema(to.part, {}, () => later.place.pointer);
  if (earlier.schema === undefined && later.schema === undefined) return;
  compareSchemaUses(comparison, one, other, role);
  compareNotes(comparison, one, other, role);
}

/** Whether a schema says no more than "some bytes", in any version's spelling. */
function isBytes(schema: SchemaUse | undefined): boolean {
  if (schema === undefined || schema.value === true) return true;
  const { value } = schema;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const keywords = Object.keys(value).filter(
    (keyword) => !['description', 'title', 'example'].includes(keyword),
  );
  const known = ['type', 'format', 'contentMediaType', 'contentEncoding'];
  const type: unknown = 'type' in value ? value.type : 'string';
  return (type === 'string' || type === 'file') && keywords.every((keyword) => known.includes(keyword));
}
