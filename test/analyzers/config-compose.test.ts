/** Compose files: everyday edits pass every rule on configuration; what Compose refuses does not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compareConfig, compareConfigTrees } from '../../analyzers/config/compare-config.ts';

const compose = `services:
  web:
    image: shop/web:1.4.2
    depends_on:
      db:
        condition: service_healthy
    environment:
      MODE: fast
    ports:
      - '8080:8080'
    networks: [front, back]
    secrets: [token]
    configs:
      - source: settings
        target: /etc/settings
    restart: unless-stopped
  db:
    image: postgres:17
    networks: [back]
    volumes:
      - data:/var/lib/postgresql/data
      - ./init:/docker-entrypoint-initdb.d:ro
    healthcheck:
      test: [CMD, pg_isready]
      interval: 5s
networks:
  front:
  back:
volumes:
  data:
secrets:
  token:
    file: ./token.txt
configs:
  settings:
    file: ./settings.json
`;

// prettier-ignore
const harmless: [name: string, from: string, to: string][] = [
  ['another version of an image', 'web:1.4.2', 'web:1.5.0'],
  ['another variable', 'MODE: fast', 'MODE: fast\n      SHADE: dark'],
  ['another port', "'8080:8080'", "'9090:8080'"],
  ['one more port', "      - '8080:8080'", "      - '8080:8080'\n      - '8443:8443'"],
  ['one more service', '  db:\n    image', '  cache:\n    image: redis:8\n    networks: [back]\n  db:\n    image'],
  ['one more network', '  back:\nvolumes', '  back:\n  side:\nvolumes'],
  ['the network that is always there', 'networks: [back]\n    volumes', 'networks: [back, default]\n    volumes'],
  ['a longer interval', 'interval: 5s', 'interval: 10s'],
  ['a directory of the host', './init:', './setup:'],
  ['a label', '    restart: unless', '    labels: { team: shop }\n    restart: unless'],
];

// prettier-ignore
const harmful: [name: string, from: string, to: string][] = [
  ['a dependency that is no service', '      db:\n        condition', '      database:\n        condition'],
  ['a service of another name', '  db:\n    image', '  database:\n    image'],
  ['a network that is not declared', 'networks: [front, back]', 'networks: [front, side]'],
  ['a network that is removed', '  front:\n  back:\nvolumes', '  back:\nvolumes'],
  ['a volume of another name', '- data:/var', '- files:/var'],
  ['a volume that is removed', 'volumes:\n  data:\n', ''],
  ['a secret that is not declared', 'secrets: [token]', 'secrets: [tokens]'],
  ['a config that is not declared', 'source: settings', 'source: setings'],
  ['a port that is taken', '  db:\n    image: postgres:17\n', "  db:\n    image: postgres:17\n    ports: ['8080:5432']\n"],
  ['a range that reaches a port', '  db:\n    image: postgres:17\n', "  db:\n    image: postgres:17\n    ports: ['8079-8081:5432-5434']\n"],
  ['a long form of a port that is taken', '  db:\n    image: postgres:17\n', '  db:\n    image: postgres:17\n    ports: [{ target: 5432, published: "8080" }]\n'],
];

function compare(from: string, to: string, path: string) {
  assert.ok(compose.includes(from), `no ${from} in the file`);
  return compareConfig({ path, text: compose }, { path, text: compose.replace(from, to) });
}

describe('everyday edits of Compose files', () => {
  for (const [name, from, to] of harmless) {
    test(name, async () => {
      const findings = await compare(from, to, 'compose.yaml');
      assert.deepEqual(
        findings.filter(({ proof }) => proof !== undefined),
        [],
      );
    });
  }
});

describe('edits that Compose refuses', () => {
  for (const [name, from, to] of harmful) {
    for (const path of ['docker-compose.yml', 'a.yaml']) {
      test(`${name}, in ${path}`, async () => {
        const findings = await compare(from, to, path);
        const found = findings.find(({ ruleId }) => ruleId === 'config/resolve-compose');
        assert.equal(found?.proof, 'breaking', JSON.stringify(findings, null, 1));
        assert.ok(found.span);
      });
    }
  }
});

test('an override may lean on what the main file declares', async () => {
  const main = ['compose.yaml', compose] as const;
  const override = 'services:\n  web:\n    depends_on: [db]\n';
  const findings = await compareConfigTrees(
    new Map([main, ['compose.override.yaml', 'services:\n  web: {}\n']]),
    new Map([main, ['compose.override.yaml', override]]),
  );
  assert.deepEqual(
    findings.filter(({ ruleId }) => ruleId === 'config/resolve-compose'),
    [],
  );
});
