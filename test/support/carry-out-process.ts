/**
 * A process that confirms a break-glass through the executor and kills itself just before its nth change on the disk, as a
 * machine that goes would. Arguments: the repository, which change, the origin of the confirmation.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [repository = '', nth = '0', origin = 'comment:2'] = process.argv.slice(2);
let left = Number(nth);
const change = <Args extends unknown[], Result>(work: (...args: Args) => Result) => {
  return (...args: Args): Result => {
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
    return work(...args);
  };
};
fs.writeFileSync = change(fs.writeFileSync);
fs.renameSync = change(fs.renameSync);
fs.linkSync = change(fs.linkSync);
fs.rmSync = change(fs.rmSync);
fs.writeSync = change(fs.writeSync as (...args: unknown[]) => number);
fs.ftruncateSync = change(fs.ftruncateSync);
fs.fsyncSync = change(fs.fsyncSync);
syncBuiltinESMExports();

const { confirmBreakGlass } = await import('./confirm-break-glass.ts');
const { decision } = await confirmBreakGlass(repository, origin);
process.stdout.write(decision);
