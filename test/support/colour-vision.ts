/**
 * How colours are seen. Contrast is that of WCAG 2.2; colour blindness is simulated with the matrices of Machado, Oliveira
 * and Fernandes (2009) at full severity, and distances are CIE76 in CIELAB (D65).
 */

const matrices = {
  usual: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;

type Vision = keyof typeof matrices;
export const visions: readonly Vision[] = ['usual', 'protanopia', 'deuteranopia', 'tritanopia'];

type Triple = readonly [number, number, number];

/** The contrast ratio of two colours such as `#1f2328`: 1 to 21. */
export function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** How far two colours are apart for somebody with that vision. */
export function distanceSeenBy(vision: Vision, one: string, other: string): number {
  const [a, b] = [lab(seen(vision, one)), lab(seen(vision, other))];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

function luminance(colour: string): number {
  const [red, green, blue] = linear(colour);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function linear(colour: string): Triple {
  const channel = (at: number): number => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function seen(vision: Vision, colour: string): Triple {
  const rgb = linear(colour);
  const matrix = matrices[vision];
  const row = (start: number): number => {
    const sum = rgb.reduce((total, value, index) => total + (matrix[start + index] ?? 0) * value, 0);
    return Math.min(1, Math.max(0, sum));
  };
  return [row(0), row(3), row(6)];
}

function lab([red, green, blue]: Triple): Triple {
  const f = (t: number): number => (t > 216 / 24_389 ? Math.cbrt(t) : (24_389 / 27 / 116) * t + 16 / 116);
  const x = f((0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047);
  const y = f(0.2126729 * red + 0.7151522 * green + 0.072175 * blue);
  const z = f((0.0193339 * red + 0.119192 * green + 0.9503041 * blue) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}
