export type Random = () => number;

/**
 * Numbers in [0, 1) from a seed and a stream, the same on every machine: the small fast counting generator of 32-bit
 * words (Chris Doty-Humphrey, PractRand), warmed up so that neighbouring seeds have nothing in common.
 */
export function seedRandom(seed: number, stream: string, run: number): Random {
  let a = seed | 0;
  let b = hashText(stream);
  let c = run | 0;
  let counter = 1;
  const next: Random = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 20; warmUp++) next();
  return next;
}

/** FNV-1a: so that a scenario's traffic does not depend on which other scenarios are run. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
}
