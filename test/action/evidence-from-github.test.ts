/**
 * What is gathered of a pull request, from the fake GitHub and a clone of its repository, and what is decided on it. That
 * GitHub's own lists come in these orders, and as late as here, is not proved by this.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatherPullEvidence } from '../../action/github/gather/gather-pull-evidence.ts';
import { failureOf } from '../support/failure-of.ts';
import { git } from '../support/git-repository.ts';
import { peers, startGathering } from '../support/gathering.ts';

const change = { 'src/main.js': '2;\n' };

test('a peer approved the head: approved, and everything that was asked is in the evidence', async (context) => {
  const { world, gather, decide } = await startGathering(context);
  const { number, head } = world.openPull({ by: 'ada', branch: 'topic', title: 'Two', files: change });
  world.label(number, 'ready');
  world.review(number, { by: 'grace', state: 'APPROVED' });
  const evidence = await gather(number);
  const { pull_request: pull, directory, events } = evidence;
  assert.deepEqual(
    { ...pull, commits: pull.commits.length, title: pull.title },
    {
      number,
      author: 'ada',
      title: 'Two',
      state: 'open',
      labels: ['ready'],
      draft: false,
      base_ref: 'main',
      base_changed_at: null,
      head_sha: head,
      commits: 1,
      changed_files: [{ path: 'src/main.js', previous_path: null, status: 'modified', lines: 2 }],
      files_truncated: false,
      commits_truncated: false,
      codeowners_base: null,
      policy_changed_in_pr: false,
    },
  );
  const [commit] = pull.commits;
  assert.deepEqual(
    { author: commit?.author, pushed: commit?.pushed_by, co: commit?.co_authors, clean: commit?.clean_merge },
    { author: 'ada', pushed: 'ada', co: [], clean: false },
  );
  assert.equal(directory.users['grace']?.role, 'write');
  assert.deepEqual(
    events.map(({ type, by }) => [type, by]),
    [
      ['push', 'ada'],
      ['review', 'grace'],
    ],
  );
  assert.deepEqual((await decide(number)).approvers, ['grace']);
});

test('a warm look at a pull request of ten files takes six calls, and one more for each who approves', async (context) => {
  const { world, gather } = await startGathering(context);
  const files = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`src/${index}.js`, 'x\n']));
  const { number } = world.openPull({ by: 'ada', branch: 'topic', title: 'Ten', files });
  world.review(number, { by: 'grace', state: 'APPROVED' });
  world.requests.length = 0;
  await gather(number);
  assert.deepEqual(world.requests.map(({ path }) => path.replace(/^\/repos\/acme\/shop\//, '')).sort(), [
    'activity',
    'collaborators/grace/permission',
    `issues/${number}/timeline`,
    `pulls/${number}`,
    `pulls/${number}/commits`,
    `pulls/${number}/reviews`,
  ]);
});

test("both names of a rename, and every file of 3,000 and more, are git's word", async (context) => {
  const { world, gather } = await startGathering(context);
  const files = Object.fromEntries(Array.from({ length: 3001 }, (_, index) => [`many/${index}.txt`, 'x\n']));
  const { number } = world.openPull({
    by: 'ada',
    branch: 'topic',
    title: 'Many',
    commits: [{ files }, { renames: { 'src/main.js': 'lib/main.js' } }],
  });
  const { changed_files: changed, files_truncated } = (await gather(number)).pull_request;
  assert.equal(changed.length, 3002);
  assert.equal(files_truncated, false);
  assert.deepEqual(
    changed.find(({ status }) => status === 'renamed'),
    { path: 'lib/main.js', previous_path: 'src/main.js', status: 'renamed', lines: 0 },
  );
});

test('250 commits come from the list, more from a comparison: nobody who made one is left out', async (context) => {
  for (const count of [250, 251]) {
    const { world, gather, decide } = await startGathering(context);
    const commits = Array.from({ length: count }, (_, index) => ({
      files: { 'src/main.js': `${index};\n` },
      // The first one is Grace's, beyond what a list that begins at the head would show.
      ...(index === 0 ? { author: 'grace' } : {}),
    }));
    const { number } = world.openPull({ by: 'ada', branch: 'topic', title: 'Long', commits });
    world.review(number, { by: 'grace', state: 'APPROVED' });
    const { pull_request: pull } = await gather(number);
    assert.equal(pull.commits.length, count);
    assert.equal(pull.commits_truncated, false);
    assert.notEqual((await decide(number)).decision, 'approved', 'Grace wrote a part of it');
    world.review(number, { by: 'linus', state: 'APPROVED' });
    assert.equal((await decide(number)).decision, 'approved');
  }
});

test('5,000 comments: read to the end, and an edited one is said to be', async (context) => {
  const { world, gather } = await startGathering(context);
  const { number, head } = world.openPull({ by: 'ada', branch: 'topic', title: 'Long', files: change });
  const body = `/evenkeel approve ${head}`;
  const edited = world.comment(number, { by: 'linus', body: 'looks good' });
  // Written where they are kept, which is faster than five thousand people.
  const [one] = world.state.comments;
  assert.ok(one !== undefined);
  for (let index = 2; index < 5000; index += 1)
    world.state.comments.push({ ...one, id: one.id + index * 1000, body: `${index}` });
  world.comment(number, { by: 'grace', body });
  world.editComment(edited.id, { body });
  assert.deepEqual(
    (await gather(number)).events.flatMap((event) =>
      event.type === 'comment' ? [[event.by, event.edited_at !== undefined]] : [],
    ),
    [
      ['linus', true],
      ['grace', false],
    ],
  );
});

test("who pushed is the server's word: a commit in another's name is still one's own", async (context) => {
  const { world, gather, decide } = await startGathering(context);
  const { number } = world.openPull({ by: 'ada', branch: 'topic', title: 'Two', files: change });
  world.push(number, { by: 'grace', author: 'ada', committer: 'ada', files: { 'src/more.js': '3;\n' } });
  world.review(number, { by: 'grace', state: 'APPROVED' });
  assert.deepEqual(
    (await gather(number)).pull_request.commits.map(({ pushed_by }) => pushed_by),
    ['ada', 'grace'],
  );
  assert.notEqual((await decide(number)).decision, 'approved');
});

test('a push after the approval voids it; taking the base in with no conflict does not', async (context) => {
  const { world, gather, decide } = await startGathering(context);
  const { number } = world.openPull({ by: 'ada', branch: 'topic', title: 'Two', files: change });
  world.review(number, { by: 'grace', state: 'APPROVED' });
  world.pushBranch({ by: 'linus', files: { 'src/other.js': '4;\n' } });
  world.updateBranch(number, { by: 'ada' });
  assert.deepEqual(
    (await gather(number)).pull_request.commits.map(({ clean_merge }) => clean_merge),
    [false, true],
  );
  assert.deepEqual((await decide(number)).approvers, ['grace']);
  assert.deepEqual(
    (await gather(number)).pull_request.changed_files.map(({ path }) => path),
    ['src/main.js'],
  );
  world.push(number, { by: 'ada', files: { 'src/main.js': '5;\n' } });
  assert.notEqual((await decide(number)).decision, 'approved');
});

test('a merge of the base that holds one line more is not clean', async (context) => {
  const { world, gather, decide } = await startGathering(context);
  const { number, head } = world.openPull({ by: 'ada', branch: 'topic', title: 'Two', files: change });
  world.review(number, { by: 'grace', state: 'APPROVED' });
  const { head: tip } = world.pushBranch({ by: 'linus', files: { 'src/other.js': '4;\n' } });
  const side = { by: 'ada', branch: 'side', from: head, files: { 'src/main.js': '2;\nsteal();\n' } };
  const tree = git(world.git, 'merge-tree', '--write-tree', world.pushBranch(side).head, tip);
  const merge = git(world.git, 'commit-tree', tree, '-p', head, '-p', tip, '-m', 'Merge main into topic');
  world.push(number, { by: 'ada', from: merge });
  assert.equal(
    (await gather(number)).pull_request.commits.some(({ clean_merge }) => clean_merge),
    false,
  );
  assert.notEqual((await decide(number)).decision, 'approved');
});

test("a fork: its record shows who pushed; hidden, it is the author's own, unless maintainers may push there too", async (context) => {
  const { world, decide } = await startGathering(context);
  const { number } = world.openPull({ by: 'eve', branch: 'topic', title: 'Two', files: change, fork: true });
  world.review(number, { by: 'grace', state: 'APPROVED' });
  assert.deepEqual((await decide(number)).approvers, ['grace']);
  const hide = (): void => {
    world.faults.push({ operation: 'repos/list-activities', status: 404 });
  };
  hide();
  assert.deepEqual((await decide(number)).approvers, ['grace']);
  for (const pull of world.state.pulls) pull.mayMaintainersPush = true;
  hide();
  assert.equal((await decide(number)).reasonCode, 'identity-unknown');
  assert.deepEqual((await decide(number)).approvers, ['grace']);
});

test("what cannot be known is null: an address of nobody's, a deleted account, a push that no record holds", async (context) => {
  const { world, gather, decide } = await startGathering(context);
  const nobody = { name: 'Grace', email: 'grace@nowhere.example' };
  const { number } = world.openPull({
    by: 'ada',
    branch: 'topic',
    title: 'Two',
    commits: [
      { files: change, author: nobody },
      { files: { 'src/b.js': '1;\n' }, coAuthors: [nobody] },
    ],
  });
  world.review(number, { by: 'linus', state: 'APPROVED' });
  const [first, second] = (await gather(number)).pull_request.commits;
  assert.equal(first?.author, null);
  assert.deepEqual(second?.co_authors, [null]);
  assert.equal((await decide(number)).reasonCode, 'identity-unknown');
  world.state.activities = [];
  assert.deepEqual(
    (await gather(number)).pull_request.commits.map(({ pushed_by }) => pushed_by),
    [null, null],
  );
});

test('co-authors by the address that GitHub gives: the number in it counts before the name', async (context) => {
  const { world, gather } = await startGathering(context);
  const grace = world.state.accounts.find(({ login }) => login === 'grace');
  const linus = world.state.accounts.find(({ login }) => login === 'linus');
  const coAuthors = [
    { name: 'G', email: `${grace?.id ?? 0}+anything@users.noreply.github.com` },
    { name: 'L', email: 'LINUS@users.noreply.github.com' },
    { name: 'N', email: 'no-such-login@users.noreply.github.com' },
    { name: 'K', email: 'kim@home.example' },
    // A part of an address that a profile shows is found by the search, and is another address.
    { name: 'I', email: 'im@home.example' },
  ];
  world.addPerson('kim', { publicEmail: 'kim@home.example' });
  const { number } = world.openPull({ by: 'ada', branch: 'topic', title: 'Two', files: change, coAuthors });
  const [commit] = (await gather(number)).pull_request.commits;
  assert.deepEqual(commit?.co_authors, ['grace', 'linus', null, 'kim', null]);
  assert.equal(linus?.login, 'linus');
});

test('renamed, suspended, deleted and given a new role: what holds now', async (context) => {
  const { world, gather, decide } = await startGathering(context);
  const { number } = world.openPull({ by: 'ada', branch: 'topic', title: 'Two', files: change });
  world.review(number, { by: 'grace', state: 'APPROVED' });
  world.rename('grace', 'grace-h');
  assert.deepEqual((await decide(number)).approvers, ['grace-h']);
  world.setRole('grace-h', 'read');
  assert.deepEqual((await decide(number)).approvers, []);
  world.setRole('grace-h', 'maintain');
  assert.equal((await gather(number)).directory.users['grace-h']?.role, 'maintain');
  world.suspend('grace-h');
  assert.deepEqual((await decide(number)).approvers, []);
  world.review(number, { by: 'linus', state: 'APPROVED' });
  assert.deepEqual((await decide(number)).approvers, ['linus']);
  world.deleteAccount('linus');
  assert.deepEqual((await decide(number)).approvers, []);
  world.deleteAccount('ada');
  assert.equal((await gather(number)).pull_request.author, null);
});

test('dismissed, superseded and pointed at another base: no approval', async (context) => {
  const { world, decide } = await startGathering(context);
  const { number } = world.openPull({ by: 'ada', branch: 'topic', title: 'Two', files: change });
  const review = world.review(number, { by: 'grace', state: 'APPROVED' });
  world.dismiss(number, review.id, { by: 'ada' });
  assert.deepEqual((await decide(number)).approvers, []);
  world.review(number, { by: 'grace', state: 'APPROVED' });
  assert.deepEqual((await decide(number)).approvers, ['grace']);
  world.pushBranch({ by: 'ada', branch: 'release', files: { 'src/release.js': '1;\n' } });
  world.retarget(number, 'release');
  assert.deepEqual((await decide(number)).approvers, []);
});

test("CODEOWNERS is the base's, and only the teams that own what changed are asked about", async (context) => {
  const owners = 'src/ @acme/core\ndocs/ @acme/writers\n';
  const { world, gather, fetching, as } = await startGathering(
    context,
    {},
    { CODEOWNERS: owners, 'src/main.js': '1;\n' },
  );
  world.addTeam('core', ['grace'], { pending: ['linus'] });
  world.addTeam('writers', ['linus']);
  const { number } = world.openPull({
    by: 'ada',
    branch: 'topic',
    title: 'Mine now',
    files: { ...change, CODEOWNERS: '* @ada\n' },
  });
  world.review(number, { by: 'linus', state: 'APPROVED' });
  const policy = { ...peers, codeOwners: true };
  const { directory, pull_request: pull } = await gather(number, policy);
  assert.deepEqual(pull.codeowners_base, owners.split('\n'));
  assert.deepEqual(directory.unreadable_teams, ['acme/core'], "a workflow's token may not see teams");
  const app = as(
    world.token({ contents: 'read', 'pull-requests': 'read', members: 'read' }, { kind: 'app' }),
  );
  const seen = (await gatherPullEvidence(app, number, { fetching, policy })).directory;
  assert.deepEqual(seen.teams, { 'acme/core': ['grace'] });
  assert.deepEqual(seen.pending, { 'acme/core': ['linus'] });
  assert.deepEqual(seen.unreadable_teams, []);
});

test('checks that the policy asks for: check runs, and statuses where no run has the name', async (context) => {
  const { world, gather, repository } = await startGathering(context);
  const { number, head } = world.openPull({ by: 'ada', branch: 'topic', title: 'Two', files: change });
  const { github, owner, repo } = repository;
  await github.rest.checks.create({
    owner,
    repo,
    name: 'unit',
    head_sha: head,
    status: 'completed',
    conclusion: 'success',
  });
  for (const state of ['success', 'failure'] as const)
    await github.rest.repos.createCommitStatus({ owner, repo, sha: head, context: 'legacy', state });
  const { checks } = await gather(number, { ...peers, checks: ['unit', 'legacy'] });
  assert.deepEqual(
    checks?.map(({ name, status, conclusion }) => [name, status, conclusion]),
    [
      ['unit', 'completed', 'success'],
      ['legacy', 'completed', 'failure'],
    ],
  );
  assert.equal((await gather(number)).checks, undefined);
});

test('GitHub shows a push late: read again, and otherwise a sentence', async (context) => {
  const { world, gather } = await startGathering(context);
  const { number } = world.openPull({ by: 'ada', branch: 'topic', title: 'Two', files: change });
  world.lag('pulls/list-commits', 1);
  world.lag('repos/list-activities', 1);
  const { head } = world.push(number, { by: 'ada', files: { 'src/main.js': '3;\n' } });
  const { pull_request: pull } = await gather(number);
  assert.equal(pull.head_sha, head);
  assert.equal(pull.commits.length, 2);
  assert.deepEqual(
    pull.commits.map(({ pushed_by }) => pushed_by),
    ['ada', 'ada'],
  );
  world.lag('pulls/get', 20);
  world.push(number, { by: 'ada', files: { 'src/main.js': '4;\n' } });
  const failure = await failureOf(gather(number));
  assert.equal(failure.reasonCode, 'github-changing');
  assert.equal(failure.mayRetry, true);
});

test('5xx, cut connections and limits are waited for; what stays broken is no evidence', async (context) => {
  const { world, gather } = await startGathering(context);
  const { number } = world.openPull({ by: 'ada', branch: 'topic', title: 'Two', files: change });
  const faults = [
    { operation: 'pulls/get', status: 502 },
    { operation: 'pulls/list-reviews' },
    { operation: 'pulls/list-commits', status: 429, headers: { 'retry-after': '1' } },
    { operation: 'issues/list-events-for-timeline', status: 500, times: 2 },
    { operation: 'repos/list-activities', status: 503 },
  ] as const;
  world.faults.push(...faults.map((fault) => ({ ...fault })));
  assert.equal((await gather(number)).pull_request.commits.length, 1);
  assert.equal(world.faults.length, 0);
  for (const operation of ['pulls/get', 'pulls/list-reviews', 'repos/list-activities'] as const) {
    world.faults.push({ operation, status: 500, times: 4 });
    await assert.rejects(gather(number), /fault|500|Error/i);
    world.faults.length = 0;
  }
});

test('a comment that is deleted while pages are read hides no other', async (context) => {
  const { world, gather } = await startGathering(context);
  const { number, head } = world.openPull({ by: 'ada', branch: 'topic', title: 'Two', files: change });
  const noise = Array.from(
    { length: 150 },
    (_, index) => world.comment(number, { by: 'eve', body: `${index}` }).id,
  );
  const wanted = world.comment(number, { by: 'grace', body: `/evenkeel approve ${head}` });
  world.retarget(number, 'main');
  world.lag('issues/list-events-for-timeline', 1);
  for (const id of noise.slice(0, 60)) world.deleteComment(id);
  const { events, pull_request: pull } = await gather(number);
  assert.ok(events.some((event) => event.type === 'comment' && event.id === wanted.id));
  assert.notEqual(pull.base_changed_at, null);
});
