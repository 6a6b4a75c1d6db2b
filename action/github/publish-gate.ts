/**
 * One check run of one gate on one commit. Check runs belong to the commit they were made for, so an older head's answer
 * cannot take the place of a newer one's; on the same head, what was read earlier never overwrites what was read later.
 */
import { createHash } from 'node:crypto';
import { findOrCreate } from './find-or-create.ts';
import type { Annotation, GateView } from './gate-view.ts';
import { statusOf, type Repository } from './octokit.ts';

const annotationsPerCall = 50;

/** What is there already. Somebody else's program could have made it: only what it shows is compared, and then replaced. */
export interface KnownRun {
  id: number;
  name: string;
  externalId: string;
  conclusion: string | null;
  isCompleted: boolean;
  title: string | null;
  summary: string | null;
  annotationCount: number;
  /** The login that this program's own comments have, `name[bot]`; null when GitHub does not say. */
  botLogin: string | null;
}

export type Published = { state: 'written' | 'unchanged' | 'newer'; botLogin: string | null };

/** Every check run on a commit, whoever made it. */
export async function listRuns({ github, owner, repo }: Repository, commit: string): Promise<KnownRun[]> {
  const runs = await github.paginate(github.rest.checks.listForRef, {
    owner,
    repo,
    ref: commit,
    filter: 'all',
    per_page: 100,
  });
  return runs.map((run) => ({
    id: run.id,
    name: run.name,
    externalId: run.external_id ?? '',
    conclusion: run.conclusion,
    isCompleted: run.status === 'completed',
    title: run.output.title,
    summary: run.output.summary,
    annotationCount: run.output.annotations_count,
    botLogin: botOf(run.app),
  }));
}

/** Brings the gate's newest check run up to date, or makes one; unchanged it is not written. `at`, `now`: RFC 3339. */
export async function publishGate(
  repository: Repository,
  commit: string,
  gate: GateView,
  { at, now, runs }: { at: string; now: string; runs: readonly KnownRun[] },
): Promise<Published> {
  const digest = digestOf(gate.annotations);
  const latest = latestOf(runs, gate.name);
  if (latest !== undefined) {
    const readAt = timeOf(latest);
    // A time that is yet to come was made up.
    if (readAt !== null && readAt > at && readAt <= now) return { state: 'newer', botLogin: latest.botLogin };
    const hasAnnotations =
      latest.externalId.startsWith(`evenkeel/${digest}/`) &&
      latest.annotationCount === gate.annotations.length;
    if (hasAnnotations && latest.isCompleted && isShown(gate, latest))
      return { state: 'unchanged', botLogin: latest.botLogin };
    // Annotations can be added and never taken away: others need another check run.
    if (hasAnnotations && (await tryUpdate(repository, latest.id, gate, `evenkeel/${digest}/${at}`)))
      return { state: 'written', botLogin: latest.botLogin };
  }
  const botLogin = await makeRun(repository, commit, gate, `evenkeel/${digest}/${at}`);
  return { state: 'written', botLogin };
}

/** False when the run is not ours to change. */
async function tryUpdate(
  { github, owner, repo }: Repository,
  id: number,
  { title, summary, conclusion }: GateView,
  externalId: string,
): Promise<boolean> {
  try {
    await github.rest.checks.update({
      owner,
      repo,
      check_run_id: id,
      external_id: externalId,
      status: 'completed',
      conclusion,
      output: { title, summary },
    });
    return true;
  } catch (error) {
    if (statusOf(error) !== 403 && statusOf(error) !== 404) throw error;
    return false;
  }
}

/** Makes the run with all annotations, 50 a call; repeated after a lost answer it doubles nothing. */
async function makeRun(
  repository: Repository,
  commit: string,
  gate: GateView,
  externalId: string,
): Promise<string | null> {
  const { github, owner, repo } = repository;
  const { name, title, summary, conclusion, annotations } = gate;
  const ended = { status: 'completed' as const, conclusion };
  const stateAfter = (sent: number) =>
    sent >= annotations.length ? ended : { status: 'in_progress' as const };
  const find = async (): Promise<
    Pick<KnownRun, 'id' | 'annotationCount' | 'botLogin' | 'isCompleted'> | undefined
  > => (await listRuns(repository, commit)).find((run) => run.name === name && run.externalId === externalId);
  let isFirst = true;
  const made = await findOrCreate(
    // What was there before has been looked at: only after a failure there may be one.
    async () => {
      if (!isFirst) return await find();
      isFirst = false;
      return undefined;
    },
    async () => {
      const first = annotations.slice(0, annotationsPerCall);
      const { data } = await github.rest.checks.create({
        owner,
        repo,
        name,
        head_sha: commit,
        external_id: externalId,
        ...stateAfter(first.length),
        output: { title, summary, annotations: first },
        request: { retries: 0 },
      });
      return { id: data.id, annotationCount: first.length, isCompleted: false, botLogin: botOf(data.app) };
    },
  );
  let sent = made.annotationCount;
  for (let failures = 0; sent < annotations.length;) {
    const batch = annotations.slice(sent, sent + annotationsPerCall);
    try {
      await github.rest.checks.update({
        owner,
        repo,
        check_run_id: made.id,
        ...stateAfter(sent + batch.length),
        output: { title, summary, annotations: batch },
        request: { retries: 0 },
      });
      sent += batch.length;
    } catch (error) {
      // Annotations are added to those that are there: what a failed call did has to be looked at before the next.
      if (++failures >= 3 || (statusOf(error) ?? 500) < 500) throw error;
      const found = await find();
      if (found?.isCompleted === true && found.annotationCount >= annotations.length) break;
      sent = found?.annotationCount ?? sent;
    }
  }
  return made.botLogin;
}

function latestOf(runs: readonly KnownRun[], name: string): KnownRun | undefined {
  return runs.filter((run) => run.name === name).sort((a, b) => b.id - a.id)[0];
}

function isShown(gate: GateView, run: KnownRun): boolean {
  return run.conclusion === gate.conclusion && run.title === gate.title && run.summary === gate.summary;
}

function timeOf({ externalId }: KnownRun): string | null {
  return /^evenkeel\/[0-9a-f]{16}\/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/.exec(externalId)?.[1] ?? null;
}

function digestOf(annotations: readonly Annotation[]): string {
  return createHash('sha256').update(JSON.stringify(annotations)).digest('hex').slice(0, 16);
}

/** An App writes comments as its bot, whose login nobody can register. */
function botOf(app: { slug?: string } | null | undefined): string | null {
  return app?.slug === undefined ? null : `${app.slug}[bot]`;
}
