/** Commit statuses. */
import { resolveCommit } from '../bare-repository.ts';
import { created, notFound, ok, refusal, type Call, type Handler } from '../call.ts';
import { textOf, textOrNull, type JsonObject } from '../json.ts';
import { nodeId, userOrNull, webUrl } from '../shapes/people.ts';
import { repositoryBody, repositoryUrl } from '../shapes/repository.ts';
import { nextId, type CommitStatus } from '../state.ts';

const maxStatusesOfAContext = 1000;

function simpleBody(call: Call, status: CommitStatus): JsonObject {
  return {
    id: status.id,
    node_id: nodeId('StatusContext', status.id),
    url: `${repositoryUrl(call)}/statuses/${status.sha}`,
    avatar_url: `${webUrl}/avatars/${status.by}`,
    state: status.state,
    description: status.description,
    target_url: status.target_url,
    context: status.context,
    created_at: status.at,
    updated_at: status.at,
  };
}

function ofCommit(call: Call): { sha: string; statuses: CommitStatus[] } | null {
  const sha = resolveCommit(call.git, textOf(call.path['ref'], textOf(call.path['sha'])));
  if (sha === null) return null;
  return { sha, statuses: call.state.statuses.filter((status) => status.sha === sha).reverse() };
}

export const statusHandlers = {
  'repos/create-commit-status': (call) => {
    const found = ofCommit(call);
    if (found === null) return refusal(422, `No commit found for SHA: ${textOf(call.path['sha'])}`);
    const context = textOf(call.body['context'], 'default');
    const description = textOrNull(call.body['description']);
    if ((description ?? '').length > 140)
      return refusal(422, 'Validation Failed', ['description is too long (maximum is 140 characters)']);
    if (found.statuses.filter((status) => status.context === context).length >= maxStatusesOfAContext)
      return refusal(422, 'Validation Failed', [
        'This SHA and context has reached the maximum number of statuses.',
      ]);
    const status: CommitStatus = {
      id: nextId(call.state),
      sha: found.sha,
      state: textOf(call.body['state']),
      context,
      description,
      target_url: textOrNull(call.body['target_url']),
      by: call.token.by,
      at: call.now,
    };
    call.state.statuses.push(status);
    return created({ ...simpleBody(call, status), creator: userOrNull(call, status.by) });
  },
  'repos/list-commit-statuses-for-ref': (call) => {
    const found = ofCommit(call);
    if (found === null) return notFound;
    return ok(
      found.statuses.map((status) => ({ ...simpleBody(call, status), creator: userOrNull(call, status.by) })),
    );
  },
  'repos/get-combined-status-for-ref': (call) => {
    const found = ofCommit(call);
    if (found === null) return notFound;
    const latest = found.statuses.filter(
      (status, index, all) => all.findIndex(({ context }) => context === status.context) === index,
    );
    const states = latest.map(({ state }) => state);
    const isFailed = states.some((state) => state === 'failure' || state === 'error');
    const isPending = states.length === 0 || states.includes('pending');
    return ok({
      state: isFailed ? 'failure' : isPending ? 'pending' : 'success',
      statuses: latest.map((status) => simpleBody(call, status)),
      sha: found.sha,
      total_count: latest.length,
      repository: repositoryBody(call),
      commit_url: `${repositoryUrl(call)}/commits/${found.sha}`,
      url: `${repositoryUrl(call)}/commits/${found.sha}/status`,
    });
  },
} satisfies Record<string, Handler>;
