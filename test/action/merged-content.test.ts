/**
 * What is deployed is what was approved: every way to merge, and what can slip in with each. Real repositories; the
 * evidence is written by hand, so nothing here proves that GitHub makes its commits in these ways.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { judgeContent, type ApprovalOfContent } from '../../action/deployer/approval-of-content.ts';
import { evidenceFile } from '../../action/deployer/approval-source.ts';
import type { ApprovalEvidence } from '../../policies/approval/evidence.ts';
import { policy } from '../support/approval-evidence.ts';
import { failureOf } from '../support/failure-of.ts';
import { commitFiles, git } from '../support/git-repository.ts';
import { lines, mergedBranch, pullEvidence, type MergedBranch } from '../support/merged-branch.ts';

/** Judges what is deployed with the pull requests that brought each commit. */
async function judge(
  { directory, stable }: MergedBranch,
  deployedCommit: string,
  pulls: Record<string, ApprovalEvidence[]>,
  stableCommit: string | null = stable,
): Promise<ApprovalOfContent> {
  return await judgeContent({
    repository: directory,
    policy,
    source: {
      name: 'a table',
      gather: () => Promise.resolve(null),
      gatherFor: (commit) => Promise.resolve(pulls[commit] ?? []),
    },
    stableCommit,
    deployedCommit,
    at: new Date('2026-01-06T00:00:00Z'),
  });
}

const first = { 'a.txt': `changed\n${lines('a', 20)}` };
const second = { 'new.txt': 'new\n' };

test('each way to merge, also onto a branch that went on: approved is deployed', async (context) => {
  const ways: Record<string, (main: MergedBranch, topic: { head: string; commits: string[] }) => string> = {
    'merge commit': (main, { head }) => main.merge(head),
    squash: (main, { head }) => main.squash(head),
    rebase: (main, { commits }) => main.rebase(commits),
    'fast-forward': (main, { head }) => {
      git(main.directory, 'reset', '--quiet', '--hard', head);
      return head;
    },
  };
  for (const [name, merge] of Object.entries(ways)) {
    await context.test(name, async (context) => {
      const main = mergedBranch(context);
      const topic = main.branch('topic', [first, second]);
      const isBehind = name !== 'fast-forward';
      const before = isBehind ? main.direct({ 'b.txt': `${lines('b', 20)}changed\n` }) : main.stable;
      const deployed = merge(main, topic);
      const judged = await judge(main, deployed, { [deployed]: [pullEvidence(7, topic)] }, before);
      assert.equal(judged.decision.decision, 'approved', judged.decision.message);
      assert.deepEqual(judged.approvers, ['grace']);
      assert.equal(judged.commit, topic.head);
    });
  }
});

test('a pull request that took main in before it was merged, by squash and by merge', async (context) => {
  for (const way of ['squash', 'merge'] as const) {
    await context.test(way, async (context) => {
      const main = mergedBranch(context);
      const topic = main.branch('topic', [first]);
      const before = main.direct({ 'b.txt': 'other\n' });
      git(main.directory, 'checkout', '--quiet', 'topic');
      git(main.directory, 'merge', '--quiet', '--no-edit', 'main');
      const head = git(main.directory, 'rev-parse', 'HEAD');
      git(main.directory, 'checkout', '--quiet', 'main');
      const deployed = main[way](head);
      const evidence = pullEvidence(7, { head, commits: [...topic.commits, head] });
      const judged = await judge(main, deployed, { [deployed]: [evidence] }, before);
      assert.equal(judged.decision.decision, 'approved', judged.decision.message);
    });
  }
});

