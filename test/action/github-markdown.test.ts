import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Finding } from '../../analyzers/finding.ts';
import type { CheckOutcome } from '../../action/commands/run-check.ts';
import { escapeMarkdown } from '../../action/github/escape-markdown.ts';
import { reportMarkdown, worstFirst } from '../../action/github/report-markdown.ts';
import { fillPolicy } from '../../policies/policy-file/fill-policy.ts';

function finding(level: Finding['level'], path: string, message = 'wrong'): Finding {
  return { ruleId: 'config/check-syntax', level, message, remedy: 'correct it', path, fingerprint: path };
}

function outcomeOf(findings: Finding[]): CheckOutcome {
  const filled = fillPolicy({ version: 1, services: { shop: { paths: ['shop/**'] } } }, 'evenkeel.yml');
  assert.ok(filled.ok);
  return {
    policy: filled.policy,
    isAdoption: false,
    verdict: {
      decision: 'block',
      reasonCode: 'findings-block',
      reasons: findings.map(({ message, path }) => ({ code: 'findings-block', message, path })),
      waivers: [],
    },
    findings,
    claims: [],
    unclaimed: [],
    base: 'a'.repeat(40),
    head: 'b'.repeat(40),
    changedPaths: findings.length,
    leftOut: [],
  };
}

test('names from a repository stay words: no markup, mention, link or comment of theirs comes alive', () => {
  assert.equal(escapeMarkdown('a|b'), 'a\\|b');
  assert.doesNotMatch(escapeMarkdown('<img src=x> <!-- evenkeel:check -->'), /<(?!!-- -->)/);
  assert.doesNotMatch(escapeMarkdown('@acme/owners'), /@/);
  assert.doesNotMatch(escapeMarkdown('https://evil.example'), /:\/\//);
  assert.equal(escapeMarkdown('two\nlines').includes('\n'), false);
});

test('whatever the text is, it stays in its cell', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const escaped = escapeMarkdown(text);
      assert.doesNotMatch(escaped, /(?<!\\)[|`[\]]/);
      assert.doesNotMatch(escaped, /[\r\n@]/);
    }),
  );
});

test('the worst comes first, and the order within a level stays', () => {
  const sorted = worstFirst([
    finding('note', 'a'),
    finding('error', 'b'),
    finding('warning', 'c'),
    finding('error', 'd'),
  ]);
  assert.deepEqual(
    sorted.map(({ path }) => path),
    ['b', 'd', 'c', 'a'],
  );
});

test('a report keeps within its bytes, and says how many findings did not fit', () => {
  const findings = Array.from({ length: 500 }, (_, index) =>
    finding('error', `shop/é${index}.json`, 'ü'.repeat(200)),
  );
  const report = reportMarkdown(outcomeOf(findings), 65_535);
  assert.ok(Buffer.byteLength(report) <= 65_535);
  const rows = report.match(/^\| error \|/gm)?.length ?? 0;
  assert.ok(rows > 0 && rows < 500);
  assert.match(report, new RegExp(`^${500 - rows} more findings do not fit here`, 'm'));
});
