import type { SchemaPlace, SchemaSource } from '../../containment/schema-source.ts';
import type { JsonObject, Part, Place } from './description.ts';

/** A schema where it is used. Swagger's inline parameters and forms have schemas that stand nowhere: those are built. */
export interface SchemaUse {
  source: SchemaSource;
  /** The schema itself, before references are followed; a boolean in OpenAPI 3.1. */
  value: unknown;
  /** Whether it stands in the description as it is. */
  isWritten: boolean;
  /** Where a keyword of it stands in the description's files. */
  placeOf(place: SchemaPlace): Place;
}

export type ParameterPlace = 'path' | 'query' | 'header' | 'cookie';

/** One parameter, in whatever version of the specification it is written. */
export interface Parameter {
  place: ParameterPlace;
  name: string;
  /** What it is matched by: header names without their case, path parameters by their position. */
  key: string;
  isRequired: boolean;
  style: string;
  isExploded: boolean;
  allowsReserved: boolean;
  allowsEmpty: boolean;
  schema: SchemaUse | undefined;
  /** Of a parameter that is written in a media type. */
  mediaType: string | undefined;
  part: Part;
}

export interface Media {
  /** As it is written; empty where Swagger 2 names none. */
  type: string;
  schema: SchemaUse | undefined;
  encoding: JsonObject | undefined;
  place: Place;
}

export interface Body {
  isRequired: boolean;
  content: readonly Media[];
  place: Place;
  /** What holds more keywords than are read here. */
  part: Part | undefined;
}

export interface Header {
  name: string;
  isRequired: boolean;
  schema: SchemaUse | undefined;
  style: string;
  place: Place;
}

export interface Response {
  status: string;
  content: readonly Media[];
  headers: readonly Header[];
  part: Part;
}

/** All of these schemes at once, each with its scopes. */
export interface Requirement {
  schemes: ReadonlyMap<string, readonly string[]>;
}

export interface Server {
  url: string;
  place: Place;
}

/** One operation with everything a client can meet. */
export interface Operation {
  method: string;
  /** The path as it is written. */
  template: string;
  /** `GET /pets/{id}`. */
  label: string;
  part: Part;
  parameters: readonly Parameter[];
  body: Body | undefined;
  responses: readonly Response[];
  /** Alternatives; empty: nobody is asked for anything. */
  security: readonly Requirement[];
  /** Where the alternatives stand: of its own or of the description. */
  securityPlace: Place;
  /** Its own or its path's; undefined: the description's. */
  servers: readonly Server[] | undefined;
  callbacks: readonly (readonly [string, Part])[];
}

export const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'];

/** The path with its parameters' names left out: what a request is matched by. */
export function shapeOf(template: string): string {
  return template.replaceAll(/\{[^{}]*\}/g, '{}');
}
