/** The parts of an OpenAPI 3.1 document that are built here. Types only. */

import type { Limits } from './limits.ts';

/** A JSON Schema of 2020-12. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

/** A type and no interface: it is a Schema, too. */
export type Reference = { readonly $ref: string };

export interface Header {
  readonly description: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly description: string;
  readonly required?: boolean;
  readonly style?: 'form';
  readonly explode?: boolean;
  readonly schema: Schema;
  readonly example?: unknown;
}

export interface Example {
  readonly summary?: string;
  readonly value: unknown;
}

export interface MediaType {
  readonly schema: Schema;
  readonly examples?: Readonly<Record<string, Example | Reference>>;
}

export type Content = Readonly<Record<string, MediaType>>;

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Header | Reference>>;
  readonly content?: Content;
}

/** By status. */
export type Responses = Readonly<Record<string, Response | Reference>>;

/** Role names by security scheme; an empty object is "nobody needs to show anything". */
export type Security = Readonly<Record<string, readonly string[]>>;

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Security[];
  readonly parameters?: readonly (Parameter | Reference)[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Responses;
}

export const METHODS = ['get', 'head', 'options', 'put', 'patch', 'delete'] as const;

export type Method = (typeof METHODS)[number];

export type PathItem = { readonly [M in Method]?: Operation };

export type Paths = Readonly<Record<string, PathItem>>;

export interface Components {
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly headers: Readonly<Record<string, Header>>;
  readonly examples: Readonly<Record<string, Example>>;
  readonly responses: Readonly<Record<string, Response>>;
  readonly securitySchemes: Readonly<Record<string, object>>;
}

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: Readonly<Record<string, unknown>>;
  readonly servers: readonly { readonly url: string; readonly description: string }[];
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Paths;
  readonly components: Components;
}

/** What differs from instance to instance. */
export interface DocumentTerms {
  readonly version: string;
  /** Where the paths begin. */
  readonly serverUrl: string;
  readonly limits: Limits;
}
