/**
 * Trust boundary: what a declared command inherits. It runs the code of a change that nobody has approved yet, so it gets
 * neither the workflow's tokens nor the files through which a step speaks for itself (its outputs, its environment), nor
 * the variables that would point git at the repository being checked.
 */
const withheld = new RegExp(
  `^(?:${[
    'EVENKEEL_.*',
    'PULUMI_.*',
    'INPUT_.*',
    'ACTIONS_.*',
    'GH_TOKEN',
    'GITHUB_(?:TOKEN|OUTPUT|ENV|PATH|STATE|STEP_SUMMARY)',
    'GIT_(?:DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|COMMON_DIR|PREFIX)',
    'NODE_OPTIONS',
    'NODE_TEST_CONTEXT',
  ].join('|')})$`,
  'i',
);

export function environmentOfCommand(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const kept = Object.entries(env).filter(([name]) => !withheld.test(name));
  return { ...Object.fromEntries(kept), CI: 'true' };
}
