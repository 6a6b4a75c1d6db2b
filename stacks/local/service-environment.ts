/**
 * Trust boundary: what a service inherits from whoever deployed it. The tool's own inputs, a workflow's tokens and
 * Pulumi's passphrase are the deployer's, and a service that runs somebody's change has no business with them.
 */
const withheld =
  /^(?:EVENKEEL_|PULUMI_|INPUT_|GITHUB_|ACTIONS_|RUNNER_|GH_TOKEN$|NODE_OPTIONS$|NODE_COMPILE_CACHE$|npm_)/;

export function environmentOfService(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !withheld.test(name)));
}
