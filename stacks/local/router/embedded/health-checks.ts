/** Notices instances that are dead, or that accept connections and never answer, without a user having to find out. */
import { request } from 'node:http';
import type { Instance } from './instance-table.ts';

const checkMs = 500;
/** While it is not known whether an instance is up. */
const soonMs = 100;
const answerMs = 1000;
const missesAllowed = 1;

/** Checks every instance, twice a second while all is well; two misses in a row take it out of turn, one answer brings it back. */
export function watchHealth(healthPath: string, instances: () => readonly Instance[]): void {
  const watched = new Set<Instance>();
  const watch = (instance: Instance, misses: number): void => {
    if (!instance.isRouted) {
      watched.delete(instance);
      return;
    }
    check(instance.port, healthPath, (isHealthy) => {
      const missed = isHealthy ? 0 : misses + 1;
      if (isHealthy) instance.isUp = true;
      else if (missed > missesAllowed) instance.isUp = false;
      setTimeout(watch, isHealthy ? checkMs : soonMs, instance, missed).unref();
    });
  };
  setInterval(() => {
    for (const instance of instances()) {
      if (watched.has(instance)) continue;
      watched.add(instance);
      watch(instance, 0);
    }
  }, soonMs).unref();
}

function check(port: number, path: string, done: (isHealthy: boolean) => void): void {
  let isDone = false;
  const finish = (isHealthy: boolean): void => {
    if (isDone) return;
    isDone = true;
    clearTimeout(patience);
    done(isHealthy);
  };
  const asking = request({ host: '127.0.0.1', port, path, agent: false }, (answer) => {
    answer.resume();
    const status = answer.statusCode ?? 0;
    finish(status >= 200 && status < 400);
  });
  asking.on('error', () => finish(false));
  const patience = setTimeout(() => {
    asking.destroy();
    finish(false);
  }, answerMs);
  asking.end();
}
