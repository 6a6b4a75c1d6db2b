/** What is wrong with a CODEOWNERS file, seen from the files that there are. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  auditCodeOwners,
  auditOwners,
  findCodeOwnersFile,
} from '../../policies/approval/code-owners-audit.ts';
import { readCodeOwners } from '../../policies/approval/code-owners.ts';

const tracked = ['a/1.ts', 'a/2.ts', 'b/1.ts', 'b/x/1.md', 'README.md'];

function audit(lines: string[]) {
  return auditCodeOwners('CODEOWNERS', lines, readCodeOwners(lines), tracked);
}

type Row = [
  lines: string[],
  findings: [code: string, line: number | undefined, column: number | undefined][],
];

const rows: Record<string, Row> = {
  'nothing is wrong': [['* @x', '/a/ @y'], []],
  'a line that matches no file is dead': [['* @x', '/A/ @y'], [['dead-pattern', 2, 1]]],
  'a line is shadowed by one later line': [['  /a/ @x', '* @y'], [['shadowed-line', 1, 3]]],
  'a line is shadowed by several later lines together': [
    ['* @x', '/a/ @x', '/a/1.ts @y', '/a/2.ts @z'],
    [['shadowed-line', 2, 1]],
  ],
  'a line that decides on one file of many is not shadowed': [['* @x', '/a/ @x', '/a/1.ts @y'], []],
  'files without an owner are one finding': [['/a/ @x'], [['uncovered-paths', undefined, undefined]]],
  'a line without owners leaves its files to nobody on purpose': [['*'], []],
  'a line that GitHub skips': [['* @x', '/a/ y'], [['invalid-line', 2, 5]]],
  'a blank that is none': [
    ['* @x', '/a/\u00a0@y'],
    [
      ['dead-pattern', 2, 1],
      ['odd-blank', 2, 4],
    ],
  ],
  'no blank before the owner': [
    ['* @x', '*@y'],
    [
      ['dead-pattern', 2, 1],
      ['missing-blank', 2, 2],
    ],
  ],
};

describe('lines and files', () => {
  for (const [name, [lines, expected]] of Object.entries(rows)) {
    test(name, () => {
      const { findings } = audit(lines);
      assert.deepEqual(
        findings.map(({ code, line, column }) => [code, line, column]),
        expected,
      );
      for (const { message, remedy } of findings) assert.ok(message !== '' && remedy !== '');
    });
  }

  test('files without an owner are counted by directory', () => {
    assert.deepEqual(audit(['/a/ @x', '/b/x/']).uncovered, {
      count: 2,
      leftToNobody: 1,
      first: [
        { directory: 'b/', count: 1, example: 'b/1.ts' },
        { directory: '', count: 1, example: 'README.md' },
      ],
    });
  });
});

test('each place that names an owner who is none is a finding there', () => {
  const lines = ['* @ann @bob', 'x @bob  @cy'];
  const findings = auditOwners(
    'CODEOWNERS',
    lines,
    readCodeOwners(lines),
    new Map([
      ['@ann', { verdict: 'able', reason: '' }],
      ['@bob', { verdict: 'no-write', reason: 'cannot write' }],
      ['@cy', { verdict: 'unknown', reason: 'is nobody' }],
    ]),
  );
  assert.deepEqual(
    findings.map(({ code, line, column, message }) => [code, line, column, message]),
    [
      ['owner-without-write', 1, 8, '@bob cannot write'],
      ['owner-without-write', 2, 3, '@bob cannot write'],
      ['unknown-owner', 2, 9, '@cy is nobody'],
    ],
  );
});

describe('where the file stands', () => {
  const places: [paths: string[], read: string | null, others: string[]][] = [
    [['docs/CODEOWNERS', 'CODEOWNERS'], 'CODEOWNERS', ['several-files docs/CODEOWNERS']],
    [['.github/CODEOWNERS', 'a'], '.github/CODEOWNERS', []],
    [['.github/codeowners'], null, ['misplaced-file .github/codeowners']],
    [
      ['.gitlab/CODEOWNERS', 'src/CODEOWNERS'],
      null,
      ['misplaced-file .gitlab/CODEOWNERS', 'misplaced-file src/CODEOWNERS'],
    ],
    [['NOCODEOWNERS', 'CODEOWNERS.md'], null, []],
  ];
  for (const [paths, read, others] of places) {
    test(`${paths.join(', ')}: GitHub reads ${read ?? 'none'}`, () => {
      const { path, findings } = findCodeOwnersFile(paths);
      assert.equal(path, read);
      assert.deepEqual(
        findings.map((finding) => `${finding.code} ${finding.path}`),
        others,
      );
    });
  }
});
