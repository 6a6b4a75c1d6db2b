import { isObject, valueAt } from '../../document/document.ts';
import type { Report } from '../../finding.ts';
import { permissionsOf, widenedPermissions } from './permissions.ts';
import { actionOf, jobsOf, stepsOf, triggersOf, type Job, type Step, type Workflow } from './workflow.ts';

/** What the change lets a workflow do, or lets strangers do with it. */
export function reportWiderRights(path: string, before: Workflow | undefined, after: Workflow): Report[] {
  return [
    ...triggerDrafts(before, after),
    ...permissionDrafts(before, after),
    ...jobsOf(after).flatMap((job) => jobDrafts(before, after, job)),
  ].map((draft) => reportOf(path, before, after, draft));
}

interface Draft {
  message: string;
  key: string;
  pointer: string;
  /** Sure to be harmful, whoever meant it. */
  isError?: boolean;
}

function reportOf(path: string, before: Workflow | undefined, after: Workflow, draft: Draft): Report {
  const { message, key, pointer, isError = false } = draft;
  const span =
    after.document.keySpanOf(pointer) ?? after.document.spanOf(pointer) ?? after.document.spanOf('');
  const beforeSpan = before?.document.keySpanOf(pointer) ?? before?.document.spanOf(pointer);
  return {
    path,
    key,
    message,
    ...(span && { span }),
    ...(beforeSpan && { beforeSpan }),
    ...(isError ? { level: 'error' } : { proof: 'unproven' }),
  };
}

/** Events that run with secrets and a writing token on behalf of whoever opened a pull request. */
const trustedEvents = ['pull_request_target', 'workflow_run', 'issue_comment'];

function triggerDrafts(before: Workflow | undefined, after: Workflow): Draft[] {
  const former = before === undefined ? [] : triggersOf(before);
  const isNew = triggersOf(after).includes('pull_request_target') && !former.includes('pull_request_target');
  if (!isNew) return [];
  const message = 'pull_request_target gives the secrets and a writing token to runs that strangers start';
  return [{ message, key: 'on:pull_request_target', pointer: '/on' }];
}

function permissionDrafts(before: Workflow | undefined, after: Workflow): Draft[] {
  const drafts: Draft[] = [];
  const isSaid = before !== undefined && before.value['permissions'] !== undefined;
  const whole = widenedPermissions(
    before && permissionsOf(before, undefined),
    permissionsOf(after, undefined),
  );
  const isOpen = after.value['permissions'] === 'write-all';
  if (whole.length > 0 && (isSaid || isOpen)) {
    drafts.push({
      message: `the workflow is granted ${shown(whole)}`,
      key: 'permissions',
      pointer: '/permissions',
    });
  }
  for (const job of jobsOf(after)) {
    const former = before && jobsOf(before).find(({ name }) => name === job.name);
    const own = job.value['permissions'];
    if (
      before === undefined
        ? own !== 'write-all'
        : own === undefined && former?.value['permissions'] === undefined
    )
      continue;
    const known = before && permissionsOf(before, former);
    const widened = widenedPermissions(known, permissionsOf(after, job));
    // Rights that were a matter of the repository's settings are narrower once they are said.
    if (widened.length === 0 || (former !== undefined && known === undefined && own !== 'write-all'))
      continue;
    drafts.push({
      message: `job ${job.name} is granted ${shown(widened)}`,
      key: `permissions:${job.name}`,
      pointer: own === undefined ? job.pointer : `${job.pointer}/permissions`,
    });
  }
  return drafts;
}

function shown(widened: readonly string[]): string {
  return `${widened.slice(0, 5).join(', ')}, which it was not before`;
}

function jobDrafts(before: Workflow | undefined, after: Workflow, job: Job): Draft[] {
  const former = before && jobsOf(before).find(({ name }) => name === job.name);
  const drafts: Draft[] = [];
  if (job.value['secrets'] === 'inherit' && former?.value['secrets'] !== 'inherit') {
    const message = `job ${job.name} hands all secrets to the workflow that it calls`;
    drafts.push({ message, key: `secrets:${job.name}`, pointer: `${job.pointer}/secrets` });
  }
  const steps = former === undefined ? [] : stepsOf(former);
  for (const step of stepsOf(job)) {
    const was = steps.find(({ label }) => label === step.label);
    drafts.push(...checkoutDrafts(before, after, job, step, was), ...pinDrafts(job, step, was, steps));
  }
  const { uses } = job.value;
  const old = former?.value['uses'];
  if (typeof uses === 'string') drafts.push(...looserPin(job.name, `${job.pointer}/uses`, uses, old));
  return drafts;
}

/** The head of a pull request, checked out where secrets are: its author's code runs with them. */
function checkoutDrafts(
  before: Workflow | undefined,
  after: Workflow,
  job: Job,
  step: Step,
  was: Step | undefined,
): Draft[] {
  const isTrusted = triggersOf(after).find((name) => trustedEvents.includes(name));
  if (isTrusted === undefined || !takesHead(step)) return [];
  const wasTrusted = before !== undefined && triggersOf(before).some((name) => trustedEvents.includes(name));
  if (wasTrusted && was !== undefined && takesHead(was)) return [];
  return [
    {
      message: `job ${job.name} checks out the code of the pull request on ${isTrusted}, which runs with the secrets and a writing token`,
      key: `checkout:${job.name}:${step.label}`,
      pointer: `${step.pointer}/with/ref`,
      isError: isTrusted === 'pull_request_target',
    },
  ];
}

function takesHead({ value }: Step): boolean {
  if (actionOf(value) !== 'actions/checkout') return false;
  const ref = valueAt(value, '/with/ref');
  return (
    typeof ref === 'string' &&
    /pull_request\.head|github\.head_ref|refs\/pull\/|workflow_run\.head|merge_commit_sha/.test(ref)
  );
}

function pinDrafts(job: Job, step: Step, was: Step | undefined, steps: readonly Step[]): Draft[] {
  const { uses } = step.value;
  if (typeof uses !== 'string') return [];
  const action = actionOf(step.value);
  const same =
    was !== undefined && actionOf(was.value) === action
      ? was
      : steps.find(({ value }) => actionOf(value) === action);
  return looserPin(`${job.name}:${step.label}`, `${step.pointer}/uses`, uses, same?.value['uses']);
}

const pins = ['branch', 'version', 'commit'] as const;

/** How firmly a version is named; undefined for what lies in the repository, or is filled in. */
function pinOf(uses: unknown): (typeof pins)[number] | undefined {
  if (typeof uses !== 'string' || /^\.|^docker:|[{$]/.test(uses)) return undefined;
  const ref = uses.split('@')[1];
  if (ref === undefined) return undefined;
  if (/^[0-9a-f]{40}$/i.test(ref)) return 'commit';
  return /^v?\d/.test(ref) || /\d+\.\d+/.test(ref) ? 'version' : 'branch';
}

function looserPin(label: string, pointer: string, uses: string, old: unknown): Draft[] {
  const [was, is] = [pinOf(old), pinOf(uses)];
  if (is === undefined) return [];
  const isLooser =
    was === undefined ? is === 'branch' && !isObject(old) : pins.indexOf(is) < pins.indexOf(was);
  if (!isLooser) return [];
  const now = is === 'branch' ? 'a branch, whose code changes at any time' : 'a tag, which can be moved';
  const then = was === undefined ? '' : ` and was by a ${was}`;
  return [{ message: `${uses.split('@')[0] ?? ''} is named by ${now}${then}`, key: `pin:${label}`, pointer }];
}
