import { approvalReasonCodes } from '../../policies/approval/reason-codes.ts';
import { ignoredMessages } from '../../policies/approval/ignored.ts';

const text = { type: 'string' } as const;
const texts = { type: 'array', items: text } as const;
const decision = {
  enum: ['approved', 'pending', 'rejected', 'skipped'],
  description:
    'Only approved lets anything pass. rejected: one more approval does not help. skipped: nobody is asked.',
} as const;
const reasonCode = { enum: approvalReasonCodes } as const;

/** JSON Schema of what `evenkeel approval explain` prints, with --json and a line with --batch. */
export const approvalResultSchema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'What `evenkeel approval explain` prints',
  description: 'One object with --json, and one a line with --batch. Within v1 keys are only added.',
  type: 'object',
  required: ['schema', 'decision', 'reasonCode', 'result'],
  properties: {
    schema: { const: 'evenkeel/approval/v1' },
    decision: { enum: [...decision.enum, 'error'], description: 'error: there was nothing to decide on.' },
    reasonCode: { type: 'string' },
    result: {
      if: { required: ['decision'] },
      then: { $ref: '#/definitions/outcome' },
      else: {
        type: 'object',
        required: ['message', 'mayRetry'],
        properties: { message: text, mayRetry: { type: 'boolean' } },
      },
    },
  },
  definitions: {
    outcome: {
      type: 'object',
      required: [
        'decision',
        'reasonCode',
        'message',
        'at',
        'headCommit',
        'approvers',
        'ignored',
        'requirements',
        'missing',
      ],
      properties: {
        decision,
        reasonCode,
        message: { ...text, description: 'One sentence: what is wrong, where, what to do.' },
        at: { ...text, description: 'The instant of the decision, RFC 3339.' },
        headCommit: {
          ...text,
          description: 'The commit that the decision is about; empty: it is not known.',
        },
        approvers: { ...texts, description: 'Logins of the peers whose approval of that commit counts.' },
        ignored: { type: 'array', items: { $ref: '#/definitions/ignored' } },
        requirements: { $ref: '#/definitions/requirement' },
        missing: { type: 'array', items: { $ref: '#/definitions/missing' } },
      },
    },
    ignored: {
      type: 'object',
      description: 'A review or a comment that counts for nothing.',
      required: ['by', 'reason', 'message', 'on'],
      properties: {
        by: text,
        reason: { enum: Object.keys(ignoredMessages) },
        message: text,
        on: { enum: ['review', 'comment'] },
      },
    },
    requirement: {
      type: 'object',
      required: ['name', 'isMet', 'detail', 'by', 'children'],
      properties: {
        name: text,
        isMet: { type: 'boolean' },
        isSkipped: { const: true, description: 'It does not apply, for the reason in detail.' },
        detail: text,
        by: { ...texts, description: 'Logins of those who count towards it.' },
        children: { type: 'array', items: { $ref: '#/definitions/requirement' } },
      },
    },
    missing: {
      type: 'object',
      description: 'What somebody can still give.',
      required: ['requirement', 'count', 'logins', 'teams', 'roles', 'message'],
      properties: {
        requirement: text,
        count: { type: 'integer', minimum: 1 },
        logins: { ...texts, description: 'People in the directory whose approval would count.' },
        teams: texts,
        roles: texts,
        message: text,
        oneOf: { ...text, description: 'The rule that this is one branch of, where one branch is enough.' },
      },
    },
  },
} as const;
