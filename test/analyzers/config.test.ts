/**
 * Two versions of one configuration file, as `evenkeel compare --kind config` sees them: what a careful reader would
 * stop at, and what nobody should be asked about. What code, history and other files say is in the fixtures.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compareConfig } from '../../analyzers/config/compare-config.ts';

/** [before, after, the rule that has to speak]; YAML unless the text says otherwise. */
const questioned: readonly (readonly [before: string, after: string, rule: string])[] = [
  // Magnitudes and units of bare numbers.
  ['timeout: 30', 'timeout: 30000', 'question-unit'],
  ['timeout_seconds: 30', 'timeout_seconds: 1800', 'question-unit'],
  ['max_items: 25', 'max_items: 250', 'question-magnitude'],
  ['pool: { max: 20 }', 'pool: { max: 2 }', 'question-magnitude'],
  ['price: 19.99', 'price: 1999', 'question-magnitude'],
  ['retries: 3', 'retries: 300', 'question-magnitude'],
  ['replicas: 3', 'replicas: 0', 'question-magnitude'],
  ['timeout: 30', 'timeout: 0', 'question-magnitude'],
  ['maxConnections: 100', 'maxConnections: -1', 'question-magnitude'],
  ['limits: [10, 20, 30]', 'limits: [10, 20, 30000]', 'question-magnitude'],
  [
    'env:\n  - { name: TIMEOUT_MS, value: "500" }',
    'env:\n  - { name: TIMEOUT_MS, value: "500000" }',
    'question-unit',
  ],
  // Measures with units.
  ['timeout: 30s', 'timeout: 30m', 'question-unit'],
  ['timeout: 30s', 'timeout: 30ms', 'question-unit'],
  ['timeout: 30s', 'timeout: 30', 'question-unit'],
  ['timeout: 30s', 'timeout: "30"', 'question-unit'],
  ['timeout: 30', 'timeout: 30s', 'question-unit'],
  ['ttl: 1h', 'ttl: 1m', 'question-unit'],
  ['ttl: 2w', 'ttl: 2d', 'question-unit'],
  ['timeout: PT30S', 'timeout: PT30M', 'question-unit'],
  ['timeout: 1m30s', 'timeout: 90m', 'question-unit'],
  ['memory: 512Mi', 'memory: 512M', 'question-unit'],
  ['memory: 512Mi', 'memory: 512Gi', 'question-unit'],
  ['memory: 512Mi', 'memory: 512', 'question-unit'],
  ['memory: 512M', 'memory: 512m', 'question-unit'],
  ['maxSize: 10MB', 'maxSize: 10Mb', 'question-unit'],
  ['maxSize: 10 MB', 'maxSize: 10 GB', 'question-unit'],
  ['maxSize: 10MB', 'maxSize: 10s', 'question-unit'],
  ['cpu: 500m', 'cpu: "500"', 'question-unit'],
  ['limit: 100r/s', 'limit: 100r/m', 'question-unit'],
  ['interval: { value: 30, unit: s }', 'interval: { value: 30, unit: ms }', 'question-unit'],
  ['timeout: 30\ntimeoutUnit: seconds', 'timeout: 30\ntimeoutUnit: minutes', 'question-unit'],
  ['timeoutSeconds: 30', 'timeoutMs: 30', 'keep-key'],
  ['schedule: "0 2 * * *"', 'schedule: "* 2 * * *"', 'question-magnitude'],
  ['schedule: "@daily"', 'schedule: "@hourly"', 'question-magnitude'],
  // Fractions and percentages.
  ['errorRate: 0.1', 'errorRate: 10', 'question-fraction'],
  ['sampling: 0.5', 'sampling: 50', 'question-fraction'],
  ['threshold: 50', 'threshold: 0.5', 'question-fraction'],
  ['probability: 0.2', 'probability: 1.5', 'question-fraction'],
  ['tolerate: 10%', 'tolerate: 0.1', 'question-fraction'],
  ['tolerate: 10%', 'tolerate: "10"', 'question-fraction'],
  ['percent: 50', 'percent: 150', 'question-fraction'],
  // Types.
  ['count: 30', 'count: "30"', 'keep-type'],
  ['port: 8080', 'port: "8080"', 'keep-type'],
  ['enabled: true', 'enabled: "true"', 'keep-type'],
  ['enabled: true', 'enabled: 1', 'keep-type'],
  ['version: "1.10"', 'version: 1.1', 'keep-type'],
  ['hosts: [a.example.com]', 'hosts: a.example.com', 'keep-type'],
  ['host: a.example.com', 'host: [a.example.com]', 'keep-type'],
  ['database: { url: x }', 'database: x', 'keep-type'],
  ['workers: 4', 'workers: many', 'keep-type'],
  ['A=1\nTIMEOUT=30\n', 'A=1\nTIMEOUT=thirty\n', 'keep-type'],
  ['A=1\nTIMEOUT=30\n', 'A=1\nTIMEOUT=30s\n', 'question-unit'],
  ['A=1\nENABLED=true\n', 'A=1\nENABLED=maybe\n', 'keep-type'],
  // Emptied values.
  ['url: https://a.example.com', 'url:', 'keep-value'],
  ['url: https://a.example.com', 'url: ""', 'keep-value'],
  ['key: abc', 'key: changeme', 'keep-value'],
  ['hosts: [a, b]', 'hosts: []', 'keep-value'],
  ['hosts: [a, b, c]', 'hosts: [a]', 'keep-value'],
  ['blocklist: [10.0.0.1, 10.0.0.2]', 'blocklist: [10.0.0.1]', 'keep-value'],
  ['db: { host: a }', 'db: null', 'keep-value'],
  // Keys.
  ['a: 1\nb: 2', 'a: 1', 'keep-key'],
  ['timeout: 30', 'timeuot: 30', 'keep-key'],
  ['a: { b: { c: 1 } }', 'a: { b: { d: 1 } }', 'keep-key'],
  ['a:\n  b: 1\n  c: 2', 'a:\n  b: 1\nc: 2', 'keep-key'],
  ['a: 1\n---\nb: 2', 'a: 1', 'keep-key'],
  // Protections.
  ['tls: { enabled: true }', 'tls: { enabled: false }', 'keep-safeguard'],
  ['verifySsl: true', 'verifySsl: false', 'keep-safeguard'],
  ['insecureSkipVerify: false', 'insecureSkipVerify: true', 'keep-safeguard'],
  ['auth:\n  authentication: "on"', 'auth:\n  authentication: "off"', 'keep-safeguard'],
  ['runAsNonRoot: true', 'runAsNonRoot: false', 'keep-safeguard'],
  ['DEBUG=false\nA=1', 'DEBUG=true\nA=1', 'keep-safeguard'],
  ['sslmode: verify-full', 'sslmode: prefer', 'keep-safeguard'],
  ['minTlsVersion: TLSv1.2', 'minTlsVersion: TLSv1.0', 'keep-safeguard'],
  ['url: https://pay.example.com/v1', 'url: http://pay.example.com/v1', 'keep-safeguard'],
  ['cors:\n  origins: [https://a.example.com]', 'cors:\n  origins: ["*"]', 'keep-safeguard'],
  ['allowedCidrs: [10.0.0.0/8]', 'allowedCidrs: [10.0.0.0/8, 0.0.0.0/0]', 'keep-safeguard'],
  // Environments and words.
  ['host: db-prod.internal', 'host: db-staging.internal', 'keep-environment'],
  ['databaseUrl: postgres://db.internal/x', 'databaseUrl: postgres://localhost/x', 'keep-environment'],
  ['environment: production', 'environment: development', 'keep-environment'],
  ['strategy: rolling', 'strategy: roling', 'question-spelling'],
  ['level: warning', 'level: wraning', 'question-spelling'],
  // Other formats, told by their text alone.
  ['[server]\nport = 1\ntimeout = 30\n', '[server]\nport = 1\ntimeout = 30000\n', 'question-unit'],
  ['title = "x"\ntimeout = 30\n', 'title = "x"\ntimeout = 30000\n', 'question-unit'],
  ['[a]\ntimeout=30s\n; c\n', '[a]\ntimeout=30m\n; c\n', 'question-unit'],
  ['POOL_SIZE=10\nNAME=a', 'POOL_SIZE=1000\nNAME=a', 'question-magnitude'],
  ['server.timeout=30\nserver.name=a', 'server.timeout=30000\nserver.name=a', 'question-unit'],
  ['{"timeout": 30}', '{"timeout": 30000}', 'question-unit'],
  ['{"a": {"replicas": 3}}', '{"a": {"replicas": 0}}', 'question-magnitude'],
  // Settings inside of text.
  ['args: ["--timeout=30", "--x"]', 'args: ["--timeout=30000", "--x"]', 'question-unit'],
  ['javaOpts: -Xms256m -Xmx512m', 'javaOpts: -Xms256m -Xmx512g', 'question-unit'],
  ['url: postgres://db/x?pool=10', 'url: postgres://db/x?pool=1000', 'question-magnitude'],
  [
    'data:\n  app.properties: |\n    ttl=30\n    a=b',
    'data:\n  app.properties: |\n    ttl=30000\n    a=b',
    'question-unit',
  ],
  ['data:\n  app.yaml: |\n    ttl: 30\n    a: b', 'data:\n  app.yaml: |\n    ttl: 30\n    a:', 'keep-value'],
  // Shapes of text.
  ['url: https://a.example.com', 'url: htps://a.example.com', 'keep-type'],
  ['url: https://a.example.com', 'url: a.example.com', 'keep-type'],
  ['address: 10.0.0.1', 'address: 10.0.0.256', 'keep-type'],
  ['cidr: 10.0.0.0/24', 'cidr: 10.0.0.0/42', 'keep-type'],
  ['queue: orders', 'queue: "orders "', 'question-spelling'],
  ['dataDir: /var/lib/shop', 'dataDir: /tmp/shop', 'keep-environment'],
  ['size: "1000"', 'size: "1,000"', 'keep-type'],
  // Secrets by their names.
  ['a: 1', 'a: 1\ndbPassword: hunter22', 'question-secret'],
  ['password: ${DB_PASSWORD}', 'password: hunter22', 'question-secret'],
  ['env: [{name: API_KEY, value: $KEY}]', 'env: [{name: API_KEY, value: a8f3k2m9q1z7}]', 'question-secret'],
  // Protections left out by what was added.
  ['a: 1', 'a: 1\ninsecureSkipVerify: true', 'keep-safeguard'],
  ['a: 1', 'a: 1\nadmin: { auth: { enabled: false } }', 'keep-safeguard'],
  // Bounds that cross.
  ['minReplicas: 2\nmaxReplicas: 6', 'minReplicas: 8\nmaxReplicas: 6', 'keep-relation'],
  ['pool: { min: 2, max: 6 }', 'pool: { min: 2, max: 1 }', 'keep-relation'],
  ['backoff: { min: 10s, max: 1m }', 'backoff: { min: 80s, max: 1m }', 'keep-relation'],
  // Beside what moved harmlessly.
  [
    'items:\n  - name: a\n    ttl: 30\n  - name: b\n    ttl: 30',
    'items:\n  - name: z\n    ttl: 1\n  - name: b\n    ttl: 30\n  - name: a\n    ttl: 30000',
    'question-unit',
  ],
  ['l: [{a: 1, b: 2, ttl: 5}]', 'l: [{a: 9, b: 9, ttl: 9}, {a: 1, b: 2, ttl: 5000}]', 'question-unit'],
];

