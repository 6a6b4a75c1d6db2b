/**
 * A GitHub as people use it: each act changes what the API then tells, and returns the events that GitHub would send.
 * People here do what GitHub lets them do and no more: an act that it would refuse fails with what it would say.
 */
import type { OperationId } from './description/operations.ts';
import { nextId, type Account, type RoleName, type State, type Token } from './state.ts';
import type { Store } from './store.ts';
import type { Clock } from './world/clock.ts';
import { accountCalled } from './world/named.ts';
import { pullActs, type PullActs } from './world/pull-acts.ts';
import { talkActs, type TalkActs } from './world/talk-acts.ts';
import { mergeActs, type MergeActs } from './world/merge-acts.ts';
import { runActs, type RunActs } from './world/run-acts.ts';

export interface World extends PullActs, TalkActs, MergeActs, RunActs, PeopleActs {
  /** The bare repository: what a run clones. */
  git: string;
  clock: Clock;
  faults: Store['faults'];
  requests: Store['requests'];
  /** What GitHub knows, to look at. */
  state: State;
  /** A token with just these permissions: `{ contents: 'read', checks: 'write' }`. A workflow's, unless said otherwise. */
  token(
    permissions: Token['permissions'],
    of?: { kind?: 'workflow' | 'app' } | { kind: 'person'; by: string },
  ): string;
  /** The operation's next reads answer what is true now, whatever is written in between. */
  lag(operation: OperationId, reads: number): void;
  /** So many requests an hour, and how many are used. */
  limit: Store['limit'];
}

export interface PeopleActs {
  addPerson(
    login: string,
    options?: {
      role?: RoleName;
      type?: 'User' | 'Bot';
      emails?: string[];
      /** Shown by the profile, and one of the account's own. */
      publicEmail?: string;
      id?: number;
    },
  ): Account;
  addTeam(
    slug: string,
    logins: string[],
    options?: { role?: RoleName; pending?: string[]; isSecret?: boolean },
  ): void;
  setRole(login: string, role: RoleName): void;
  rename(login: string, to: string): void;
  suspend(login: string): void;
  /** The account is gone: what it did stays, by nobody. */
  deleteAccount(login: string): void;
}

/** The acts on a store. */
export function openWorld(store: Store): World {
  const { state } = store;
  return {
    git: store.git.path,
    clock: store.clock,
    faults: store.faults,
    requests: store.requests,
    limit: store.limit,
    state,
    token(permissions, of = {}) {
      const kind = of.kind ?? 'workflow';
      const by = 'by' in of ? accountCalled(state, of.by).id : 41898282;
      const secret = `token-${nextId(state)}`;
      store.tokens.set(secret, { kind, by, permissions });
      return secret;
    },
    lag: (operation, reads) => void store.lags.push({ operation, reads, state: structuredClone(state) }),
    ...peopleActs(state),
    ...pullActs(store),
    ...talkActs(store),
    ...mergeActs(store),
    ...runActs(store),
  };
}

function peopleActs(state: State): PeopleActs {
  const called = (login: string): Account => accountCalled(state, login);
  return {
    addPerson(login, { role = 'none', type = 'User', emails = [], publicEmail, id = nextId(state) } = {}) {
      const shown = publicEmail === undefined ? {} : { publicEmail };
      const own = [`${id}+${login}@users.noreply.github.com`, `${login}@example.com`, ...emails];
      if (publicEmail !== undefined) own.push(publicEmail);
      const account: Account = {
        id,
        login,
        type,
        emails: own.map((email) => email.toLowerCase()),
        ...shown,
        isSuspended: false,
      };
      state.accounts.push(account);
      if (role !== 'none') state.roles.set(id, role);
      return account;
    },
    addTeam(slug, logins, { role = 'read', pending = [], isSecret = false } = {}) {
      const ids = (names: string[]): number[] => names.map((name) => called(name).id);
      state.teams.push({
        id: nextId(state),
        slug,
        members: ids(logins),
        pending: ids(pending),
        role,
        isSecret,
      });
    },
    setRole(login, role) {
      const { id } = called(login);
      if (role === 'none') state.roles.delete(id);
      else state.roles.set(id, role);
    },
    rename(login, to) {
      called(login).login = to;
    },
    suspend(login) {
      called(login).isSuspended = true;
    },
    deleteAccount(login) {
      const { id } = called(login);
      state.accounts = state.accounts.filter((account) => account.id !== id);
      state.roles.delete(id);
      for (const team of state.teams) team.members = team.members.filter((member) => member !== id);
      for (const list of [
        state.pulls,
        state.issues,
        state.comments,
        state.reviews,
        state.activities,
        state.timeline,
      ]) {
        for (const one of list) if (one.by === id) one.by = null;
      }
    },
  };
}
