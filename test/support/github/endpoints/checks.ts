/** Check runs and their annotations. */
import { created, notFound, ok, refusal, type Answer, type Call, type Handler } from '../call.ts';
import { isObject, listOf, member, textOrNull, textOf, type JsonObject } from '../json.ts';
import { resolveCommit } from '../bare-repository.ts';
import { nodeId, userOrNull, webUrl } from '../shapes/people.ts';
import { repositoryUrl } from '../shapes/repository.ts';
import { botAccount, nextId, type Annotation, type CheckRun } from '../state.ts';

const maxAnnotationsPerCall = 50;
const maxSummaryLength = 65_535;
const maxMessageBytes = 64 * 1024;

function runBody(call: Call, run: CheckRun): JsonObject {
  const self = `${repositoryUrl(call)}/check-runs/${run.id}`;
  const { organisation, repository } = call.state;
  return {
    id: run.id,
    node_id: nodeId('CheckRun', run.id),
    name: run.name,
    head_sha: run.head_sha,
    external_id: run.external_id,
    url: self,
    html_url: `${webUrl}/${organisation}/${repository}/runs/${run.id}`,
    details_url: run.details_url,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      ...run.output,
      annotations_count: run.annotations.length,
      annotations_url: `${self}/annotations`,
    },
    check_suite: { id: 90_000 },
    app: appBody(call, run.app),
    pull_requests: [],
  };
}

function appBody(call: Call, slug: string): JsonObject {
  const id = slug === 'github-actions' ? 15368 : 20_000;
  return {
    id,
    slug,
    node_id: nodeId('App', id),
    owner: userOrNull(call, 1),
    name: slug,
    description: '',
    external_url: webUrl,
    html_url: `${webUrl}/apps/${slug}`,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
    permissions: { checks: 'write', contents: 'read', metadata: 'read' },
    events: [],
  };
}

/** Null when it was applied. Annotations are added to those that are there. */
function apply(call: Call, run: CheckRun): Answer | null {
  const { body, now } = call;
  const given = body['output'];
  if (isObject(given)) {
    const added = listOf(given['annotations']);
    if (added.length > maxAnnotationsPerCall)
      return refusal(422, `Invalid request.\n\nNo more than ${maxAnnotationsPerCall} items are allowed`);
    if (textOf(given['summary']).length > maxSummaryLength || textOf(given['text']).length > maxSummaryLength)
      return refusal(422, 'Invalid request.\n\nOnly 65535 characters are allowed');
    const annotations = added.map(annotationOf);
    const wrong = annotations.map(wrongIn).find((reason) => reason !== null);
    if (wrong !== undefined) return refusal(422, `Invalid request.\n\n${wrong}`);
    run.annotations.push(...annotations);
    run.output = {
      title: textOrNull(given['title']) ?? run.output.title,
      summary: textOrNull(given['summary']) ?? run.output.summary,
      text: textOrNull(given['text']) ?? run.output.text,
    };
  }
  const conclusion = textOrNull(body['conclusion']);
  // A conclusion completes; a run that is no longer completed has none.
  const status = conclusion === null ? textOf(body['status'], run.status) : 'completed';
  if (status === 'completed' && conclusion === null && run.conclusion === null)
    return refusal(422, 'Invalid request.\n\n"conclusion" wasn\'t supplied.');
  run.name = textOf(body['name'], run.name);
  run.external_id = textOf(body['external_id'], run.external_id);
  run.details_url = textOrNull(body['details_url']) ?? run.details_url;
  run.status = status;
  run.conclusion = status === 'completed' ? (conclusion ?? run.conclusion) : null;
  run.startedAt = textOrNull(body['started_at']) ?? run.startedAt ?? now;
  run.completedAt = status === 'completed' ? (textOrNull(body['completed_at']) ?? now) : null;
  return null;
}