test('a queue that merged three pull requests: each of them counts', async (context) => {
  const main = mergedBranch(context);
  const topics = ['one', 'two', 'three'].map((name) => main.branch(name, [{ [`${name}.txt`]: name }]));
  const pulls: Record<string, ApprovalEvidence[]> = {};
  let deployed = main.stable;
  for (const [index, topic] of topics.entries()) {
    deployed = index === 1 ? main.squash(topic.head) : main.merge(topic.head);
    pulls[deployed] = [pullEvidence(index + 1, topic)];
  }
  const judged = await judge(main, deployed, pulls);
  assert.equal(judged.decision.decision, 'approved', judged.decision.message);
  assert.deepEqual(
    judged.outcomes.map(({ pull }) => pull),
    [3, 2, 1],
  );

  const [second] = Object.keys(pulls).slice(1);
  pulls[second ?? ''] = [pullEvidence(2, topics[1] ?? { head: '', commits: [] }, null)];
  const partly = await judge(main, deployed, pulls);
  assert.equal(partly.decision.decision, 'pending');
  assert.match(partly.decision.message, /^pull request #2 is deployed along: /);
  assert.deepEqual(partly.approvers, []);
  assert.equal(partly.commit, '');
});

test('one evidence file speaks of every pull request that is deployed', async (context) => {
  const main = mergedBranch(context);
  const one = main.branch('one', [{ 'one.txt': 'one' }]);
  main.merge(one.head);
  const two = main.branch('two', [{ 'two.txt': 'two' }, { 'three.txt': 'three' }]);
  main.rebase(two.commits);
  const three = main.branch('three', [{ 'four.txt': 'four' }]);
  const deployed = main.squash(three.head);
  const file = join(main.directory, '..', 'evidence.json');
  const ask = async (evidence: unknown): Promise<ApprovalOfContent> => {
    writeFileSync(file, JSON.stringify(evidence));
    return await judgeContent({
      repository: main.directory,
      policy,
      source: evidenceFile(file),
      stableCommit: main.stable,
      deployedCommit: deployed,
      at: new Date('2026-01-06T00:00:00Z'),
    });
  };
  const all = [pullEvidence(1, one), pullEvidence(2, two), pullEvidence(3, three)];
  const judged = await ask(all);
  assert.equal(judged.decision.decision, 'approved', judged.decision.message);
  assert.deepEqual(
    judged.outcomes.map(({ pull }) => pull),
    [3, 2, 1],
  );

  const refusals: [string, unknown, RegExp][] = [
    ['one is missing', [all[0], all[2]], /is deployed along and no approved pull request explains it/],
    ['one of one', all[2], /is deployed along/],
    [
      'one is not approved',
      [all[0], pullEvidence(2, two, null), all[2]],
      /^pull request #2 is deployed along: .*approval/,
    ],
    ['none', [], /no approval is known/],
  ];
  for (const [name, evidence, reason] of refusals) {
    const refused = await ask(evidence);
    assert.equal(refused.decision.decision, 'pending', name);
    assert.match(refused.decision.message, reason, name);
    assert.deepEqual(refused.approvers, [], name);
  }
  const failure = await failureOf(ask([all[0], { number: 2 }]));
  assert.equal(failure.reasonCode, 'evidence-invalid');
  assert.match(failure.message, /^pull request 2 of the evidence file/);
});

interface Drift {
  name: string;
  /** Makes what is deployed; returns it with the pull requests that are said to have brought it. */
  make(main: MergedBranch): { deployed: string; pulls: Record<string, ApprovalEvidence[]> };
  reason: RegExp;
}

const drifts: Drift[] = [
  {
    name: 'a merge commit with one file more',
    make(main) {
      const topic = main.branch('topic', [first]);
      const deployed = main.merge(topic.head, { 'extra.sh': 'curl example.com\n' });
      return { deployed, pulls: { [deployed]: [pullEvidence(7, topic)] } };
    },
    reason: /holds something else.*they differ in extra\.sh \(\+1 −0\)/,
  },
  {
    name: 'a merge commit that takes back a line which nobody asked to be taken back',
    make(main) {
      const topic = main.branch('topic', [first]);
      const deployed = main.merge(topic.head, { 'b.txt': lines('b', 19) });
      return { deployed, pulls: { [deployed]: [pullEvidence(7, topic)] } };
    },
    reason: /they differ in b\.txt \(\+0 −1\)/,
  },
  {
    name: 'a squash with other content under the same name',
    make(main) {
      const topic = main.branch('topic', [first]);
      const deployed = main.squash(topic.head, { 'a.txt': `changed too\n${lines('a', 20)}` });
      return { deployed, pulls: { [deployed]: [pullEvidence(7, topic)] } };
    },
    reason: /they differ in a\.txt/,
  },
  {
    name: 'a rebase that dropped a commit',
    make(main) {
      const topic = main.branch('topic', [first, second]);
      const deployed = main.rebase(topic.commits.slice(0, 1));
      return { deployed, pulls: { [deployed]: [pullEvidence(7, topic)] } };
    },
    reason: /they differ in new\.txt/,
  },
  {
    name: 'a rebase with a foreign commit in the middle',
    make(main) {
      const topic = main.branch('topic', [first, second]);
      main.rebase(topic.commits.slice(0, 1));
      main.direct({ 'foreign.txt': 'foreign\n' });
      const deployed = main.rebase(topic.commits.slice(1));
      return { deployed, pulls: { [deployed]: [pullEvidence(7, topic)] } };
    },
    reason: /foreign\.txt|is deployed along and no approved pull request explains it/,
  },
  {
    name: 'a head that was pushed after the approval was merged',
    make(main) {
      const approved = main.branch('topic', [first]);
      const later = main.branch('later', [second], approved.head);
      const deployed = main.merge(later.head);
      return { deployed, pulls: { [deployed]: [pullEvidence(7, approved)] } };
    },
    reason: /they differ in new\.txt/,
  },
  {
    name: 'a push straight to main',
    make: (main) => ({ deployed: main.direct(first), pulls: {} }),
    reason: /no merged pull request brought .* \(it changes a\.txt \(\+1 −0\)\)/,
  },
  {
    name: 'a push straight to main before an approved merge',
    make(main) {
      const topic = main.branch('topic', [first]);
      main.direct({ 'b.txt': 'other\n' });
      const deployed = main.merge(topic.head);
      return { deployed, pulls: { [deployed]: [pullEvidence(7, topic)] } };
    },
    reason: /is deployed along and no approved pull request explains it \(it changes b\.txt/,
  },
  {
    name: 'a pull request branched off a commit that no pull request brought carries it past its review',
    make(main) {
      const hidden = main.branch('hidden', [{ 'hidden.txt': 'hidden\n' }]);
      const topic = main.branch('topic', [first], hidden.head);
      const deployed = main.squash(topic.head);
      return { deployed, pulls: { [deployed]: [pullEvidence(7, topic)] } };
    },
    reason: /brings [0-9a-f]{12} along, which is no part of its pull request/,
  },
  {
    name: 'a merge whose conflict somebody solved: nobody has seen the solution',
    make(main) {
      const topic = main.branch('topic', [{ 'a.txt': 'one\n' }]);
      const before = main.branch('before', [{ 'a.txt': 'two\n' }]);
      const merged = main.merge(before.head);
      const tree = git(main.directory, 'rev-parse', `${topic.head}^{tree}`);
      const deployed = git(
        main.directory,
        'commit-tree',
        tree,
        '-p',
        merged,
        '-p',
        topic.head,
        '-m',
        'solved',
      );
      return {
        deployed,
        pulls: { [deployed]: [pullEvidence(7, topic)], [merged]: [pullEvidence(6, before)] },
      };
    },
    reason: /holds something else/,
  },
  {
    name: 'a head that is no object id',
    make(main) {
      const deployed = main.merge(main.branch('topic', [first]).head);
      const forged = { head: '--upload-pack=touch', commits: ['--upload-pack=touch'] };
      return { deployed, pulls: { [deployed]: [pullEvidence(7, forged)] } };
    },
    reason: /./,
  },
];

test('what no approved pull request explains is refused, with the difference', async (context) => {
  for (const { name, make, reason } of drifts) {
    await context.test(name, async (context) => {
      const main = mergedBranch(context);
      const { deployed, pulls } = make(main);
      const judged = await judge(main, deployed, pulls);
      assert.notEqual(judged.decision.decision, 'approved');
      assert.match(judged.decision.message, reason);
      assert.doesNotMatch(judged.decision.message, /\n/);
      assert.deepEqual(judged.approvers, []);
    });
  }
});

test('file names in a refusal cannot steer a terminal, and a thousand of them are five', async (context) => {
  const main = mergedBranch(context);
  const many = Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) => [`many/\u001b[31m\u202e${index}.txt`, 'x\n']),
  );
  const judged = await judge(main, main.direct(many), {});
  assert.doesNotMatch(judged.decision.message, /[\u0000-\u001f\u202e]/);
  assert.match(judged.decision.message, /and 995 more paths/);
});

