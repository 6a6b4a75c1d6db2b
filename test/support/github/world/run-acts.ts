/** Workflows that start by hand, and workflows that end. */
import { nextId, type WorkflowRun } from '../state.ts';
import { resolveCommit } from '../bare-repository.ts';
import type { Store } from '../store.ts';
import { dispatchDelivery, workflowRunDelivery, type Delivery } from '../webhooks.ts';
import { accountCalled, pullNumbered } from './named.ts';
import type { Moment } from './ref-change.ts';

export interface RunActs {
  dispatch(workflow: string, inputs: Record<string, string>, by: { by: string; branch?: string }): Delivery[];
  /** A run of a workflow ended; for one that a pull request started, the number says which. */
  completeRun(run: {
    workflow: string;
    name: string;
    event: string;
    by: string;
    pull?: number;
    /** Of a run that no pull request started: a merge queue's. */
    branch?: string;
    commit?: string;
    conclusion?: 'success' | 'failure' | 'cancelled';
  }): { id: number; deliveries: Delivery[] };
}

export function runActs(store: Store): RunActs {
  const { state, git } = store;
  const moment = (): Moment => ({ state, git, url: store.url, now: store.clock.tick() });
  return {
    dispatch(workflow, inputs, { by, branch = state.defaultBranch }) {
      const at = moment();
      const file = `.github/workflows/${workflow}`;
      return [dispatchDelivery(at, file, `refs/heads/${branch}`, inputs, accountCalled(state, by).id)];
    },
    completeRun({ workflow, name, event, by, pull: number, conclusion = 'success', branch, commit }) {
      const at = moment();
      const pull = number === undefined ? null : pullNumbered(state, number);
      const { id: sender } = accountCalled(state, by);
      const run: WorkflowRun = {
        id: nextId(state),
        name,
        path: `.github/workflows/${workflow}`,
        event,
        headBranch: pull?.head.name ?? branch ?? state.defaultBranch,
        headCommit:
          pull?.headCommit ?? commit ?? resolveCommit(git, `refs/heads/${state.defaultBranch}`) ?? '',
        status: 'completed',
        conclusion,
        attempt: 1,
        by: sender,
        at: at.now,
      };
      state.runs.push(run);
      return { id: run.id, deliveries: [workflowRunDelivery(at, run, pull, sender)] };
    },
  };
}
