/** Deployments and their statuses. */
import { resolveCommit } from '../bare-repository.ts';
import { created, notFound, ok, refusal, type Call, type Handler } from '../call.ts';
import { textOf, textOrNull, type JsonObject } from '../json.ts';
import { nodeId, userOrNull } from '../shapes/people.ts';
import { repositoryUrl } from '../shapes/repository.ts';
import { nextId, type Deployment, type DeploymentStatus } from '../state.ts';

function deploymentBody(call: Call, deployment: Deployment): JsonObject {
  const self = `${repositoryUrl(call)}/deployments/${deployment.id}`;
  return {
    id: deployment.id,
    node_id: nodeId('Deployment', deployment.id),
    url: self,
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: userOrNull(call, deployment.by),
    created_at: deployment.at,
    updated_at: deployment.updatedAt,
    statuses_url: `${self}/statuses`,
    repository_url: repositoryUrl(call),
    transient_environment: deployment.isTransient,
    production_environment: deployment.isProduction,
    performed_via_github_app: null,
  };
}

function statusBody(call: Call, deployment: Deployment, status: DeploymentStatus): JsonObject {
  const of = `${repositoryUrl(call)}/deployments/${deployment.id}`;
  return {
    id: status.id,
    node_id: nodeId('DeploymentStatus', status.id),
    url: `${of}/statuses/${status.id}`,
    state: status.state,
    creator: userOrNull(call, status.by),
    description: status.description,
    environment: status.environment,
    target_url: status.log_url,
    log_url: status.log_url,
    environment_url: status.environment_url,
    created_at: status.at,
    updated_at: status.at,
    deployment_url: of,
    repository_url: repositoryUrl(call),
    performed_via_github_app: null,
  };
}

const byId = (call: Call): Deployment | undefined =>
  call.state.deployments.find(({ id }) => id === call.path['deployment_id']);

/** The contexts that must have succeeded, and have not, unless the request asks for none or for others. */
function failingContexts(call: Call, sha: string): string[] {
  const contexts = new Map<string, string>();
  for (const status of call.state.statuses.filter((one) => one.sha === sha))
    contexts.set(status.context, status.state);
  for (const run of call.state.checkRuns.filter((one) => one.head_sha === sha))
    contexts.set(
      run.name,
      ['success', 'neutral', 'skipped'].includes(run.conclusion ?? '') ? 'success' : 'pending',
    );
  const wanted = call.body['required_contexts'];
  const names = Array.isArray(wanted) ? wanted.map(String) : [...contexts.keys()];
  return names.filter((name) => contexts.get(name) !== 'success');
}

export const deploymentHandlers = {
  'repos/list-deployments': (call) => {
    const { sha, ref, task, environment } = call.query;
    const deployments = call.state.deployments.filter(
      (one) =>
        (sha === undefined || sha === one.sha) &&
        (ref === undefined || ref === one.ref) &&
        (task === undefined || task === one.task) &&
        (environment === undefined || environment === one.environment),
    );
    return ok(deployments.reverse().map((one) => deploymentBody(call, one)));
  },
  'repos/get-deployment': (call) => {
    const deployment = byId(call);
    return deployment === undefined ? notFound : ok(deploymentBody(call, deployment));
  },
  'repos/create-deployment': (call) => {
    const ref = textOf(call.body['ref']);
    const sha = resolveCommit(call.git, ref);
    if (sha === null) return refusal(422, `No ref found for: ${ref}`);
    const failing = failingContexts(call, sha);
    if (failing.length > 0)
      return refusal(409, `Conflict: Commit status checks failed for ${ref}: ${failing.join(', ')}`);
    const environment = textOf(call.body['environment'], 'production');
    const production = call.body['production_environment'];
    const deployment: Deployment = {
      id: nextId(call.state),
      sha,
      ref,
      task: textOf(call.body['task'], 'deploy'),
      environment,
      description: textOrNull(call.body['description']),
      payload: call.body['payload'] ?? {},
      isTransient: call.body['transient_environment'] === true,
      isProduction: typeof production === 'boolean' ? production : environment === 'production',
      by: call.token.by,
      at: call.now,
      updatedAt: call.now,
      statuses: [],
    };
    call.state.deployments.push(deployment);
    return created(deploymentBody(call, deployment));
  },
  'repos/list-deployment-statuses': (call) => {
    const deployment = byId(call);
    if (deployment === undefined) return notFound;
    return ok([...deployment.statuses].reverse().map((one) => statusBody(call, deployment, one)));
  },
  'repos/create-deployment-status': (call) => {
    const deployment = byId(call);
    if (deployment === undefined) return notFound;
    const description = textOf(call.body['description']);
    if (description.length > 140)
      return refusal(422, 'Validation Failed', ['description is too long (maximum is 140 characters)']);
    const status: DeploymentStatus = {
      id: nextId(call.state),
      state: textOf(call.body['state']),
      description,
      environment: textOf(call.body['environment'], deployment.environment),
      log_url: textOf(call.body['log_url'], textOf(call.body['target_url'])),
      environment_url: textOf(call.body['environment_url']),
      by: call.token.by,
      at: call.now,
    };
    // A success makes earlier ones of the same environment inactive, unless that is not wanted or they are temporary.
    if (status.state === 'success' && call.body['auto_inactive'] !== false) {
      for (const other of call.state.deployments) {
        const isReplaced =
          other !== deployment &&
          other.environment === status.environment &&
          !other.isTransient &&
          other.statuses.at(-1)?.state === 'success';
        if (isReplaced)
          other.statuses.push({ ...status, id: nextId(call.state), state: 'inactive', description: '' });
      }
    }
    deployment.statuses.push(status);
    deployment.environment = status.environment;
    deployment.updatedAt = call.now;
    return created(statusBody(call, deployment, status));
  },
} satisfies Record<string, Handler>;
