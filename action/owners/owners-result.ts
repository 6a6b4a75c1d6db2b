import {
  ownerFindingCodes,
  type OwnerFinding,
  type Uncovered,
} from '../../policies/approval/code-owners-audit.ts';
import type { GitHubOwnersError } from './github-owners.ts';

/** Where the lines were read. */
interface OwnersSource {
  path: string;
  /** Null: from a file on disk. */
  commit: string | null;
}

export interface PathOwners {
  path: string;
  /** `nobody`: a line without owners takes ownership away; `unmatched`: no line speaks of it. */
  status: 'owned' | 'nobody' | 'unmatched';
  owners: string[];
  line: number | null;
  pattern: string | null;
}

export interface ListedOwners {
  file: OwnersSource;
  paths: PathOwners[];
  /** Lines that GitHub skips, which may be why a path has another owner than was meant. */
  skippedLines: number[];
}

export interface CheckedOwners {
  file: OwnersSource;
  trackedFiles: number;
  findings: OwnerFinding[];
  uncovered: Uncovered;
  /** Whether unknown owners and those without write access were looked for; null: they were not, and `message` says why. */
  people: { checkedWith: 'github' | 'directory' | null; message: string };
  /** GitHub's own list; null: it was not read, and `message` says why. Findings here that it lacks are `onlyHere`. */
  gitHub: { errors: GitHubOwnersError[] | null; onlyHere: OwnerFinding[]; message: string };
}

const text = { type: 'string' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const place = { type: 'integer', minimum: 1 } as const;

const file = {
  type: 'object',
  required: ['path', 'commit'],
  properties: {
    path: text,
    commit: { type: ['string', 'null'], description: 'Null: read from a file on disk.' },
  },
} as const;

const finding = {
  type: 'object',
  required: ['code', 'level', 'path', 'message', 'remedy'],
  properties: {
    code: { enum: ownerFindingCodes },
    level: { enum: ['error', 'warning', 'note'], description: 'A note is no fault.' },
    path: text,
    line: place,
    column: { ...place, description: 'In UTF-16 code units.' },
    message: text,
    remedy: text,
  },
} as const;

const listed = {
  type: 'object',
  required: ['file', 'paths', 'skippedLines'],
  properties: {
    file,
    paths: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'status', 'owners', 'line', 'pattern'],
        properties: {
          path: text,
          status: {
            enum: ['owned', 'nobody', 'unmatched'],
            description:
              'nobody: a line without owners takes ownership away; unmatched: no line speaks of it.',
          },
          owners: { type: 'array', items: text },
          line: { type: ['integer', 'null'], description: 'The line that decided.' },
          pattern: { type: ['string', 'null'] },
        },
      },
    },
    skippedLines: { type: 'array', items: place, description: 'Lines that GitHub skips as invalid.' },
  },
} as const;

const checked = {
  type: 'object',
  required: ['file', 'trackedFiles', 'findings', 'uncovered', 'people', 'gitHub'],
  properties: {
    file,
    trackedFiles: count,
    findings: { type: 'array', items: { $ref: '#/definitions/finding' } },
    uncovered: {
      type: 'object',
      required: ['count', 'leftToNobody', 'first'],
      properties: {
        count: { ...count, description: 'Files that no line matches.' },
        leftToNobody: { ...count, description: 'Files that a line without owners leaves to nobody.' },
        first: {
          type: 'array',
          items: {
            type: 'object',
            required: ['directory', 'count', 'example'],
            properties: { directory: text, count, example: text },
          },
        },
      },
    },
    people: {
      type: 'object',
      required: ['checkedWith', 'message'],
      properties: {
        checkedWith: {
          enum: ['github', 'directory', null],
          description: 'Null: unknown owners and those without write access were not looked for.',
        },
        message: text,
      },
    },
    gitHub: {
      type: 'object',
      required: ['errors', 'onlyHere', 'message'],
      properties: {
        errors: {
          type: ['array', 'null'],
          description: "GitHub's own list; null: it was not read.",
          items: {
            type: 'object',
            required: ['path', 'line', 'column', 'kind', 'suggestion'],
            properties: {
              path: text,
              line: { type: 'integer' },
              column: { type: 'integer' },
              kind: text,
              suggestion: { type: ['string', 'null'] },
            },
          },
        },
        onlyHere: {
          type: 'array',
          items: { $ref: '#/definitions/finding' },
          description: "Findings that GitHub's list lacks.",
        },
        message: text,
      },
    },
  },
} as const;

/** JSON Schema of what `evenkeel owners --json` prints; within v1 keys are only added. */
export const ownersResultSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'What `evenkeel owners --json` prints',
  type: 'object',
  required: ['schema', 'decision', 'reasonCode', 'result'],
  properties: {
    schema: { const: 'evenkeel/owners/v1' },
    decision: { enum: ['done', 'clean', 'faulty', 'error'] },
    reasonCode: text,
    result: { anyOf: [listed, checked, { $ref: '#/definitions/failure' }] },
  },
  definitions: {
    finding,
    failure: {
      type: 'object',
      required: ['message', 'mayRetry'],
      properties: { message: text, mayRetry: { type: 'boolean' } },
    },
  },
} as const;
