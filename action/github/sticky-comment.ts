import { findOrCreate } from './check-run.ts';
import type { Repository } from './octokit.ts';
import { ownAccountId } from './own-account.ts';

const marker = '<!-- evenkeel:check -->';
// GitHub refuses a comment of more than 65,536 characters.
export const maxCommentBytes = 65_000;

/**
 * Keeps one comment in a pull request up to date. It is ours when it starts with the marker and was written by the
 * account behind this token: a marker alone could have been typed by anybody, and we would then edit, or hide
 * behind, the words of another.
 */
export async function updateStickyComment(
  { github, owner, repo }: Repository,
  pullNumber: number,
  markdown: string,
): Promise<void> {
  const body = `${marker}\n${markdown}`;
  const me = await ownAccountId({ github });
  const find = async (): Promise<{ id: number; body: string } | undefined> => {
    const comments = await github.paginate(github.rest.issues.listComments, {
      owner,
      repo,
      issue_number: pullNumber,
      per_page: 100,
    });
    const own = comments.find(
      (comment) => comment.user?.id === me && comment.body?.startsWith(marker) === true,
    );
    return own === undefined ? undefined : { id: own.id, body: own.body ?? '' };
  };
  const create = async (): Promise<{ id: number; body: string }> => {
    const { data } = await github.rest.issues.createComment({
      owner,
      repo,
      issue_number: pullNumber,
      body,
      request: { retries: 0 },
    });
    return { id: data.id, body };
  };
  const comment = await findOrCreate(find, create);
  if (comment.body === body) return;
  await github.rest.issues.updateComment({ owner, repo, comment_id: comment.id, body });
}
