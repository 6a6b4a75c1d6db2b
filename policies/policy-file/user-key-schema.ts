/** What tells a service's users apart: one header or one cookie, by names that HTTP allows. */
const name = { type: 'string', pattern: '^[A-Za-z0-9!#$&*+.^_|~-]{1,100}$' };

export const userKeySchema = {
  description:
    'The header or cookie that names a user, who then stays on one version; whoever has none gets a cookie of ours.',
  oneOf: [
    {
      type: 'object',
      additionalProperties: false,
      required: ['header'],
      properties: { header: { ...name, description: 'The name of a request header.' } },
    },
    {
      type: 'object',
      additionalProperties: false,
      required: ['cookie'],
      properties: { cookie: { ...name, description: 'The name of a cookie.' } },
    },
  ],
};