const harmless: readonly (readonly [before: string, after: string])[] = [
  ['a: 1\nb: 2', 'b: 2\na: 1'],
  ['a: 1', '# why\na:   1\n'],
  ['a: {b: 1}', 'a:\n  b: 1'],
  ['a: x', 'a: "x"'],
  ['{"a":1,"b":[1,2]}', '{\n  "b": [1, 2],\n  "a": 1\n}'],
  ['timeout: 60s', 'timeout: 1m'],
  ['timeout: 1m30s', 'timeout: 90s'],
  ['timeout: 1000ms', 'timeout: 1s'],
  ['timeout: PT60S', 'timeout: PT1M'],
  ['timeout: 30s', 'timeout: 45s'],
  ['timeout: 30s', 'timeout: 2m'],
  ['timeout: 30', 'timeout: 60'],
  ['memory: 1Gi', 'memory: 1024Mi'],
  ['memory: 512Mi', 'memory: 768Mi'],
  ['memory: 512Mi', 'memory: 1Gi'],
  ['memory: 536870912', 'memory: 512Mi'],
  ['maxSize: 10MB', 'maxSize: 20MB'],
  ['maxSize: 1mb', 'maxSize: 1MB'],
  ['cpu: 500m', 'cpu: 750m'],
  ['cpu: 500m', 'cpu: "0.5"'],
  ['cpu: 1000m', 'cpu: 1'],
  ['replicas: 2', 'replicas: 3'],
  ['replicas: 0', 'replicas: 3'],
  ['ratio: 0.1', 'ratio: 0.2'],
  ['ratio: 0.5', 'ratio: 1.0'],
  ['percent: 5', 'percent: 10'],
  ['tolerate: 10%', 'tolerate: 15%'],
  ['port: 8080', 'port: 8081'],
  ['port: 80', 'port: 8080'],
  ['ports: ["80:80"]', 'ports: ["8080:80"]'],
  ['version: 1.2', 'version: 1.3'],
  ['version: 1.2', 'version: 1.2.1'],
  ['version: "3.8"', 'version: "3.9"'],
  ['image: shop:1.4.2', 'image: shop:1.5.0'],
  ['id: 17', 'id: 170000'],
  ['createdAt: 1690000000', 'createdAt: 1790000000'],
  ['updated: 2024-01-01', 'updated: 2025-06-01'],
  ['commit: 1234567', 'commit: abcdef1'],
  ['build: 9', 'build: 100'],
  ['url: https://a.example.com/v1', 'url: https://b.example.com/v2'],
  ['url: http://a.example.com', 'url: https://a.example.com'],
  ['host: a.example.com', 'host: b.example.com'],
  ['description: A small shop', 'description: A large shop'],
  ['owner: alice', 'owner: alicia'],
  ['logLevel: info', 'logLevel: debug'],
  ['feature: { checkout: false }', 'feature: { checkout: true }'],
  ['feature: { checkout: true }', 'feature: { checkout: false }'],
  ['a: 1', 'a: 1\nb: 2'],
  ['a: { b: 1 }', 'a: { b: 1, c: { d: 2 } }'],
  ['hosts: [a, b]', 'hosts: [b, a]'],
  ['hosts: [a, b]', 'hosts: [a, b, c]'],
  ['hosts: [a, b]', 'hosts: [a, c]'],
  [
    'items:\n  - name: a\n    ttl: 30\n  - name: b\n    ttl: 3000',
    'items:\n  - name: b\n    ttl: 3000\n  - name: a\n    ttl: 30',
  ],
  ['items:\n  - name: a\n    ttl: 30', 'items:\n  - name: z\n    ttl: 9000\n  - name: a\n    ttl: 30'],
  ['steps: [1, 5, 25]', 'steps: [25, 5, 1]'],
  ['schedule: "0 2 * * *"', 'schedule: "30 3 * * *"'],
  ['schedule: "*/5 * * * *"', 'schedule: "*/10 * * * *"'],
  ['tls: { enabled: false }', 'tls: { enabled: true }'],
  ['insecureSkipVerify: true', 'insecureSkipVerify: false'],
  ['password: abc', 'password: ${DB_PASSWORD}'],
  ['port: 5432', 'port: ${DB_PORT}'],
  ['empty:', 'empty: 5'],
  ['a: 1\nempty:', 'a: 1'],
  ['a: &x { b: 1 }\nc: *x', 'a: { b: 1 }\nc: { b: 1 }'],
  ['A=1\nB=two words\n', '# note\nB="two words"\nA=1\n'],
  ['[s]\na = 1\n', '[s]\na = 2\n'],
  ['delay: 5', 'delay: 0'],
  ['timezone: 1', 'timezone: -5'],
  ['region: eu-west-1', 'region: eu-central-1'],
  ['name: orders', 'name: order-service'],
  ['a: 1\r\nb: 2\r\n', 'a: 1\nb: 2\n'],
  ['\uFEFFa: 1\n', 'a: 1\n'],
  ['mode: 0644', 'mode: 0600'],
  [
    'apiVersion: v1\nkind: A\nmetadata: {name: x}\n---\napiVersion: v1\nkind: B\nmetadata: {name: y}',
    'apiVersion: v1\nkind: B\nmetadata: {name: y}\n---\napiVersion: v1\nkind: A\nmetadata: {name: x}',
  ],
  ['', 'a: 1'],
  ['args: ["--timeout=30"]', 'args: ["--timeout=60", "--verbose"]'],
  ['javaOpts: -Xmx512m', 'javaOpts: -Xmx1g'],
  ['image: registry.example.com/shop:1.4', 'image: registry.example.com/shop:1.40'],
  ['url: https://a.example.com?page=2', 'url: https://a.example.com?page=3'],
  ['data:\n  app.yaml: |\n    ttl: 30', 'data:\n  app.yaml: |\n    # longer\n    ttl: 45\n'],
  ['script: |\n  set -e\n  run', 'script: |\n  set -eu\n  run --all'],
  ['host: 10.0.0.1', 'host: 10.0.0.2'],
  ['host: 10.0.0.1', 'host: db.example.com'],
  [
    'a: 1',
    'a: 1\ntokenUrl: https://a.example.com/token\npasswordFile: /run/secrets/db\nsecretName: shop-tls',
  ],
  ['a: 1', 'a: 1\nauth: { enabled: true }\nfeatureX: false'],
  ['min: 2\nmax: 6', 'min: 3\nmax: 8'],
  ['path: /var/lib/a', 'path: /var/lib/b'],
  ['text: |\n  hello', 'text: |-\n  hello'],
  ['a: &d { ttl: 5 }\nb:\n  <<: *d', 'a: &d { ttl: 6 }\nb:\n  <<: *d'],
  ['rules:\n  - { alert: a, for: 5m }', 'rules:\n  - { alert: a, for: 10m }\n  - { alert: b, for: 1h }'],
  ['deprecatedFlag: true\na: 1', 'a: 1'],
  [
    '{"name":"shop","version":"1.2.3","dependencies":{"a":"^1.0.0"}}',
    '{"name":"shop","version":"1.3.0","dependencies":{"a":"^2.0.0","b":"~1.1.0"}}',
  ],
];

