/** From the merge on GitHub to the answer whether it may be deployed, with every method of merging, and past them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeContent, type ApprovalOfContent } from '../../action/deployer/approval-of-content.ts';
import { git } from '../support/git-repository.ts';
import { peers, startGathering, type Gathering } from '../support/gathering.ts';

/** Main as it was before the pull request, as what is stable. */
const stableOf = ({ world }: Gathering): string => git(world.git, 'rev-parse', 'refs/heads/main');

async function judge(
  gathering: Gathering,
  stableCommit: string,
  deployed: string,
): Promise<ApprovalOfContent> {
  const { clone, source, world } = gathering;
  git(clone, 'fetch', '--quiet', 'origin', 'main');
  return await judgeContent({
    repository: clone,
    policy: peers,
    source: source(deployed),
    stableCommit,
    deployedCommit: deployed,
    at: new Date(world.clock.now()),
  });
}

/** Ada's pull request of two commits; Grace approved its head. */
function openApproved({ world }: Gathering, branch: string): { number: number; head: string } {
  const commits = ['one', 'two'].map((name) => ({ files: { [`src/${branch}-${name}.js`]: `${name};\n` } }));
  const { number } = world.openPull({ by: 'ada', branch, title: branch, commits });
  world.review(number, { by: 'grace', state: 'APPROVED' });
  return { number, head: git(world.git, 'rev-parse', `refs/pull/${number}/head`) };
}

for (const method of ['merge', 'squash', 'rebase', 'queue'] as const) {
  test(`${method}: what peers approved is deployed, whoever pushes to the branch later`, async (context) => {
    const gathering = await startGathering(context);
    const { world } = gathering;
    const stable = stableOf(gathering);
    const older = openApproved(gathering, 'older');
    const newer = openApproved(gathering, 'newer');
    world.merge(older.number, { by: 'linus', method });
    const { commit } = world.merge(newer.number, { by: 'linus', method });
    world.pushBranch({ by: 'eve', branch: 'newer', files: { 'src/late.js': 'late;\n' } });
    const judged = await judge(gathering, stable, commit);
    assert.equal(judged.decision.decision, 'approved', judged.decision.message);
    assert.deepEqual(
      judged.outcomes.map(({ pull }) => pull),
      [newer.number, older.number],
    );
    assert.equal(judged.commit, newer.head);

    const [review] = world.state.reviews;
    world.dismiss(older.number, review?.id ?? 0, { by: 'ada' });
    const without = await judge(gathering, stable, commit);
    assert.notEqual(without.decision.decision, 'approved');
    assert.match(without.decision.message, new RegExp(`^pull request #${older.number} is deployed along: `));
  });
}

test('a branch that took main in before it was squashed', async (context) => {
  const gathering = await startGathering(context);
  const { world } = gathering;
  const stable = stableOf(gathering);
  const older = openApproved(gathering, 'older');
  const { number } = world.openPull({
    by: 'ada',
    branch: 'topic',
    title: 'topic',
    files: { 'src/t.js': 't;\n' },
  });
  world.merge(older.number, { by: 'linus', method: 'squash' });
  world.updateBranch(number, { by: 'ada' });
  world.review(number, { by: 'grace', state: 'APPROVED' });
  const { commit } = world.merge(number, { by: 'linus', method: 'squash' });
  const judged = await judge(gathering, stable, commit);
  assert.equal(judged.decision.decision, 'approved', judged.decision.message);
});

test('straight to main: nobody approved it, alone or before an approved merge', async (context) => {
  const gathering = await startGathering(context);
  const { world } = gathering;
  const stable = stableOf(gathering);
  const { head } = world.pushBranch({ by: 'linus', files: { 'src/direct.js': 'direct;\n' } });
  const alone = await judge(gathering, stable, head);
  assert.match(alone.decision.message, /no merged pull request brought .*src\/direct\.js/);
  const { number } = openApproved(gathering, 'topic');
  const { commit } = world.merge(number, { by: 'linus', method: 'merge' });
  const along = await judge(gathering, stable, commit);
  assert.equal(along.decision.reasonCode, 'content-drift');
  assert.match(
    along.decision.message,
    /is deployed along and no approved pull request explains it .*src\/direct\.js/,
  );
});

test('an approval that was given on an older head, and one by who merged a change of their own', async (context) => {
  const gathering = await startGathering(context);
  const { world } = gathering;
  const stable = stableOf(gathering);
  const { number } = openApproved(gathering, 'topic');
  world.push(number, { by: 'ada', files: { 'src/after.js': 'after;\n' } });
  const { commit } = world.merge(number, { by: 'grace', method: 'squash' });
  assert.notEqual((await judge(gathering, stable, commit)).decision.decision, 'approved');
});
