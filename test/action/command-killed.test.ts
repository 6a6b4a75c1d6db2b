/**
 * A process that is killed before each change that it makes on the disk while it carries out a confirmed command. Whatever
 * it leaves is settled by the next one: done once or told as not done, never both, and the log verifies.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { verifyDirectory } from '../../action/audit-log/directory-store.ts';
import { auditDirectoryOf, readLog } from '../../action/command-log/read-log.ts';
import { settleUnfinished } from '../../action/command-log/settle-unfinished.ts';
import { askForBreakGlass, confirmBreakGlass, quietContext } from '../support/confirm-break-glass.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** Each start of a process takes a second: every fifth place, which meets each gap between two entries of the log. */
const stride = 5;

interface Ended {
  signal: string | null;
  decision: string;
  error: string;
}

function confirmIn(repository: string, nth: number): Promise<Ended> {
  const script = join(import.meta.dirname, '..', 'support', 'carry-out-process.ts');
  return new Promise((resolve) => {
    execFile(process.execPath, [script, repository, String(nth)], (error, stdout, stderr) => {
      resolve({ signal: error?.signal ?? null, decision: stdout, error: error?.signal ? '' : stderr });
    });
  });
}

test('killed before any change: done once or told as not done, and never repeated by itself', async (context) => {
  const root = temporaryDirectory(context);
  const asked = join(root, 'asked');
  mkdirSync(asked);
  assert.equal((await askForBreakGlass(asked)).decision, 'awaiting-confirmation');
  const seen = { notBegun: 0, notDone: 0, done: 0 };
  let kills = 0;
  for (let nth = 1, isOver = false; !isOver; nth += 2 * stride) {
    // Two machines with one state each: side by side they cost one start.
    const round = await Promise.all([confirmAfterKill(nth), confirmAfterKill(nth + stride)]);
    for (const killed of round) {
      if (!killed) isOver = true;
      else kills += 1;
    }
  }
  assert.ok(kills >= 8, `it was killed ${kills} times`);
  assert.ok(
    Object.values(seen).every((count) => count > 0),
    JSON.stringify(seen),
  );
  context.diagnostic(`killed at ${kills} places: ${JSON.stringify(seen)}`);

  /** False when the process came to its end before this many changes. */
  async function confirmAfterKill(nth: number): Promise<boolean> {
    const repository = join(root, String(nth));
    cpSync(asked, repository, { recursive: true });
    const { signal, decision, error } = await confirmIn(repository, nth);
    assert.ok(signal === 'SIGKILL' || decision === 'done', error);
    const isBegun = readLog(repository, process.env).commands.seenOrigins.has('comment:2');
    await settleUnfinished(repository, quietContext(repository));
    await settleUnfinished(repository, quietContext(repository));
    // The same comment once more, as the next sweep sees it.
    if (!isBegun) {
      const again = await confirmBreakGlass(repository, 'comment:2');
      assert.equal(again.decision, 'done', `${nth}: ${again.message}`);
    }
    const { entries, commands } = readLog(repository, process.env);
    const count = (event: string): number => entries.filter((entry) => entry.event === event).length;
    const opened = count('break-glass.opened');
    assert.deepEqual(commands.unfinished, [], `${nth}`);
    assert.equal(count('command.requested'), 2, `${nth}`);
    assert.equal(count('command.done') + count('command.failed'), 1, `${nth}: one outcome`);
    assert.equal(count('command.done'), opened, `${nth}: what the log says is what happened`);
    const { outcome } = verifyDirectory(auditDirectoryOf(repository, process.env), {});
    assert.equal(outcome, 'valid', `${nth}`);
    if (!isBegun) seen.notBegun += 1;
    else if (opened === 0) {
      seen.notDone += 1;
      // Somebody asks again, and may.
      const again = await confirmBreakGlass(repository, 'comment:3');
      const isStillAsked = commands.pending.length === 1;
      assert.equal(again.decision, isStillAsked ? 'done' : 'refused', `${nth}: ${again.message}`);
    } else seen.done += 1;
    return signal === 'SIGKILL';
  }
});
