/**
 * Real deaths in real rollouts, the most telling ones: the tool while a share is being set, Pulumi's CLI while a candidate
 * is being started, an instance of stable while everybody is moved. All others are in `npm run bench:rollout
 * crash-schedules`. That a machine loses power is not proved here: what was written is read back by the same kernel.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readEntries } from '../../action/audit-log/directory-store.ts';
import { stableRelease } from '../../action/deployer/deployment.ts';
import { instanceNamesOf, instancesDirectoryOf } from '../../stacks/local/instance-names.ts';
import { readStatus } from '../../stacks/local/instance-record.ts';
import { checkWorld } from '../support/kill/check-world.ts';
import { openKillScene, type KillScene } from '../support/kill/kill-scene.ts';
import { runSchedule, type Schedule } from '../support/kill/run-schedule.ts';
import { kill, processesNaming } from '../support/kill/victims.ts';

const schedules: Schedule[] = [
  { victim: 'tool', effect: 'expose', moment: 'before', delayMs: 50, then: 'resume' },
  { victim: 'cli', effect: 'prepare', moment: 'before', delayMs: 100, then: 'resume' },
  { victim: 'stable', effect: 'flip', moment: 'before', delayMs: 50, then: 'rollback' },
];

test(
  'whoever is killed, the rollout ends settled or rolled back, and the world is as the journal says',
  { skip: process.platform !== 'linux' && 'processes are found through /proc' },
  async (t) => {
    const scene = await openKillScene({ router: 'embedded', instances: 2, requestsPerSecond: 200 });
    try {
      for (const schedule of schedules) {
        const { victim, effect, moment } = schedule;
        await t.test(`${victim}, ${moment} ${effect ?? 'anything'}`, async () => {
          const { isKilled, problems } = await runSchedule(scene, schedule);
          assert.ok(isKilled, 'it was there to die');
          assert.deepEqual(problems, []);
        });
      }
      await t.test('damage while no rollout is under way is shown, and put right when asked', () =>
        damageAndReconcile(scene),
      );
    } finally {
      await scene.close();
    }
  },
);

async function damageAndReconcile(scene: KillScene): Promise<void> {
  const none = await scene.start(['drift', '--json']).ended;
  assert.equal(none.exitCode, 0, none.stdout);
  const { service } = scene.latest().deployment;
  const [instance = ''] = instanceNamesOf(stableRelease(scene.directories), scene.instances, service);
  const directory = join(instancesDirectoryOf(service, scene.directories.home), instance);
  // Nobody is left who would bring them back: the router goes with its keeper, the instance with its supervisor.
  kill(processesNaming(scene.router.directory));
  const served = readStatus(directory)?.processId;
  kill([...processesNaming(`${directory}/`), ...(typeof served === 'number' ? [served] : [])]);

  const shown = await scene.start(['drift', '--json']).ended;
  assert.equal(shown.exitCode, 1, shown.stderr);
  const { places } = (JSON.parse(shown.stdout) as { result: { places: { drift: { kind: string }[] }[] } })
    .result;
  const kinds = places.flatMap(({ drift }) => drift.map(({ kind }) => kind));
  assert.deepEqual(kinds.sort(), ['instance-gone', 'router-gone']);

  const mended = await scene.start(['drift', '--reconcile']).ended;
  assert.equal(mended.exitCode, 0, mended.stderr);
  assert.deepEqual(await checkWorld(scene), []);
  const events = [...readEntries(scene.directories.audit)].map(({ event }) => event);
  assert.equal(events.at(-1), 'drift.reconciled');
}
