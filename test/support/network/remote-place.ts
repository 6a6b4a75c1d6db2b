/** A place with a network path of its own: a namespace, joined to this one by a link that is late and loses packets. */
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export interface RemotePlace {
  name: string;
  /** Our end of the link, and theirs. */
  ourAddress: string;
  address: string;
  /** In one direction each; 100 % cuts the link. */
  setLink(delayMs: number, lossPercent: number): Promise<void>;
  /** Starts a program over there. */
  spawn(command: string, args: readonly string[]): ChildProcessWithoutNullStreams;
}

/** Why there can be no such place here; null: there can. Never where `EVENKEEL_TEST_STRICT` forbids skipping. */
export function whyNoPlaces(): string | null {
  if (process.env['EVENKEEL_TEST_STRICT'] === '1') return null;
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
    execFileSync('ip', ['netns', 'list'], { stdio: 'pipe' });
    execFileSync('python3', ['--version'], { stdio: 'pipe' });
    return null;
  } catch {
    return 'there is no /dev/net/tun, or no ip or python3 command';
  }
}

/** Made now, taken away when the test ends. Names and addresses are of this process, so that tests do not meet. */
export async function remotePlace(context: TestContext): Promise<RemotePlace> {
  const id = process.pid % 10_000;
  const name = `evk${id}`;
  const [near, far] = [`evka${id}`, `evkb${id}`];
  const [ourAddress, address] = ['10.77.0.1', '10.77.0.2'];
  const ip = (...args: string[]): unknown => execFileSync('ip', args, { stdio: 'pipe' });
  ip('netns', 'add', name);
  const children: ChildProcessWithoutNullStreams[] = [];
  context.after(() => {
    for (const child of children.toReversed()) child.kill();
    ip('netns', 'delete', name);
  });
  const link = spawn('python3', [fileURLToPath(new URL('bad_link.py', import.meta.url)), near, far]);
  children.push(link);
  const lines = createInterface({ input: link.stdout })[Symbol.asyncIterator]();
  await lines.next();
  ip('link', 'set', far, 'netns', name);
  ip('addr', 'add', `${ourAddress}/30`, 'dev', near);
  ip('link', 'set', near, 'up');
  ip('-n', name, 'addr', 'add', `${address}/30`, 'dev', far);
  ip('-n', name, 'link', 'set', far, 'up');
  ip('-n', name, 'link', 'set', 'lo', 'up');
  return {
    name,
    ourAddress,
    address,
    async setLink(delayMs, lossPercent) {
      link.stdin.write(`${delayMs} ${lossPercent}\n`);
      await lines.next();
    },
    spawn(command, args) {
      const child = spawn('ip', ['netns', 'exec', name, command, ...args]);
      children.push(child);
      return child;
    },
  };
}