test('what a squash of two pull requests in a row says is not believed: the older one is needed', async (context) => {
  const main = mergedBranch(context);
  const older = main.branch('older', [{ 'older.txt': 'older\n' }]);
  const olderMerged = main.squash(older.head);
  const newer = main.branch('newer', [first]);
  const deployed = main.squash(newer.head);
  const newerOnly = { [deployed]: [pullEvidence(2, newer)] };
  const judged = await judge(main, deployed, newerOnly);
  assert.match(judged.decision.message, /is deployed along and no approved pull request explains it/);
  const both = { ...newerOnly, [olderMerged]: [pullEvidence(1, older)] };
  assert.equal((await judge(main, deployed, both)).decision.decision, 'approved');
});

test('going back to what was stable before asks for the approval of that release', async (context) => {
  const main = mergedBranch(context);
  const topic = main.branch('topic', [first]);
  const older = main.merge(topic.head);
  const newer = main.direct(second);
  const pulls = { [older]: [pullEvidence(7, topic)] };
  assert.equal((await judge(main, older, pulls, newer)).decision.decision, 'approved');
  assert.equal((await judge(main, older, {}, newer)).decision.decision, 'pending');
});

test('a shallow clone is a sentence: at its edge every commit looks like the first', async (context) => {
  const main = mergedBranch(context);
  const topic = main.branch('topic', [first]);
  const deployed = main.merge(topic.head);
  const shallow = join(main.directory, '..', 'shallow');
  execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${main.directory}`, shallow]);
  const failure = await failureOf(
    judge({ ...main, directory: shallow }, deployed, { [deployed]: [pullEvidence(7, topic)] }),
  );
  assert.equal(failure.reasonCode, 'history-missing');
  assert.match(failure.message, /fetch-depth: 0/);
});

test('a repository whose first commit is deployed: all of it has to be in the pull request', async (context) => {
  const main = mergedBranch(context);
  const only = { head: main.stable, commits: [main.stable] };
  const pulls = { [main.stable]: [pullEvidence(1, only)] };
  assert.equal((await judge(main, main.stable, pulls, null)).decision.decision, 'approved');
  const topic = commitFiles(main.directory, 'second', second);
  const part = { [topic]: [pullEvidence(2, { head: topic, commits: [topic] })] };
  assert.equal((await judge(main, topic, part, null)).decision.decision, 'approved');
});
