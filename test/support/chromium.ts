import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';

/** Where systems put it; the tests drive the system's own and download none. */
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Why a test that needs a browser does not run; false when it does. With EVENKEEL_TEST_STRICT it always runs, and fails. */
export function skipWithoutChromium(env: Readonly<Record<string, string | undefined>>): string | false {
  const isMissing = !places.some((path) => existsSync(path));
  return isMissing && env['EVENKEEL_TEST_STRICT'] === undefined ? 'Chromium is not installed' : false;
}

/** A browser that asks nobody for anything. Who started it closes it. */
export async function startChromium(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  const executablePath = places.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error(`Chromium is at none of ${places.join(', ')}`);
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
