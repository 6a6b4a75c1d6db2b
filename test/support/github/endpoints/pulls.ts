/** Pull requests: what they are, what they hold, and merging one. */
import { isAncestor, readCommits, resolveCommit } from '../bare-repository.ts';
import { notFound, ok, refusal, type Call, type Handler } from '../call.ts';
import { textOf } from '../json.ts';
import { commitBody, filesBetween } from '../shapes/repository.ts';
import { pullBody, pullInList, startOf } from '../shapes/pulls.ts';
import type { Pull } from '../state.ts';
import { mergePull } from '../world/merge.ts';

/** GitHub lists no more of a pull request than this, and does not say so. */
const maxCommits = 250;
const maxFiles = 3000;

export const pullOf = ({ state, path }: Call): Pull | undefined =>
  state.pulls.find(({ number }) => number === path['pull_number']);

export const pullHandlers = {
  'pulls/get': (call) => {
    const pull = pullOf(call);
    return pull === undefined ? notFound : ok(pullBody(call, pull));
  },
  'pulls/list': (call) => {
    const { state = 'open', head, base, direction, sort = 'created' } = call.query;
    const pulls = call.state.pulls.filter(
      (pull) =>
        (state === 'all' || pull.state === state) &&
        (head === undefined || head === `${pull.head.owner}:${pull.head.name}`) &&
        (base === undefined || base === pull.base),
    );
    const key = sort === 'updated' ? 'updatedAt' : 'createdAt';
    pulls.sort((one, other) => Date.parse(one[key]) - Date.parse(other[key]) || one.number - other.number);
    // The newest first, when nothing else is asked for.
    if (direction !== 'asc' && (direction === 'desc' || sort === 'created')) pulls.reverse();
    return ok(pulls.map((pull) => pullInList(call, pull)));
  },
  'pulls/list-commits': (call) => {
    const pull = pullOf(call);
    if (pull === undefined) return notFound;
    const commits = readCommits(call.git, [`${pull.baseCommit}..${pull.headCommit}`]);
    return ok(commits.slice(0, maxCommits).map((commit) => commitBody(call, commit)));
  },
  'pulls/list-files': (call) => {
    const pull = pullOf(call);
    if (pull === undefined) return notFound;
    return ok(filesBetween(call, startOf(call, pull), pull.headCommit, maxFiles));
  },
  'repos/list-pull-requests-associated-with-commit': (call) => {
    const sha = resolveCommit(call.git, textOf(call.path['commit_sha']));
    if (sha === null) return refusal(422, `No commit found for SHA: ${textOf(call.path['commit_sha'])}`);
    const holds = (pull: Pull): boolean =>
      pull.merged?.commit === sha ||
      (isAncestor(call.git, sha, pull.headCommit) && !isAncestor(call.git, sha, pull.baseCommit));
    return ok(call.state.pulls.filter(holds).map((pull) => pullInList(call, pull)));
  },
  'pulls/merge': (call) => {
    const pull = pullOf(call);
    if (pull === undefined) return notFound;
    const { sha, merge_method: given } = call.body;
    if (sha !== undefined && sha !== pull.headCommit)
      return refusal(409, 'Head branch was modified. Review and try the merge again.');
    const method = given === 'squash' || given === 'rebase' ? given : 'merge';
    const merged = mergePull(call, pull, { by: call.token.by, method, at: call.now });
    if (merged === null) return refusal(405, 'Pull Request is not mergeable');
    return ok({ sha: merged.commit, merged: true, message: 'Pull Request successfully merged' });
  },
} satisfies Record<string, Handler>;
