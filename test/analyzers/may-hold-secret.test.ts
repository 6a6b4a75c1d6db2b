/**
 * The filter before the search for secrets may let through what holds none; it must never hold back what the search
 * would have found. The secrets here are made up as the test runs, so that no scanner takes this file for a leak.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { lintSource } from '@secretlint/core';
import { creator, rules } from '@secretlint/secretlint-rule-preset-recommend';
import fc from 'fast-check';
import { mayHoldSecret, necessaryText } from '../../analyzers/config/may-hold-secret.ts';

const x = (length: number, from = 'a7Kq9'): string => from.repeat(length).slice(0, length);
const pem = (): string =>
  `-----BEGIN RSA PRIVATE KEY-----\n${'MIIE'.padEnd(640, 'Ab3d+/9x')}\n-----END RSA PRIVATE KEY-----`;
// The rule wants base64 that ends with the JSON's own last brace.
const onePassword = (): string => `ops_${Buffer.from(JSON.stringify({ email: x(148) })).toString('base64')}`;

/** For each rule of the preset, text that it finds a secret in. */
const examples: Record<string, string[]> = {
  // Key and account ids are not searched for by default.
  aws: [`aws_secret_access_key = ${x(40, 'aB3x9')}`, `SecretAccessKey: ${x(40, 'aB3x9')}`],
  gcp: [
    JSON.stringify({ private_key_id: 'x', private_key: pem() }),
    JSON.stringify({ private_key_id: 'x', private_key: pem() }).replace('PRIVATE KEY', 'PRIVATE\\u0020KEY'),
  ],
  privatekey: [pem(), pem().replaceAll('RSA ', '')],
  npm: [
    `https://${x(20)}:x-oauth-basic@github.com/a/b`,
    `//registry.npmjs.org/:_authToken=${x(36)}`,
    `npm_${x(36)}`,
  ],
  basicauth: [`https://user7:${x(12)}@db.internal.acme.com`],
  slack: [`xoxb-${x(12, '0123')}-${x(24)}`, `https://hooks.slack.com/services/T${x(8)}/B${x(8)}/${x(24)}`],
  openai: [`sk-${x(20)}T3BlbkFJ${x(20)}`],
  anthropic: [`sk-ant-api03-${x(93)}AA`],
  groq: [`gsk_${x(52)}`],
  huggingface: [`hf_${x(34, 'aKqZt')}`],
  linear: [`lin_api_${x(40)}`],
  notion: [`ntn_${x(11, '0123')}${x(35)}`],
  sendgrid: [`SG.${x(22)}.${x(43)}`],
  shopify: [`shpat_${x(32)}`],
  stripe: [`sk_live_${x(24)}`],
  github: [`ghp_${x(36)}`, `github_pat_${x(82)}`],
  gitlab: [`glpat-${x(20)}`],
  grafana: [`glsa_${x(32)}_${x(8, '0af3')}`],
  '1password': [onePassword()],
  'database-connection-string': [
    `mongodb+srv://admin7:${x(14)}@cluster.acme-prod.net/shop`,
    `jdbc:mysql://admin7:${x(14)}@mysql.acme-prod.net:3306/shop`,
    `POSTGRESQL://admin7:${x(14)}@pg.acme-prod.net/shop`,
  ],
  'hashicorp-vault': [`hvs.${x(95)}`],
  vercel: [`vcp_${x(24)}`],
  databricks: [`dapi${x(32, '0af3')}`],
  docker: [`dckr_pat_${x(27)}`],
  figma: [`figd_${x(43)}`],
  cloudflare: [`cfut_${x(40)}${x(8, '0af3')}`],
  tailscale: [`tskey-auth-${x(16)}-${x(32)}`],
};

/** Some rules look at files of one name only. */
function pathOf(rule: string, index: number): string {
  if (rule === 'gcp') return 'a.json';
  return rule === 'npm' ? (['package.json', '.npmrc'][index] ?? 'a.yaml') : 'a.yaml';
}

async function foundIn(path: string, content: string): Promise<string[]> {
  const { messages } = await lintSource({
    source: { filePath: path, content, ext: path.slice(path.lastIndexOf('.')), contentType: 'text' },
    options: { config: { rules: [{ id: creator.meta.id, rule: creator }] }, noPhysicFilePath: true },
  });
  return messages.map(({ ruleId }) => ruleId.replace('@secretlint/secretlint-rule-', ''));
}

test('every rule of the preset is known to the filter, and has an example', () => {
  const ids = rules
    .map(({ meta }) => meta.id.replace('@secretlint/secretlint-rule-', ''))
    .filter((id) => id !== 'filter-comments')
    .sort();
  assert.deepEqual(Object.keys(necessaryText).sort(), ids);
  assert.deepEqual(Object.keys(examples).sort(), ids);
});

describe('what the search finds, the filter lets through', () => {
  for (const [rule, texts] of Object.entries(examples)) {
    for (const [index, secret] of texts.entries()) {
      test(`${rule} ${index}`, async () => {
        const path = pathOf(rule, index);
        const found = await foundIn(path, secret);
        assert.ok(found.includes(rule), `the example is no secret to secretlint: it found ${found.join()}`);
        assert.ok(mayHoldSecret(path, secret));
      });
    }
  }
});

test('in any text that is made of pieces of secrets', async () => {
  const pieces = Object.values(examples).flat();
  const piece = fc.oneof(
    fc.constantFrom(...pieces),
    fc.constantFrom(...pieces).chain((text) => fc.nat(text.length).map((at) => text.slice(0, at))),
    fc.constantFrom('a: ', '"', "'", '\n', ' = ', '${X}', 'port: 8080', '://', '@'),
    fc.string({ maxLength: 8 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 5 }),
      fc.constantFrom('a.yaml', 'a.json', '.env', '.npmrc', 'package.json'),
      async (parts, path) => {
        const text = parts.join('');
        const found = await foundIn(path, text);
        assert.ok(found.length === 0 || mayHoldSecret(path, text), found.join());
      },
    ),
    { numRuns: 300 },
  );
});

test('configuration without secrets is not searched', () => {
  for (const text of [
    '{"name": "shop", "port": 8080, "hosts": ["a.internal"], "url": "https://acme.com/x"}',
    'account: shop\nimage: registry.acme.com/shop:1.2.3\nDATABASE_URL: ${DATABASE_URL}\n',
  ]) {
    assert.equal(mayHoldSecret('a.yaml', text), false);
  }
});