function annotationOf(value: unknown): Annotation {
  const number = (name: string): number | null => {
    const found = member(value, name);
    return typeof found === 'number' ? found : null;
  };
  return {
    path: textOf(member(value, 'path')),
    start_line: number('start_line') ?? 0,
    end_line: number('end_line') ?? 0,
    start_column: number('start_column'),
    end_column: number('end_column'),
    annotation_level: textOf(member(value, 'annotation_level')),
    title: textOrNull(member(value, 'title')),
    message: textOf(member(value, 'message')),
    raw_details: textOrNull(member(value, 'raw_details')),
  };
}

function wrongIn(annotation: Annotation): string | null {
  const { start_line: start, end_line: end, start_column: from, end_column: to, message } = annotation;
  if (message === '') return "message can't be blank";
  if (Buffer.byteLength(message) > maxMessageBytes) return 'message is too long (maximum is 64 KB)';
  if ((annotation.title ?? '').length > 255) return 'title is too long (maximum is 255 characters)';
  if (end < start) return 'end_line must be greater than or equal to start_line';
  if (start !== end && (from !== null || to !== null))
    return 'start_column and end_column are only valid where start_line and end_line are the same';
  if (from !== null && to !== null && to < from)
    return 'end_column must be greater than or equal to start_column';
  return null;
}

const byId = (call: Call): CheckRun | undefined =>
  call.state.checkRuns.find(({ id }) => id === call.path['check_run_id']);

export const checkHandlers = {
  'checks/create': (call) => {
    const sha = textOf(call.body['head_sha']);
    if (resolveCommit(call.git, sha) === null) return refusal(422, `No commit found for SHA: ${sha}`);
    const run: CheckRun = {
      id: nextId(call.state),
      name: '',
      head_sha: sha,
      external_id: '',
      details_url: null,
      status: 'queued',
      conclusion: null,
      startedAt: null,
      completedAt: null,
      output: { title: null, summary: null, text: null },
      annotations: [],
      app: call.token.by === botAccount.id ? 'github-actions' : 'another-app',
    };
    const refused = apply(call, run);
    if (refused !== null) return refused;
    call.state.checkRuns.push(run);
    return created(runBody(call, run));
  },
  'checks/update': (call) => {
    const run = byId(call);
    if (run === undefined) return notFound;
    const changed = structuredClone(run);
    const refused = apply(call, changed);
    if (refused !== null) return refused;
    Object.assign(run, changed);
    return ok(runBody(call, run));
  },
  'checks/get': (call) => {
    const run = byId(call);
    return run === undefined ? notFound : ok(runBody(call, run));
  },
  'checks/list-annotations': (call) => {
    const run = byId(call);
    if (run === undefined) return notFound;
    const html = `${webUrl}/${call.state.organisation}/${call.state.repository}/blob/${run.head_sha}`;
    return ok(run.annotations.map((one) => ({ ...one, blob_href: `${html}/${encodeURI(one.path)}` })));
  },
  'checks/list-for-ref': (call) => {
    const { check_name: name, filter, status, app_id: app } = call.query;
    const sha = resolveCommit(call.git, textOf(call.path['ref']));
    if (sha === null) return refusal(422, `No commit found for SHA: ${textOf(call.path['ref'])}`);
    let runs = call.state.checkRuns
      .filter((run) => run.head_sha === sha)
      .filter((run) => name === undefined || run.name === name)
      .filter((run) => status === undefined || run.status === status)
      .filter((run) => app === undefined || app === (run.app === 'github-actions' ? 15368 : 20_000))
      .reverse();
    // Without `filter=all` only the latest of each name and app.
    if (filter !== 'all')
      runs = runs.filter(
        (run, index) => runs.findIndex((one) => one.name === run.name && one.app === run.app) === index,
      );
    return ok({ total_count: runs.length, check_runs: runs.map((run) => runBody(call, run)) });
  },
} satisfies Record<string, Handler>;
