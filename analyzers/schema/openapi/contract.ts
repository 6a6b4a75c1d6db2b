import type { Contract } from '../contract.ts';
import { compareDescriptions } from './compare-descriptions.ts';
import { compareRoots, type DescriptionKind } from './compare-roots.ts';
import { versionOfRoot } from './read-description.ts';
import { openapiRules } from './rules.ts';

const openapi: DescriptionKind = {
  rules: openapiRules,
  keywords: ['openapi', 'swagger'],
  versions: 'Swagger 2.0 or OpenAPI 3.0 to 3.2',
  versionOf: versionOfRoot,
  problemRules: {
    description: 'openapi/parse-description',
    reference: 'openapi/resolve-reference',
    removed: 'openapi/keep-path',
  },
  compare: (comparison, { at }) => compareDescriptions(comparison, { at }),
};

/** OpenAPI 3.0 to 3.2 and Swagger 2.0, in any combination of the two versions. */
export const openapiContract: Contract = {
  kind: 'openapi',
  rules: openapiRules,
  levels: [],
  compare: (request) => compareRoots(openapi, request),
};
