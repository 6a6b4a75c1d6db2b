/** The names of migration files, as their runner reads them. */
export type FileRole = 'migration' | 'backfill' | 'undo' | 'repeatable';

export function roleOf(path: string, runner: string): FileRole {
  const name = baseName(path);
  if (name.endsWith('.backfill.sql')) return 'backfill';
  if (runner === 'flyway') {
    if (/^U\d.*__/.test(name)) return 'undo';
    return name.startsWith('R__') ? 'repeatable' : 'migration';
  }
  return name.endsWith('.down.sql') ? 'undo' : 'migration';
}

/** The name of the file that takes a migration back, beside it. */
export function undoPathOf(path: string, runner: string): string {
  const name = baseName(path);
  const directory = path.slice(0, path.length - name.length);
  return runner === 'flyway'
    ? `${directory}${name.replace(/^V/, 'U')}`
    : `${directory}${name.replace(/(\.up)?\.sql$/, '.down.sql')}`;
}

/** The version of `V1_2__add_name.sql`, `1.2`, and its description; null for any other name. */
export function flywayVersion(path: string): { version: string; description: string } | null {
  const [, version, description] =
    /^V(\d+(?:[._]\d+)*)__(.+?)(?:\.backfill)?\.sql$/.exec(baseName(path)) ?? [];
  if (version === undefined || description === undefined) return null;
  return { version: version.replaceAll('_', '.'), description: description.replaceAll('_', ' ') };
}

/** The order in which the runner applies files: by version for Flyway, else by name, numbers by their value. */
export function inRunnersOrder(paths: readonly string[], runner: string): string[] {
  return [...paths].sort((a, b) => {
    const one = runner === 'flyway' ? flywayVersion(a)?.version : undefined;
    const other = runner === 'flyway' ? flywayVersion(b)?.version : undefined;
    const byVersion = one !== undefined && other !== undefined ? compareNumbers(one, other) : 0;
    return byVersion || compareNumbers(baseName(a), baseName(b)) || (a < b ? -1 : a > b ? 1 : 0);
  });
}

function compareNumbers(a: string, b: string): number {
  const [one, other] = [partsOf(a), partsOf(b)];
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    const [left, right] = [one[index] ?? '', other[index] ?? ''];
    const bothNumbers = /^\d/.test(left) && /^\d/.test(right);
    const difference = bothNumbers ? Number(left) - Number(right) : left < right ? -1 : left > right ? 1 : 0;
    if (difference !== 0) return difference;
  }
  return 0;
}

function partsOf(text: string): string[] {
  return text.match(/\d+|\D+/g) ?? [];
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
