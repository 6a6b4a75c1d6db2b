/**
 * Colours for two backgrounds. Text has a contrast of at least 4.5 : 1 (WCAG 2.2, 1.4.3); the two lines of a panel differ
 * for people with any of the three kinds of colour blindness as well, and in their dashes. Tests compute both.
 */
export type Theme = 'light' | 'dark';

export const colours = {
  light: {
    background: '#ffffff',
    panel: '#f6f8fa',
    text: '#1f2328',
    muted: '#57606a',
    grid: '#d8dee4',
    candidate: '#b34700',
    stable: '#0a5ca8',
    worse: '#a1166b',
    fine: '#4d6b00',
    undecided: '#57606a',
  },
  dark: {
    background: '#0d1117',
    panel: '#161b22',
    text: '#e6edf3',
    muted: '#9ea7b3',
    grid: '#30363d',
    candidate: '#ffa657',
    stable: '#6cb6ff',
    worse: '#ff8ec6',
    fine: '#9ccc3c',
    undecided: '#9ea7b3',
  },
} as const satisfies Record<Theme, Record<string, string>>;

export type Colour = keyof (typeof colours)['light'];

/** Dashes of the lines: the second channel. */
const lines = {
  candidate: 'stroke-width:2',
  stable: 'stroke-width:2;stroke-dasharray:7 4',
  worse: 'stroke-width:2.4',
  fine: 'stroke-width:2;stroke-dasharray:9 3 2 3',
  muted: 'stroke-width:1',
  grid: 'stroke-width:1',
} as const;
export type LineStyle = keyof typeof lines;

/**
 * The style sheet. Without a theme, the colours are variables that follow the viewer's preference; with one they are
 * written out, for renderers that know no variables.
 */
export function styleSheet(theme: Theme | null): string {
  const names = Object.keys(colours.light).filter((name) => isColour(name));
  const of = (name: Colour): string => (theme === null ? `var(--evk-${name})` : colours[theme][name]);
  const variables = (which: Theme): string =>
    `.evk{${names.map((name) => `--evk-${name}:${colours[which][name]}`).join(';')}}`;
  const rules = [
    ...(theme === null
      ? [variables('light'), `@media (prefers-color-scheme:dark){${variables('dark')}}`]
      : []),
    ".evk{font-family:system-ui,'Segoe UI',Roboto,Arial,'DejaVu Sans',sans-serif}",
    '.evk-bold{font-weight:600}',
    '.evk-line{fill:none;stroke-linejoin:round}',
    '.evk-ring{stroke-width:2}',
    '.evk-badge{stroke-width:2.2;stroke-linecap:round}',
    '.evk-band{fill-opacity:.18}',
    '.evk-bar{fill:none;stroke-width:6;stroke-opacity:.25}',
    '.evk-threshold{stroke-width:1.5;stroke-dasharray:2 3}',
    ...names.map((name) => `.evk-${name}{fill:${of(name)}}`),
    ...names.map((name) => `.evk-${name}-stroke{stroke:${of(name)}}`),
    ...Object.entries(lines).map(([name, style]) => `.evk-${name}-line{${style}}`),
  ];
  return rules.join('');
}

function isColour(name: string): name is Colour {
  return name in colours.light;
}

/** The classes of a line in a colour with its dashes. */
export function lineClass(name: LineStyle): string {
  return `evk-line evk-${name}-stroke evk-${name}-line`;
}
