import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { decideApproval } from '../../policies/approval/decide-approval.ts';
import type { ApprovalEvidence, Commit, EvidenceEvent } from '../../policies/approval/evidence.ts';
import { readApprovalPolicy } from '../../policies/policy-file/read-approval-policy.ts';
import type { BenchRow } from './bench-row.ts';
import { median } from './paired.ts';

const size = { commits: 250, files: 3000, events: 500, ownerLines: 5000, people: 200 };
const batchLines = 100_000;
const rounds = 60;

/** The decision on a pull request as large as GitHub's lists get, and many small ones in a row. */
export function benchApproval(): Promise<BenchRow[]> {
  return Promise.resolve([
    decisionRow('one decision', { required: 1, codeOwners: true }),
    decisionRow('one decision by every kind of rule', {
      required: 1,
      codeOwners: true,
      risk: { high: 2 },
      kinds: { sql: 2 },
      rules: [
        { when: { paths: ['area-7/**'], exceptPaths: ['**/*.md'] }, required: 1, teams: ['shop/team-7'] },
      ],
    }),
    batchRow(),
  ]);
}

function decisionRow(name: string, raw: object): BenchRow {
  const policy = readApprovalPolicy(raw);
  if (!policy.ok) throw new Error(policy.problems.join());
  const evidence = largeEvidence();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const startedMs = threadMs();
    const { decision, message } = decideApproval(evidence, policy.policy, '2026-01-05T12:00:00Z');
    times.push(threadMs() - startedMs);
    if (decision !== 'approved') throw new Error(`the bench decides something else: ${message}`);
  }
  const warm = times.slice(rounds / 2);
  return {
    name: `${name}: ${size.commits} commits, ${size.files} files, ${size.events} events, ${size.ownerLines} owner lines`,
    value: median(warm),
    unit: 'ms',
    goal: 'at most 20 ms',
    isMet: median(warm) <= 20,
    detail: `first ${(times[0] ?? 0).toFixed(0)} ms, worst warm ${Math.max(...warm).toFixed(1)} ms`,
  };
}

/** What this thread has computed for: the decision waits for nothing, and neighbours on the machine are not its time. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function largeEvidence(): ApprovalEvidence {
  const login = (index: number) => `person-${index % size.people}`;
  const indices = (length: number) => Array.from({ length }, (_, index) => index);
  const sha = (index: number) => (index + 1).toString(16).padStart(40, '0');
  const at = (index: number) => new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString();
  const users = Object.fromEntries(
    indices(size.people).map((index) => [login(index), { id: index + 1, type: 'User', role: 'write' }]),
  );
  const teams = Object.fromEntries(
    indices(20).map((index) => [
      `shop/team-${index}`,
      indices(10).map((member) => login(100 + index * 5 + member)),
    ]),
  );
  const commits = indices(size.commits).map((index): Commit => ({
    sha: sha(index),
    author: login(index % 50),
    committer: login(index % 50),
    co_authors: [login((index + 1) % 50)],
    pushed_by: login(index % 50),
    parents: [index === 0 ? 'base' : sha(index - 1)],
    verified: true,
  }));
  const events = indices(size.events).map((index): EvidenceEvent => {
    const by = login(100 + (index % 100));
    if (index < size.commits) return { type: 'push', head: sha(index), by: login(index % 50), at: at(index) };
    if (index % 2 === 0)
      return { type: 'comment', id: index, by, body: `I looked at area ${index}`, at: at(index) };
    return { type: 'review', by, state: 'APPROVED', commit_id: sha(size.commits - 1), at: at(index) };
  });
  return {
    directory: { users, teams },
    pull_request: {
      number: 1,
      author: login(0),
      base_ref: 'main',
      head_sha: sha(size.commits - 1),
      commits,
      changed_files: indices(size.files).map((index) => ({
        path: `area-${index % 100}/part-${index % 37}/file-${index}.ts`,
        status: 'modified',
      })),
      files_truncated: false,
      commits_truncated: false,
      codeowners_base: indices(size.ownerLines).map((index) =>
        index % 10 === 0
          ? `area-${index % 100}/**/file-*.ts @shop/team-${index % 20}`
          : `/area-${index % 100}/part-${index % 53}/ @shop/team-${index % 20} @person-${100 + (index % 100)}`,
      ),
    },
    events,
  };
}

/** The whole command in a process of its own: memory is bounded by a line, not by the file. */
function batchRow(): BenchRow {
  const directory = mkdtempSync(join(tmpdir(), 'evenkeel-bench-approval-'));
  try {
    const fixture: unknown = JSON.parse(readFileSync('test/fixtures/approval/payment-retries.json', 'utf8'));
    const file = join(directory, 'many.jsonl');
    writeFileSync(file, `${JSON.stringify(fixture)}\n`.repeat(batchLines));
    const probe = join(directory, 'probe.mjs');
    const memory = join(directory, 'memory');
    writeFileSync(
      probe,
      "import { writeFileSync } from 'node:fs';\n" +
        "process.on('exit', () => writeFileSync(process.env.PROBE, String(process.resourceUsage().maxRSS)));\n",
    );
    const startedMs = performance.now();
    const script =
      '"$0" --import "$1" "$2" approval explain --batch --quiet "$3" > "$4"; test $? -eq 3 && wc -l < "$4"';
    const program = [process.execPath, probe, resolve('action/cli.ts'), file, join(directory, 'answers')];
    const printed = execFileSync('/bin/sh', ['-c', script, ...program], {
      env: { ...process.env, PROBE: memory },
      encoding: 'utf8',
    });
    const seconds = (performance.now() - startedMs) / 1000;
    const megabytes = Number(readFileSync(memory, 'utf8')) / 1024;
    const isWhole = Number(printed) === batchLines;
    return {
      name: `explain --batch over ${batchLines} lines: memory`,
      value: megabytes,
      unit: 'MB',
      goal: 'at most 300 MB',
      isMet: isWhole && megabytes <= 300,
      detail: `${printed.trim()} answers in ${seconds.toFixed(0)} s`,
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