async function verdictOf(before: string | undefined, after: string, extra = {}) {
  const at = (text: string) => ({
    path: /^\uFEFF?\s*[{["]/.test(text) ? 'config.json' : 'config.yaml',
    text,
  });
  const findings = await compareConfig(before === undefined ? undefined : at(before), at(after), extra);
  const verdict = findings.some(({ proof }) => proof === 'breaking')
    ? 'breaking'
    : findings.some(({ proof }) => proof === 'unproven')
      ? 'unproven'
      : 'compatible';
  return { verdict, rules: [...new Set(findings.map(({ ruleId }) => ruleId))], findings };
}

const title = (before: string, after: string) => `${JSON.stringify(before)} -> ${JSON.stringify(after)}`;

describe('a value that is questioned', () => {
  for (const [before, after, rule] of questioned) {
    test(`${rule}: ${title(before, after)}`, async () => {
      const { verdict, rules, findings } = await verdictOf(before, after);
      assert.deepEqual([verdict, rules], ['unproven', [`config/${rule}`]]);
      for (const finding of findings)
        assert.ok(finding.span !== undefined && finding.beforeSpan !== undefined);
    });
  }
});

describe('what nobody is asked about', () => {
  for (const [before, after] of harmless) {
    test(title(before, after), async () => {
      const { verdict, findings } = await verdictOf(before, after);
      assert.equal(verdict, 'compatible', JSON.stringify(findings.map(({ message }) => message)));
    });
  }
});

describe('what is broken', () => {
  const token = ['ghp', 'x1R9kZ3mQ7vL2nB8cF5dT0wY6pH4jS1aGe3u'].join('_');
  const cases: [name: string, before: string | undefined, after: string, extra: object, rule: string][] = [
    ['JSON that does not parse', '{"a": 1}', '{"a": 1,}', {}, 'parse-syntax'],
    ['YAML that does not parse', 'a: 1', 'a: [1', {}, 'parse-syntax'],
    ['a key twice', 'a: 1', 'a: 1\na: 2', {}, 'parse-syntax'],
    ['a key twice in JSON', '{"a": 1}', '{"a": 1, "a": 2}', {}, 'parse-syntax'],
    ['a key twice in TOML', 'a = 1\nb = "x"', 'a = 1\na = 2\nb = "x"', {}, 'parse-syntax'],
    ['a key twice in env', 'A_B=x', 'A_B=x\nA_B=y', {}, 'parse-syntax'],
    ['a key twice in ini', '[s]\na=x\n;', '[s]\na=x\na=y\n;', {}, 'parse-syntax'],
    ['a secret', 'a: 1', `a: 1\ntoken: ${token}`, {}, 'forbid-secrets'],
    ['a new file with a key twice', undefined, 'a: 1\na: 2', {}, 'parse-syntax'],
    [
      'a schema violated',
      'a: 5',
      'a: 7',
      { schemaText: '{"properties": {"a": {"maximum": 6}}}' },
      'match-schema',
    ],
  ];
  for (const [name, before, after, extra, rule] of cases) {
    test(name, async () => {
      const { verdict, rules } = await verdictOf(before, after, extra);
      assert.equal(verdict, 'breaking');
      assert.ok(rules.includes(`config/${rule}`), rules.join());
    });
  }

  test('what was broken before is not of this change', async () => {
    for (const [before, after, extra] of [
      ['a: 1\na: 2', 'a: 1\na: 2\nb: 1', {}],
      [`token: ${token}`, `token: ${token}\nb: 1`, {}],
      ['a: 7', 'a: 7\nb: 1', { schemaText: '{"properties": {"a": {"maximum": 6}}}' }],
      ['a: [1', 'a: [1]', {}],
    ] as const) {
      assert.equal((await verdictOf(before, after, extra)).verdict, 'compatible', before);
    }
  });
});
