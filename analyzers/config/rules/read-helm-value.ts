import * as posix from 'node:path/posix';
import { defineRule } from '../../analyzer.ts';
import { isObject, pointerTo, type Document } from '../../document/document.ts';
import { LineIndex, type Report } from '../../finding.ts';
import type { ConfigSubject } from '../document.ts';
import { chartOf, depthIn, isWithin, type Chart, type ValueRead } from '../helm/chart.ts';

/** Helm: values that templates read and that are gone, and values that no template reads. */
export const readHelmValue = defineRule<ConfigSubject>({
  id: 'config/read-helm-value',
  level: 'warning',
  covers: ['add', 'remove', 'rename'],
  problem:
    'A template reads a value that is not there and renders nothing or fails, or nobody reads the value.',
  remedy:
    'Give the value in values.yaml under the name that the templates read, or guard the place with a default.',
  async check(subject, context) {
    if (!subject.isChanged || !isOfChart(subject.path)) return [];
    const after = await chartOf(subject.path, context.after);
    if (after?.values === undefined) return [];
    const before = await chartOf(subject.path, context.before);
    return [...missingValues(subject, before, after), ...unreadValues(subject, before, after)];
  },
});

function isOfChart(path: string): boolean {
  return /(^|\/)templates\//.test(path) || isValues(path);
}

function isValues(path: string): boolean {
  return posix.basename(path) === 'values.yaml';
}

/** What templates read without a value to it: told at the template if that changed, else at the values. */
function missingValues(subject: ConfigSubject, before: Chart | undefined, after: Chart): Report[] {
  const reports = new Map<string, Report>();
  for (const read of after.reads) {
    const depth = depthIn(after.values, read.keys);
    if (read.isGuarded || depth === read.keys.length || after.dependencies.has(read.keys[0] ?? '')) continue;
    const name = read.keys.join('.');
    const wasMissing = depthIn(before?.values, read.keys) < read.keys.length;
    const wasRead = before?.reads.some((one) => one.keys.join('.') === name) === true;
    if (wasMissing && wasRead) continue;
    // The values lost it, or else a template is new to it.
    const isOwn = wasMissing ? read.path === subject.path : isValues(subject.path);
    if (!isOwn || reports.has(name)) continue;
    const isFatal = depth < read.keys.length - 1;
    const what = isFatal
      ? 'fails to render, because what should hold it is not there'
      : 'renders nothing for it';
    reports.set(name, {
      path: subject.path,
      key: `missing:${name}`,
      message: `${read.path} reads .Values.${name}, which values.yaml does not have, and ${what}`,
      ...(isFatal ? { level: 'error' as const } : { proof: 'unproven' as const }),
      ...placeOf(subject, read, depth),
    });
  }
  return [...reports.values()];
}

function placeOf(
  subject: ConfigSubject,
  read: ValueRead,
  depth: number,
): Pick<Report, 'span' | 'beforeSpan'> {
  if (!isValues(subject.path)) {
    const lines = new LineIndex((subject.text ?? '').replace(/^\uFEFF/, ''));
    return { span: lines.span(read.offset, read.offset + '.Values.'.length + read.keys.join('.').length) };
  }
  const { document } = subject;
  const old = subject.before()?.document;
  const holder = read.keys.slice(0, depth).reduce<string>(pointerTo, '');
  const lost = read.keys.slice(0, depth + 1).reduce<string>(pointerTo, '');
  const span = document?.ok === true ? (document.keySpanOf(holder) ?? document.spanOf(holder)) : undefined;
  const beforeSpan = old?.ok === true ? old.keySpanOf(lost) : undefined;
  return { ...(span && { span }), ...(beforeSpan && { beforeSpan }) };
}

/** New values that no template reads, which mostly are misspelt. */
function unreadValues(subject: ConfigSubject, before: Chart | undefined, after: Chart): Report[] {
  const { document } = subject;
  if (!isValues(subject.path) || after.isDynamic || after.reads.length === 0 || document?.ok !== true)
    return [];
  return newKeys(before?.values, after.values, []).flatMap((keys) => {
    if (after.dependencies.has(keys[0] ?? '')) return [];
    if (after.reads.some((read) => isWithin(read.keys, keys) || isWithin(keys, read.keys))) return [];
    return [unread(subject.path, keys, document)];
  });
}

function unread(path: string, keys: readonly string[], document: Document): Report {
  const span = document.keySpanOf(keys.reduce<string>(pointerTo, ''));
  const message = `no template of the chart reads ${keys.join('.')}`;
  return { path, key: `unread:${keys.join('.')}`, message, ...(span && { span }) };
}

function newKeys(before: unknown, after: unknown, at: readonly string[]): string[][] {
  if (!isObject(after) || at.length > 10) return [];
  return Object.entries(after).flatMap(([key, value]) => {
    const keys = [...at, key];
    const former = isObject(before) && Object.hasOwn(before, key) ? before[key] : undefined;
    if (isObject(before) && Object.hasOwn(before, key)) return newKeys(former, value, keys);
    return isObject(value) && Object.keys(value).length > 0 ? newKeys(undefined, value, keys) : [keys];
  });
}
