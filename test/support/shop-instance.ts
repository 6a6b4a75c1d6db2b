import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface ShopInstance {
  port: number;
  process: ChildProcess;
  /** Ends it at once, in the middle of whatever it is doing. */
  kill(): void;
}

/** Starts an upstream process of its own, so that killing it is a real death. */
export async function startShopInstance(name: string): Promise<ShopInstance> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./shop-instance.mjs', import.meta.url)), name],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString())));
  });
  return { port, process: child, kill: () => child.kill('SIGKILL') };
}
