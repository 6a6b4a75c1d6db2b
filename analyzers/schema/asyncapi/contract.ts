import { isObject } from '../../document/document.ts';
import type { Contract } from '../contract.ts';
import { compareRoots, type DescriptionKind } from '../openapi/compare-roots.ts';
import { versionText, type KnownVersion } from '../openapi/read-description.ts';
import { compareAsyncDescriptions } from './compare-channels.ts';
import { asyncapiRules } from './rules.ts';

const asyncapi: DescriptionKind = {
  rules: asyncapiRules,
  keywords: ['asyncapi'],
  versions: 'AsyncAPI 2 or 3',
  versionOf,
  problemRules: {
    description: 'asyncapi/parse-description',
    reference: 'asyncapi/resolve-reference',
    removed: 'asyncapi/keep-channel',
  },
  compare: compareAsyncDescriptions,
};

/** AsyncAPI 2 and 3; a step from the one to the other is not compared. */
export const asyncapiContract: Contract = {
  kind: 'asyncapi',
  rules: asyncapiRules,
  levels: [],
  compare: (request) => compareRoots(asyncapi, request),
};

function versionOf(root: unknown): KnownVersion | undefined {
  const version = isObject(root) ? versionText(root['asyncapi']) : undefined;
  if (version === undefined) return undefined;
  if (version.startsWith('2.')) return { family: 'asyncapi-2', dialect: 'draft-07' };
  return version.startsWith('3.') ? { family: 'asyncapi-3', dialect: 'draft-07' } : undefined;
}
