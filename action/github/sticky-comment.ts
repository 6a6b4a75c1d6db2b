/**
 * The one comment of this program in a pull request. It is ours when it starts with the marker and was written by the
 * account behind this token: a marker alone could have been typed by anybody, and we would then edit, or hide behind,
 * the words of another. It has a section for the review and one for the rollout, each written without touching the other.
 */
import { findOrCreate } from './find-or-create.ts';
import { statusOf, type Repository } from './octokit.ts';
import { ownAccountId } from './own-account.ts';

const marker = '<!-- evenkeel:check -->';

/** GitHub refuses a comment of more than 65,536 characters. */
export const maxSectionBytes = { review: 50_000, rollout: 10_000 };

export interface CommentSection {
  name: keyof typeof maxSectionBytes;
  /** When what it tells was read (RFC 3339): a section that was read later is left as it is. */
  at: string;
  /** Markdown in which every text from outside is escaped, so that no marker can stand in it. */
  markdown: string;
}

export interface StickyOptions {
  /** RFC 3339; a time after it in the comment was made up. */
  now: string;
  /** The login of this App's bot, where it is known; else GitHub is asked whose token this is. */
  botLogin?: string | null;
  /** Asked right before writing: whether this is still about the head of the pull request. */
  isCurrent?(): Promise<boolean>;
}

interface OwnComment {
  id: number;
  body: string;
}

/** Brings one section up to date. Says what it did; unchanged text is not written again. */
export async function keepStickyComment(
  repository: Repository,
  pullNumber: number,
  section: CommentSection,
  options: StickyOptions,
): Promise<'written' | 'unchanged' | 'newer'> {
  const { github, owner, repo } = repository;
  const isOwn = await ownershipOf(repository, options.botLogin ?? null);
  const list = async (): Promise<OwnComment[]> => {
    const at = { owner, repo, issue_number: pullNumber, per_page: 100 };
    const comments = await github.paginate(github.rest.issues.listComments, at);
    return comments
      .flatMap(({ id, body, user }) => {
        return body?.startsWith(marker) === true && user !== null && isOwn(user) ? [{ id, body }] : [];
      })
      .sort((a, b) => a.id - b.id);
  };
  const known = await list();
  const [oldest] = known;
  if (oldest === undefined) {
    if (options.isCurrent !== undefined && !(await options.isCurrent())) return 'newer';
    const created = await create(repository, pullNumber, `${marker}\n${sectionText(section)}`, list);
    // Another run may have made one at the same instant: the oldest stays, and every run sees the same oldest.
    return await settle(repository, [...(await list())], created, section, options);
  }
  return await settle(repository, known, oldest, section, options);
}

/** Of several comments the oldest is kept and brought up to date, and the others are deleted. */
async function settle(
  { github, owner, repo }: Repository,
  comments: readonly OwnComment[],
  fallback: OwnComment,
  section: CommentSection,
  options: StickyOptions,
): Promise<'written' | 'unchanged' | 'newer'> {
  const [kept = fallback, ...doubled] = comments;
  for (const { id } of doubled) {
    try {
      await github.rest.issues.deleteComment({ owner, repo, comment_id: id });
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
  }
  const present = readSection(kept.body, section.name);
  if (present !== null && present.at > section.at && present.at <= options.now) return 'newer';
  if (present?.markdown === section.markdown) return 'unchanged';
  if (options.isCurrent !== undefined && !(await options.isCurrent())) return 'newer';
  const body = replaceSection(kept.body, section);
  await github.rest.issues.updateComment({ owner, repo, comment_id: kept.id, body });
  return 'written';
}

async function create(
  { github, owner, repo }: Repository,
  pullNumber: number,
  body: string,
  list: () => Promise<OwnComment[]>,
): Promise<OwnComment> {
  let isFirst = true;
  return await findOrCreate(
    async () => {
      if (!isFirst) return (await list())[0];
      isFirst = false;
      return undefined;
    },
    async () => {
      const { data } = await github.rest.issues.createComment({
        owner,
        repo,
        issue_number: pullNumber,
        body,
        request: { retries: 0 },
      });
      return { id: data.id, body };
    },
  );
}

/** Who wrote it: by the bot's login, which no person can register, or by the number of the token's account. */
async function ownershipOf(
  repository: Repository,
  botLogin: string | null,
): Promise<(user: { id: number; login: string; type: string }) => boolean> {
  if (botLogin !== null) return (user) => user.type === 'Bot' && user.login === botLogin;
  const me = await ownAccountId(repository);
  return (user) => user.id === me;
}

function sectionText({ name, at, markdown }: CommentSection): string {
  return `<!-- evenkeel:section ${name} ${at} -->\n${markdown}\n<!-- evenkeel:end ${name} -->`;
}

function readSection(body: string, name: string): { at: string; markdown: string } | null {
  const found = patternOf(name).exec(body);
  return found === null ? null : { at: found[1] ?? '', markdown: found[2] ?? '' };
}

function replaceSection(body: string, section: CommentSection): string {
  const text = sectionText(section);
  // A function, so that `$&` in a text stays what it is.
  if (patternOf(section.name).test(body)) return body.replace(patternOf(section.name), () => text);
  return `${body.trimEnd()}\n\n${text}`;
}

function patternOf(name: string): RegExp {
  return new RegExp(
    `<!-- evenkeel:section ${name} (\\S+) -->\\n([\\s\\S]*?)\\n<!-- evenkeel:end ${name} -->`,
  );
}
