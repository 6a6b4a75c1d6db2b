import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ShopInstance {
  port: number;
  process: ChildProcess;
  /** Ends it at once, in the middle of whatever it is doing. */
  kill(): void;
}

/** Starts an upstream process of its own, so that killing it is a real death. */
export function startShopInstance(name: string): Promise<ShopInstance> {
  return startInstanceOf('./shop-instance.mjs', name);
}

/** One that speaks all of HTTP: streams, events, WebSockets, uploads, odd answers. */
export function startWireInstance(name: string): Promise<ShopInstance> {
  return startInstanceOf('./wire-instance.mjs', name);
}

async function startInstanceOf(program: string, name: string): Promise<ShopInstance> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(program, import.meta.url)), name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())));
  });
  return { port, process: child, kill: () => child.kill('SIGKILL') };
}
