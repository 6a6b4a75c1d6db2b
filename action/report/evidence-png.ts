import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { RolloutEvidence } from '../../policies/judge/rollout-evidence.ts';
import { effectFailure } from '../../stacks/failure.ts';
import { evidenceSvg } from './evidence-svg.ts';
import type { Theme } from './picture/theme.ts';

/**
 * What drawing needs beside code, from the packages that have it; the bundle carries each under its last name. The
 * renderer mixes faces badly within a word, so each weight is one face with all its alphabets (Latin, Greek, Cyrillic,
 * Hebrew, Arabic and more). A letter that it has not is a box in the PNG, and itself in the SVG.
 */
export const pngAssets = {
  renderer: '@resvg/resvg-wasm/index_bg.wasm',
  fonts: [400, 700].map((weight) => `@fontsource/dejavu-sans/files/dejavu-sans-latin-${weight}-normal.woff2`),
} as const;

/** Sharp on screens with two pixels to a point. */
const zoom = 2;

interface Renderer {
  render: (svg: string) => Uint8Array;
}

let renderer: Promise<Renderer> | null = null;

/**
 * The evidence as a PNG. The renderer (WebAssembly, 2.5 MB) and the fonts are loaded at the first call.
 * Throws a `Failure` when they cannot be, or when the picture cannot be drawn.
 */
export async function evidencePng(evidence: RolloutEvidence, theme: Theme): Promise<Uint8Array> {
  try {
    renderer ??= loadRenderer();
    return (await renderer).render(evidenceSvg(evidence, theme));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw effectFailure(
      'picture-not-drawn',
      `the rollout's picture could not be drawn as PNG (${reason}); the SVG shows the same, and reinstalling Evenkeel brings back a part that is missing`,
      false,
    );
  }
}

async function loadRenderer(): Promise<Renderer> {
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
  const [wasm, ...fontBuffers] = await Promise.all(
    [pngAssets.renderer, ...pngAssets.fonts].map((asset) => readFile(placeOf(asset))),
  );
  if (wasm === undefined) throw new Error('its renderer is missing');
  await initWasm(wasm);
  const font = { fontBuffers, defaultFontFamily: 'DejaVu Sans', sansSerifFamily: 'DejaVu Sans' };
  return {
    render: (svg) => {
      const picture = new Resvg(svg, { font, fitTo: { mode: 'zoom', value: zoom } });
      try {
        const image = picture.render();
        try {
          return image.asPng();
        } finally {
          image.free();
        }
      } finally {
        picture.free();
      }
    },
  };
}

/** In a package when run from the sources, else beside the bundle. */
function placeOf(asset: string): string {
  if (import.meta.url.endsWith('.ts')) return createRequire(import.meta.url).resolve(asset);
  return fileURLToPath(new URL(bundledName(asset), import.meta.url));
}

/** The name of an asset in the bundle. */
export function bundledName(asset: string): string {
  return asset.replace(/^.*\//, '').replace('index_bg', 'resvg');
}
