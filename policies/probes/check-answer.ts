/** When an answer is in order: what the document says of the operation, or what the policy declares. */
import { validatorOf, type Validator } from '../../analyzers/containment/judging/validator.ts';
import { coveringMedia, normalMediaType } from '../../analyzers/schema/openapi/media-type.ts';
import type { Media, Response } from '../../analyzers/schema/openapi/operation.ts';
import type { AnswerCheck, Answered } from './probe-request.ts';

export interface Expectation {
  method: string;
  /** The document's answers; null: it says nothing of this request. */
  responses: readonly Response[] | null;
  /** The one status that is in order; null: any that is documented. */
  status: number | null;
  /** Declared data has to succeed; a made-up parameter may well be told that there is no such thing. */
  needsSuccess: boolean;
}

/** A server's own failure is never in order, whether or not somebody documented it. */
export function answerCheck(expectation: Expectation): AnswerCheck {
  const checkBody = bodyCheck();
  return (answer) => {
    const { method, responses, status, needsSuccess } = expectation;
    if (answer.status >= 500) return `answered ${answer.status}, which is never in order`;
    if (status !== null && answer.status !== status)
      return `answered ${answer.status} where ${status} is expected`;
    if (status === null && needsSuccess && answer.status >= 400)
      return `answered ${answer.status} where a success is expected`;
    if (responses === null) return null;
    const documented = documentedAnswer(responses, answer.status);
    if (documented === undefined) return `answered ${answer.status}, which the document does not name`;
    const hasBody = method !== 'HEAD' && answer.status !== 204 && answer.status !== 304;
    if (!hasBody || documented.content.length === 0) return null;
    const media = coveringMedia(documented.content, answer.contentType);
    if (media === undefined || answer.contentType === '')
      return `answered with ${shownType(answer.contentType)} where the document has ${documented.content.map(({ type }) => type).join(', ')}`;
    return checkBody(answer, media);
  };
}

/** The exact status before its hundred, and that before `default`. */
function documentedAnswer(responses: readonly Response[], status: number): Response | undefined {
  const named = (name: string): Response | undefined =>
    responses.find((response) => response.status.toUpperCase() === name);
  return named(String(status)) ?? named(`${Math.floor(status / 100)}XX`) ?? named('DEFAULT');
}

function bodyCheck(): (answer: Answered, media: Media) => string | null {
  const validators = new Map<Media, Validator>();
  return (answer, media) => {
    const { schema } = media;
    const isJson = /[/+]json$/.test(normalMediaType(answer.contentType).split(';')[0] ?? '');
    if (!isJson || schema === undefined) return null;
    if (answer.isCut) return 'answered with more than is read of an answer, so it could not be checked';
    const parsed = parseJson(answer.body);
    if (!parsed.ok) return 'answered with a body that is no JSON';
    const validator = validators.get(media) ?? validatorOf(schema.source, { view: 'response' });
    validators.set(media, validator);
    if (!validator.ok) return `answered, but its documented schema cannot be used: ${validator.message}`;
    const [error] = validator.errorsOf(parsed.value);
    if (error === undefined) return null;
    const place = error.instancePath === '' ? 'it' : error.instancePath;
    return `answered with a body that does not match the document: ${place.slice(0, 200)} ${error.message ?? error.keyword}`;
  };
}

function shownType(type: string): string {
  return type === '' ? 'no content type' : normalMediaType(type).slice(0, 80);
}

export function parseJson(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    const value: unknown = JSON.parse(text);
    return { ok: true, value };
  } catch {
    return { ok: false };
  }
}
