/** A process that takes a lock when it is told to, says whether it has it, and keeps it. Argument: the lock's path. */
import { takeLock } from '../../action/deployer/rollout-lock.ts';
import { Failure } from '../../stacks/failure.ts';

// Listening on keeps the process, and with it the lock, alive.
process.on('message', () => {
  try {
    takeLock(process.argv[2] ?? '', 'takes part in a race', new Date());
    process.send?.('taken');
  } catch (error) {
    process.send?.(error instanceof Failure ? error.reasonCode : String(error));
  }
});
