/**
 * Keeps a lock alive from a thread of its own, since the tool's own thread may stand still for minutes (a build). The
 * lock's file is replaced as a whole; a file that is not ours any more is left alone.
 */
import { uptime } from 'node:os';
import { workerData } from 'node:worker_threads';
import { renewLock, type KeptLock } from './renew-lock.ts';

// Handed over by `takeLock`.
const kept = workerData as KeptLock;
const renew = (): void => renewLock(kept, uptime(), new Date());
renew();
setInterval(renew, (kept.leaseSeconds * 1000) / 6);
