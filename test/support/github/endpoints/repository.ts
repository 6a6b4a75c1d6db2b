/** The repository: its files, commits, branches, activity, and what is wrong with its CODEOWNERS. */
import { mergeBase, readBlob, readCommit, readCommits, refOf, resolveCommit } from '../bare-repository.ts';
import { notFound, ok, refusal, type Answer, type Call, type Handler } from '../call.ts';
import { textOf, type JsonObject } from '../json.ts';
import { nodeId, userOrNull, webUrl } from '../shapes/people.ts';
import { commitBody, filesBetween, repositoryBody, repositoryUrl } from '../shapes/repository.ts';
import { codeOwnersErrors } from './codeowners-errors.ts';

const maxFiles = 3000;
const maxComparedFiles = 300;
const maxContentBytes = 1024 * 1024;

/** The commit that a branch, a tag or a name means in the repository that was asked for. */
function commitNamed(call: Call, name: string): string | null {
  const ref = name === '' ? call.state.defaultBranch : name;
  // Only a whole name of a commit, a branch or a ref: `HEAD~1` is git's language and not the API's.
  if (/[~^:\s]|@\{/.test(ref)) return null;
  return (
    resolveCommit(call.git, refOf({ owner: call.owner, name: ref }, call.state.organisation)) ??
    (/^(refs\/|[0-9a-f]{4,40}$)/.test(ref)
      ? resolveCommit(call.git, ref)
      : resolveCommit(call.git, `refs/tags/${ref}`))
  );
}

function contentBody(call: Call, path: string, ref: string, entry: TreeEntry): JsonObject {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const self = `${repositoryUrl(call, call.owner)}/contents/${encoded}?ref=${encodeURIComponent(ref)}`;
  const html = `${webUrl}/${call.owner}/${call.state.repository}/blob/${ref}/${encoded}`;
  const git = `${repositoryUrl(call, call.owner)}/git/blobs/${entry.sha}`;
  return {
    type: entry.type,
    name: path.split('/').at(-1) ?? path,
    path,
    sha: entry.sha,
    size: entry.size,
    url: self,
    git_url: git,
    html_url: html,
    download_url: html,
    _links: { self, git, html },
  };
}

interface TreeEntry {
  type: 'file' | 'dir' | 'symlink' | 'submodule';
  sha: string;
  size: number;
}

function entriesAt(call: Call, commit: string, path: string): Map<string, TreeEntry> {
  const printed = call.git.run(['ls-tree', '-z', '-l', commit, ...(path === '' ? [] : [path])]);
  const entries = new Map<string, TreeEntry>();
  for (const line of printed.split('\0').filter((one) => one !== '')) {
    const [meta = '', name = ''] = line.split('\t');
    const [mode = '', type = '', sha = '', size = '0'] = meta.split(/ +/);
    const kind =
      mode === '120000' ? 'symlink' : type === 'tree' ? 'dir' : type === 'commit' ? 'submodule' : 'file';
    entries.set(name, { type: kind, sha, size: Number(size) || 0 });
  }
  return entries;
}

function contentAt(call: Call): Answer {
  const path = textOf(call.path['path']).replace(/^\/+|\/+$/g, '');
  const ref = textOf(call.query['ref'], call.state.defaultBranch);
  const commit = commitNamed(call, ref);
  if (commit === null) return refusal(404, `No commit found for the ref ${ref}`);
  const entry = entriesAt(call, commit, path).get(path);
  if (path === '' || entry?.type === 'dir') {
    const within = entriesAt(call, commit, path === '' ? '' : `${path}/`);
    return ok([...within].map(([name, one]) => contentBody(call, name, ref, one)));
  }
  if (entry === undefined) return notFound;
  const bytes = readBlob(call.git, commit, path);
  if (bytes === null) return notFound;
  // Of a file of more than a megabyte only the name is told.
  const isWhole = bytes.length <= maxContentBytes;
  const content = isWhole ? bytes.toString('base64').replace(/.{60}/g, '$&\n') : '';
  return ok({
    ...contentBody(call, path, ref, entry),
    encoding: isWhole ? 'base64' : 'none',
    content: content === '' || content.endsWith('\n') ? content : `${content}\n`,
    ...(entry.type === 'symlink' ? { target: bytes.toString() } : {}),
  });
}

function compared(call: Call, baseName: string, headName: string): Answer {
  const name = (text: string): string => text.replace(/^[^:/]+:/, '');
  const base = commitNamed(call, name(baseName));
  const head = commitNamed(call, name(headName));
  if (base === null || head === null) return notFound;
  const start = mergeBase(call.git, base, head);
  const [baseCommit, startCommit] = [base, start].map((sha) =>
    sha === null ? undefined : readCommit(call.git, sha),
  );
  if (start === null || baseCommit === undefined || startCommit === undefined)
    return refusal(404, `No common ancestor between ${baseName} and ${headName}.`);
  const commits = readCommits(call.git, [`${base}..${head}`]);
  const behind = Number(call.git.run(['rev-list', '--count', `${head}..${base}`]));
  const ahead = commits.length;
  const self = `${repositoryUrl(call)}/compare/${baseName}...${headName}`;
  const html = `${webUrl}/${call.state.organisation}/${call.state.repository}/compare/${baseName}...${headName}`;
  const size = Number(call.query['per_page'] ?? 250);
  const page = Number(call.query['page'] ?? 1);
  return ok({
    url: self,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: commitBody(call, baseCommit),
    merge_base_commit: commitBody(call, startCommit),
    status:
      ahead === 0 && behind === 0
        ? 'identical'
        : behind === 0
          ? 'ahead'
          : ahead === 0
            ? 'behind'
            : 'diverged',
    ahead_by: ahead,
    behind_by: behind,
    total_commits: ahead,
    commits: commits.slice((page - 1) * size, page * size).map((commit) => commitBody(call, commit)),
    // Only the first page has them.
    ...(page === 1 ? { files: filesBetween(call, start, head, maxComparedFiles) } : {}),
  });
}

export const repositoryHandlers = {
  'repos/get': (call) => ok({ ...repositoryBody(call, call.owner), subscribers_count: 0, network_count: 0 }),
  'repos/get-branch': (call) => {
    const name = textOf(call.path['branch']);
    const sha = resolveCommit(call.git, refOf({ owner: call.owner, name }, call.state.organisation));
    const commit = sha === null ? undefined : readCommit(call.git, sha);
    if (commit === undefined) return refusal(404, 'Branch not found');
    const self = `${repositoryUrl(call)}/branches/${encodeURIComponent(name)}`;
    return ok({
      name,
      commit: commitBody(call, commit),
      _links: { self, html: `${webUrl}/${call.owner}/${call.state.repository}/tree/${name}` },
      protected: false,
      protection: {
        enabled: false,
        required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] },
      },
      protection_url: `${self}/protection`,
    });
  },
  'repos/get-content': contentAt,
  'repos/get-commit': (call) => {
    const name = textOf(call.path['ref']);
    const sha = commitNamed(call, name);
    const commit = sha === null ? undefined : readCommit(call.git, sha);
    if (commit === undefined) return refusal(422, `No commit found for SHA: ${name}`);
    const [parent = emptyTree] = commit.parents;
    const files = filesBetween(call, parent, commit.sha, maxFiles);
    const sum = (key: string): number => files.reduce((total, file) => total + Number(file[key]), 0);
    const stats = { additions: sum('additions'), deletions: sum('deletions'), total: sum('changes') };
    return ok({ ...commitBody(call, commit), stats, files });
  },
  'repos/list-commits': (call) => {
    const sha = commitNamed(call, textOf(call.query['sha']));
    if (sha === null) return notFound;
    const path = textOf(call.query['path']);
    const names = call.git.run(['rev-list', sha, '--', ...(path === '' ? [] : [path])]).split('\n');
    const found = names.flatMap((name) => (name === '' ? [] : (readCommit(call.git, name) ?? [])));
    return ok(found.map((commit) => commitBody(call, commit)));
  },
  'repos/compare-commits': (call) => compared(call, textOf(call.path['base']), textOf(call.path['head'])),
  'repos/compare-commits-with-basehead': (call) => {
    const [base = '', head] = textOf(call.path['basehead']).split('...');
    return head === undefined ? notFound : compared(call, base, head);
  },
  'repos/list-activities': (call) => {
    const { ref, actor, activity_type: type, direction } = call.query;
    const wanted = textOf(ref).replace(/^(?!refs\/)(?=.)/, 'refs/heads/');
    const activities = call.state.activities
      .filter((one) => one.owner === call.owner)
      .filter((one) => wanted === '' || one.ref === wanted)
      .filter((one) => type === undefined || one.type === type)
      .map((one) => ({
        id: one.id,
        node_id: nodeId('Push', one.id),
        before: one.before,
        after: one.after,
        ref: one.ref,
        timestamp: one.at,
        activity_type: one.type,
        actor: userOrNull(call, one.by),
      }))
      .filter((one) => actor === undefined || one.actor?.['login'] === actor);
    return ok(direction === 'asc' ? activities : activities.reverse());
  },
  'repos/codeowners-errors': (call) => {
    const commit = commitNamed(call, textOf(call.query['ref']));
    const errors = commit === null ? null : codeOwnersErrors(call, commit);
    return errors === null ? notFound : ok({ errors });
  },
} satisfies Record<string, Handler>;

/** What git calls the tree that holds nothing. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
