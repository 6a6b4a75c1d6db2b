import { version } from '../version.ts';

/** By its commit: a tag of somebody else's can be moved. */
const checkout = 'actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0';

/**
 * `uses:` of this Action: the commit that a person gives, or else the tag of this very version, which is never moved.
 * A bundle cannot hold the hash of the commit that it is a part of.
 */
function evenkeel(commit: string | null): string {
  return commit === null ? `evenkeel/evenkeel@v${version}` : `evenkeel/evenkeel@${commit} # v${version}`;
}

/** The first steps of a job: the whole history without the token in it, then this Action, indented as steps are. */
export function steps(
  commit: string | null,
  options: { inputs?: readonly string[]; checkout?: string } = {},
): string {
  const lines = [
    `- uses: ${checkout}`,
    `  with: { fetch-depth: 0, persist-credentials: false${options.checkout ?? ''} }`,
    `- uses: ${evenkeel(commit)}`,
    ...(options.inputs === undefined ? [] : ['  with:', ...options.inputs.map((line) => `    ${line}`)]),
  ];
  return lines.map((line) => `      ${line}`).join('\n');
}

/**
 * Of every job that keeps or reads the state of rollouts. Empty is as if it were not there: `.evenkeel` in the checkout, which
 * is one machine's own.
 */
export const stateOfRollouts = `    env:
      # With several self-hosted runners: a directory that all of them share, outside of the checkout. Each of them
      # otherwise knows only its own rollouts, commands and break-glass debts.
      EVENKEEL_HOME: ''`;
