/** References, commits and trees, as git has them. */
import { isAncestor, readCommit, refOf, resolveCommit, setRef } from '../bare-repository.ts';
import { created, noContent, notFound, ok, refusal, type Call, type Handler } from '../call.ts';
import { textOf, type JsonObject } from '../json.ts';
import { nodeId } from '../shapes/people.ts';
import { gitCommitBody, repositoryUrl } from '../shapes/repository.ts';
import { recordRefChange } from '../world/ref-change.ts';

function refBody(call: Call, ref: string, sha: string): JsonObject {
  return {
    ref,
    node_id: nodeId('Ref', Number.parseInt(sha.slice(0, 8), 16)),
    url: `${repositoryUrl(call)}/git/${ref}`,
    object: { type: 'commit', sha, url: `${repositoryUrl(call)}/git/commits/${sha}` },
  };
}

/** The commit that a branch, a tag or a pull request's ref names in the repository that was asked for. */
function commitAt(call: Call, ref: string): string | null {
  const branch = /^heads\/(.+)$/.exec(ref)?.[1];
  const name =
    branch === undefined
      ? `refs/${ref}`
      : refOf({ owner: call.owner, name: branch }, call.state.organisation);
  return resolveCommit(call.git, name);
}

export const gitHandlers = {
  'git/get-ref': (call) => {
    const ref = textOf(call.path['ref']);
    const sha = commitAt(call, ref);
    return sha === null ? notFound : ok(refBody(call, `refs/${ref}`, sha));
  },
  'git/create-ref': (call) => {
    const ref = textOf(call.body['ref']);
    const sha = resolveCommit(call.git, textOf(call.body['sha']));
    if (!/^refs\/[^/]+\/.+/.test(ref))
      return refusal(422, 'Reference name must start with "refs/" and have two slashes');
    if (sha === null) return refusal(422, 'Object does not exist');
    if (resolveCommit(call.git, ref) !== null) return refusal(422, 'Reference already exists');
    setRef(call.git, ref, sha);
    recordRefChange(call, { ref, before: null, after: sha, by: call.token.by });
    return created(refBody(call, ref, sha));
  },
  'git/update-ref': (call) => {
    const ref = `refs/${textOf(call.path['ref'])}`;
    const before = resolveCommit(call.git, ref);
    const sha = resolveCommit(call.git, textOf(call.body['sha']));
    if (before === null) return refusal(422, 'Reference does not exist');
    if (sha === null) return refusal(422, 'Object does not exist');
    if (call.body['force'] !== true && !isAncestor(call.git, before, sha))
      return refusal(422, 'Update is not a fast forward');
    setRef(call.git, ref, sha);
    recordRefChange(call, { ref, before, after: sha, by: call.token.by });
    return ok(refBody(call, ref, sha));
  },
  'git/delete-ref': (call) => {
    const ref = `refs/${textOf(call.path['ref'])}`;
    const before = resolveCommit(call.git, ref);
    if (before === null) return refusal(422, 'Reference does not exist');
    setRef(call.git, ref, null);
    recordRefChange(call, { ref, before, after: null, by: call.token.by });
    return noContent;
  },
  'git/get-commit': (call) => {
    const sha = textOf(call.path['commit_sha']);
    const found = /^[0-9a-f]{40}$/.test(sha) && resolveCommit(call.git, sha) === sha;
    const commit = found ? readCommit(call.git, sha) : undefined;
    return commit === undefined ? notFound : ok(gitCommitBody(call, commit));
  },
  'git/get-tree': (call) => {
    const name = textOf(call.path['tree_sha']);
    let printed: string;
    try {
      const isRecursive = call.query['recursive'] !== undefined;
      printed = call.git.run([
        'ls-tree',
        '-z',
        '-l',
        ...(isRecursive ? ['-r', '-t'] : []),
        '--end-of-options',
        name,
      ]);
    } catch {
      return notFound;
    }
    const sha = call.git.run(['rev-parse', '--verify', `${name}^{tree}`]);
    const tree = printed
      .split('\0')
      .filter((line) => line !== '')
      .map((line) => {
        const [meta = '', path = ''] = line.split('\t');
        const [mode = '', type = '', object = '', size = '-'] = meta.split(/ +/);
        return {
          path,
          mode,
          type,
          sha: object,
          ...(size === '-' ? {} : { size: Number(size) }),
          url: `${repositoryUrl(call)}/git/${type}s/${object}`,
        };
      });
    return ok({ sha, url: `${repositoryUrl(call)}/git/trees/${sha}`, tree, truncated: false });
  },
} satisfies Record<string, Handler>;
