/**
 * Edits as they come along in a year of configuration: what is everyday business has to pass, and what would have woken
 * somebody up must not, whichever rule it is that speaks. The cases of each rule are in config.test.ts.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareConfig } from '../../analyzers/config/compare-config.ts';

const everyday: readonly (readonly [before: string, after: string])[] = [
  ['server:\n  host: 0.0.0.0\n  port: 8080', 'server:\n  host: 127.0.0.1\n  port: 8080'],
  ['log:\n  level: info', 'log:\n  level: warn'],
  ['log:\n  level: INFO', 'log:\n  level: info'],
  ['cache_ttl: 300', 'cache_ttl: 600'],
  ['max_upload_mb: 10', 'max_upload_mb: 25'],
  ['features:\n  - a\n  - b', 'features:\n  - a\n  - b\n  - c'],
  ['features:\n  - a\n  - b', 'features:\n  - a'],
  ['image: nginx:1.25', 'image: nginx:1.27'],
  ['image: nginx:1.25.3', 'image: nginx:1.25.10'],
  ['build: 1041', 'build: 1042'],
  ['sha: 9f8e7d6', 'sha: 1a2b3c4'],
  ['uuid: 550e8400-e29b-41d4-a716-446655440000', 'uuid: 550e8400-e29b-41d4-a716-446655440001'],
  ['lastUpdated: 2024-05-01T00:00:00Z', 'lastUpdated: 2024-06-01T00:00:00Z'],
  ['[package]\nname = "x"\nversion = "0.1.0"', '[package]\nname = "x"\nversion = "0.2.0"'],
  ['email: ops@example.com', 'email: sre@example.com'],
  ['title: Hello', 'title: Hello world'],
  ['threshold: 0.8', 'threshold: 0.85'],
  ['weight: 10', 'weight: 20'],
  ['weight: 10', 'weight: 50'],
  [
    'resources:\n  limits:\n    cpu: 500m\n    memory: 256Mi',
    'resources:\n  limits:\n    cpu: "1"\n    memory: 512Mi',
  ],
  ['db:\n  url: postgres://db:5432/shop', 'db:\n  url: postgres://db2:5432/shop'],
  ['region: us-east-1', 'region: us-east-2'],
  ['timezone: UTC', 'timezone: Europe/Berlin'],
  ['locale: en_US', 'locale: de_DE'],
  ['currency: EUR', 'currency: USD'],
  ['color: "#ffffff"', 'color: "#000000"'],
  ['theme: dark', 'theme: light'],
  ['tags: [a, b]', 'tags: [b, a]'],
  ['x: 1.0', 'x: 1'],
  ['x: 1e3', 'x: 1000'],
  ["x: 'a'", 'x: a'],
  ['x: >-\n  a b', 'x: a b'],
  ['a: 5 # five', 'a: 5 # cinq'],
  ['FOO="bar"', 'FOO=bar'],
  ["FOO='bar'\nX=y", 'X=y\nFOO=bar'],
  ['export FOO=bar', 'FOO=bar'],
  ['a.b=1\na.c=x', '# hi\na.c=x\na.b=1'],
  ['[x]\na=b', '[x]\na = b'],
  ['{"a":1e2}', '{"a":100}'],
  ['retry:\n  attempts: 3\n  backoff: 2s', 'retry:\n  attempts: 5\n  backoff: 5s'],
  ['workers: 4', 'workers: 8'],
  ['ttl: 24h', 'ttl: 1d'],
  ['ttl: 86400s', 'ttl: 1d'],
  ['size: 1.5Gi', 'size: 1536Mi'],
  ['ratio: 0.25', 'ratio: 0.5'],
  ['rate: 100/s', 'rate: 150/s'],
  ['users:\n  - name: a\n    role: x\n', 'users:\n  - name: a\n    role: y\n  - name: b\n    role: x\n'],
  ['allowed_hosts: [a.example.com]', 'allowed_hosts: [a.example.com, b.example.com]'],
  ['log_file: /var/log/a.log', 'log_file: /var/log/b.log'],
  ['dns: 8.8.8.8', 'dns: 1.1.1.1'],
  ['cidr: 10.0.0.0/16', 'cidr: 10.1.0.0/16'],
  ['api_version: v1', 'api_version: v2'],
  ['enabled: false', 'enabled: true'],
  ['dry_run: true', 'dry_run: false'],
  ['description: |\n  one\n  two', 'description: |\n  one\n  three'],
  ['start_date: 20240101', 'start_date: 20250101'],
  ['order: 1', 'order: 10'],
  ['priority: 1', 'priority: 100'],
  ['node_version: 18', 'node_version: 20'],
  ['python: "3.9"', 'python: "3.12"'],
  ['node: 18', 'node: 20'],
  ['java: 8', 'java: 17'],
  ['go: "1.9"', 'go: "1.22"'],
  ['go: 1.9', 'go: 1.21'],
  ['model: small', 'model: large'],
  ['buildNumber: 9', 'buildNumber: 99'],
  ['ticket: 12', 'ticket: 3456'],
  ['issue: 12', 'issue: 3456'],
  ['line: 3', 'line: 300'],
  ['zip: 10115', 'zip: 99999'],
  ['phone: "49301234"', 'phone: "49309999"'],
  ['serial: 2024010101', 'serial: 2024010102'],
  ['expires: 2025-01-01', 'expires: 2026-01-01'],
  ['a: true', 'a: True'],
  ['a: null\nb: 1', 'b: 1\na: ~'],
  ['on: push', 'on: push\n# x'],
  ['width: 80', 'width: 1200'],
  ['timeout: 5000ms', 'timeout: 5s'],
  ['size: 1MiB', 'size: 1024KiB'],
  ['log: { level: error }', 'log: { level: warning }'],
  ['block_public_access: false', 'block_public_access: true'],
  ['start_date: "2024-02-28"', 'start_date: "2024-02-29"'],
  ['start_date: "2024-02-28"', 'start_date: tomorrow'],
  ['version: "3.8"\nservices:\n  web:\n    image: nginx:1.27', 'services:\n  web:\n    image: nginx:1.27'],
  ['url: http://proxy:3128', 'url: "http://${USER}:${PASSWORD}@proxy:3128"'],
  ['dsn: "jdbc:postgresql://db/shop"', 'dsn: "jdbc:postgresql://db/shop?user=a&password=${PASSWORD}"'],
  ['db: postgres://postgres:postgres@localhost/x', 'db: postgres://postgres:postgres@localhost/y'],
  ['tls:\n  min_version: "1.2"', 'tls:\n  min_version: "1.3"'],
];

const harmful: readonly (readonly [before: string, after: string])[] = [
  ['connection_timeout: 5', 'connection_timeout: 5000'],
  ['max_body: 10m', 'max_body: 10g'],
  ['interval: 15s', 'interval: 15m'],
  ['max_age: 3600', 'max_age: 60'],
  ['heap: 2g', 'heap: 2m'],
  ['limits:\n  memory: 1Gi', 'limits:\n  memory: 1Mi'],
  ['cpu: "2"', 'cpu: 2m'],
  ['sample_rate: 0.01', 'sample_rate: 1'],
  ['traffic_percent: 5', 'traffic_percent: 0.05'],
  ['error_budget: 99.9', 'error_budget: 0.999'],
  ['enabled: true', 'enabled: "yes"'],
  ['enabled: true', 'enabled: yes'],
  ['debug: "false"', 'debug: false'],
  ['port: 8080', 'port: 80800'],
  ['port: 8080', 'port: 0'],
  ['port: 8080', 'port: -1'],
  ['port: 8080', 'port: abc'],
  ['port: 8080', 'port: http'],
  ['replicas: 3', 'replicas: -3'],
  ['replicas: 3', 'replicas: 3.5'],
  ['replicas: 3', 'replicas: 300'],
  ['replicas: 3', 'replicas: null'],
  ['url: https://x.io', 'url: https:/x.io'],
  ['url: https://x.io', 'url: "https//x.io"'],
  ['host: db.internal', 'host: ""'],
  ['servers: [a, b, c]', 'servers: null'],
  ['servers: [a, b, c]', 'servers: a'],
  ['servers: [a, b, c]', 'servers: {a: 1}'],
  ['a:\n  b: 1\n  c: 2', 'a:\n  b: 1'],
  ['required: [a, b]', 'required: [a]'],
  ['mode: production', 'mode: prodution'],
  ['log_level: info', 'log_level: inof'],
  ['max: 10\nmin: 1', 'max: 10\nmin: 11'],
  ['ssl: true', 'ssl: false'],
  ['verify: full', 'verify: none'],
  ['auth_required: true', 'auth_required: false'],
  ['password: ${P}', 'password: admin123'],
  ['cors_origin: https://a.io', 'cors_origin: "*"'],
  ['bind: 127.0.0.1', 'bind: 0.0.0.0'],
  ['retries: 3', 'retries: 0'],
  ['backup: enabled', 'backup: disabled'],
  ['ttl: 300', 'ttl: 0.3'],
  ['tax: 0.19', 'tax: 19'],
  ['discount: 0.1', 'discount: 10'],
  ['rate_limit: 100', 'rate_limit: 100000'],
  ['log_retention_days: 30', 'log_retention_days: 1'],
  ['timeout: 30s', 'timeout: 30sec0'],
  ['timeout: 30s', 'timeout: s'],
  ['timeout: 30s', 'timeout: -30s'],
  ['timeout: 30s', 'timeout: 0s'],
  ['timeout: "30"', 'timeout: "thirty"'],
  ['size: 10GB', 'size: 10'],
  ['batch: 100', 'batch: 1'],
  ['version: "1.20"', 'version: 1.20'],
  ['country: "no"', 'country: no'],
  ['time: "12:30"', 'time: 12:30'],
  ['zip: "01234"', 'zip: 01234'],
  ['id: "123"', 'id: 123'],
  ['cron: "0 0 * * *"', 'cron: "* * * * *"'],
  ['cron: "0 0 * * *"', 'cron: "0 0 * *"'],
  ['concurrency: 10', 'concurrency: 0'],
  ['feature: {a: true}', 'feature: a'],
  ['memory: 512Mi', 'memory: 512mi'],
  ['protocol: https', 'protocol: http'],
  ['env: [{ name: A, value: x }, { name: B, value: y }]', 'env: [{ name: B, value: y }]'],
  ['a:\n  b: 1', 'a:\n\tb: 1'],
  ['{"a": 1}', '{a: 1}'],
  ['db: x', 'db: postgres://admin:Sup3rS3cret@db:5432/x'],
  ['block_public_access: true', 'block_public_access: false'],
  ['publicly_accessible: false', 'publicly_accessible: true'],
  ['rejectUnauthorized: true', 'rejectUnauthorized: false'],
  ['tls:\n  min_version: "1.2"', 'tls:\n  min_version: "1.0"'],
  ['start_date: "2024-05-01"', 'start_date: "2024-13-01"'],
  ['at: "2024-02-28T10:00:00Z"', 'at: "2024-02-30T10:00:00Z"'],
];

// Credentials under names that do not tell, in the forms of their issuers. Put together here, so that none stands in a
// file of the repository.
const letters = 'aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW3xY';
const credentials: readonly string[] = [
  ['AK', 'IAQWERTYUIOP234567'],
  ['AI', `za${letters}aB3`],
  ['sk-', `proj-${letters}${letters}`],
  ['hv', `s.${letters}`],
  ['do', `p_v1_${'0a1b2c3d'.repeat(8)}`],
  ['S', `G.${letters.slice(0, 22)}.${letters}${letters.slice(0, 11)}`],
  ['py', `pi-AgE${letters}${letters}`],
  ['123456789:', `AA${letters}z`],
  ['Account', `Key=${letters}${letters}==`],
  ['ey', `JhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.${letters}`],
  ['redis://:', `${letters}@cache:6379/0`],
  ['amqp://shop:', `${letters}@queue:5672`],
  ['jdbc:postgresql://db:5432/shop?user=a&password=', letters],
  ['Server=db;User Id=sa;Password=', `${letters};`],
].map((parts) => parts.join(''));

async function isQuestioned(before: string, after: string): Promise<boolean> {
  const findings = await compareConfig({ path: 'a', text: before }, { path: 'a', text: after });
  return findings.some(({ proof }) => proof !== undefined);
}

for (const [before, after] of everyday) {
  test(`everyday: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`, async () => {
    assert.equal(await isQuestioned(before, after), false);
  });
}

for (const [index, credential] of credentials.entries()) {
  test(`a credential of form ${index + 1}`, async () => {
    assert.ok(await isQuestioned('name: shop\n', `name: shop\nvalue: ${JSON.stringify(credential)}\n`));
    assert.ok(await isQuestioned('a:\n  value: x\n', `a:\n  value: ${JSON.stringify(credential)}\n`));
  });
}

for (const [before, after] of harmful) {
  test(`harmful: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`, async () => {
    assert.equal(await isQuestioned(before, after), true);
  });
}
