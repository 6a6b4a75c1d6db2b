import { accountNamed, type Account, type Issue, type Pull, type State } from '../state.ts';

/** Fails when the test names somebody who is not there. */
export function accountCalled(state: State, login: string): Account {
  const account = accountNamed(state, login);
  if (account === undefined) throw new Error(`nobody is called ${login}; add them with addPerson`);
  return account;
}

export function pullNumbered(state: State, number: number): Pull {
  const pull = state.pulls.find((one) => one.number === number);
  if (pull === undefined) throw new Error(`there is no pull request ${number}`);
  return pull;
}

export function issueNumbered(state: State, number: number): Issue | Pull {
  const issue = [...state.pulls, ...state.issues].find((one) => one.number === number);
  if (issue === undefined) throw new Error(`there is no issue ${number}`);
  return issue;
}
