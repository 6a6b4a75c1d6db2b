import { defineRule, type AnalysisContext } from '../../analyzer.ts';
import { textOf } from '../../change.ts';
import { matchesGlobs } from '../../claim.ts';
import { parseDocument } from '../../document/parse-document.ts';
import type { Report } from '../../finding.ts';
import { changedKey, stands } from '../guarded-keys.ts';
import { schemaBound } from '../schema-bound.ts';
import type { Move } from '../compare-values.ts';
import type { ConfigSubject } from '../document.ts';
import { wordsOf } from '../key-names.ts';
import { placeName, reportMove } from '../question.ts';

/** A value that moved together with what was there to stop it: its bound, its kill switch, the alert that watches it. */
export const keepGuard = defineRule<ConfigSubject>({
  id: 'config/keep-guard',
  level: 'warning',
  covers: ['widen'],
  problem:
    'A value and its guard moved in one change, so nothing that knew the earlier value is left to object.',
  remedy: 'Change the guard first, in a change of its own, and let it land before the value follows.',
  async check(subject, context) {
    const moves = subject.difference()?.moves ?? [];
    if (moves.length === 0) return [];
    return [
      ...(await declaredGuards(subject, moves, context)),
      ...(await schemaBounds(subject, moves, context)),
      ...killSwitches(subject, moves),
    ];
  },
});

async function declaredGuards(
  subject: ConfigSubject,
  moves: readonly Move[],
  context: AnalysisContext,
): Promise<Report[]> {
  const reports: Report[] = [];
  const guards = context.scope.config
    .filter(({ files }) => matchesGlobs(subject.path, files))
    .flatMap((entry) => entry.guards ?? []);
  for (const { values, guard, guardFile } of guards) {
    const moved = moves.filter((move) => values.some((key) => stands(move, key)));
    if (moved.length === 0) continue;
    const changedGuard =
      guardFile === undefined
        ? guard.find((key) => moves.some((move) => stands(move, key)))
        : await changedKey(guardFile, guard, context);
    if (changedGuard === undefined) continue;
    const where = guardFile === undefined ? changedGuard : `${changedGuard} in ${guardFile}`;
    for (const move of moved) {
      const message = `${placeName(move.after)} changed together with ${where}, which guards it`;
      reports.push(reportMove(subject, move, { rule: 'config/keep-guard', message, detail: where }));
    }
  }
  return reports;
}

/** The schema's bound was moved out of the value's way. */
async function schemaBounds(
  subject: ConfigSubject,
  moves: readonly Move[],
  { before, after }: AnalysisContext,
): Promise<Report[]> {
  const { schema } = subject;
  if (schema === undefined || !('path' in schema)) return [];
  const [was, is] = [await before.read(schema.path), await after.read(schema.path)];
  if (was === undefined || is === undefined || was.digest === is.digest) return [];
  const parsed = parseDocument(schema.path, textOf(was) ?? '');
  if (!parsed.ok) return [];
  const reports: Report[] = [];
  for (const move of moves) {
    const bound = schemaBound(parsed.value, move.after.pointer, move.after.value);
    if (bound === undefined) continue;
    const message = `${placeName(move.after)} moved beyond ${bound}, which ${schema.path} held until this change`;
    reports.push(reportMove(subject, move, { rule: 'config/keep-guard', message, detail: bound }));
  }
  return reports;
}

/** A feature was switched on, and the switch that takes it back moved with it. */
function killSwitches(subject: ConfigSubject, moves: readonly Move[]): Report[] {
  const isSwitch = ({ names }: Move) =>
    wordsOf(names.at(-1) ?? '')
      .join('')
      .includes('killswitch');
  return moves.filter(isSwitch).flatMap((guard) => {
    const holder = guard.after.pointer.slice(0, guard.after.pointer.lastIndexOf('/'));
    const values = moves.filter(
      (move) => move !== guard && move.after.pointer.startsWith(`${holder}/`) && !isSwitch(move),
    );
    return values.map((move) => {
      const message = `${placeName(move.after)} changed together with ${guard.after.pointer}, its kill switch`;
      return reportMove(subject, move, { rule: 'config/keep-guard', message, detail: guard.label });
    });
  });
}
