/** A runbook as the policy names it: a Markdown file of the repository, or a page. */
export type RunbookPlace =
  | { kind: 'file'; path: string; anchor: string | null }
  | { kind: 'page'; url: string }
  | { kind: 'unusable'; why: string };

/** `docs/runbook.md`, `docs/runbook.md#rolled-back` or `https://…`. */
export function runbookPlace(reference: string): RunbookPlace {
  if (/^[a-z][a-z0-9+.-]*:/i.test(reference)) {
    return /^https:\/\/[^/]/.test(reference) && URL.canParse(reference)
      ? { kind: 'page', url: reference }
      : { kind: 'unusable', why: 'is neither a path of the repository nor an https URL' };
  }
  const [path = '', anchor] = reference.replace(/^(?:\.\/)+/, '').split('#', 2);
  if (path === '' || path.startsWith('/') || path.split('/').includes('..'))
    return { kind: 'unusable', why: 'is no path from the root of the repository' };
  return { kind: 'file', path, anchor: anchor === undefined || anchor === '' ? null : anchor };
}

/** One heading of a Markdown text: its anchor as GitHub makes it, and the lines up to the next one of its level or above. */
export interface Section {
  anchor: string;
  title: string;
  lines: string[];
}

/** The sections of a Markdown text, in order; headings inside fenced code are none. */
export function sectionsOf(markdown: string): Section[] {
  const seen = new Map<string, number>();
  const sections: (Section & { level: number; isOpen: boolean })[] = [];
  let fence: string | null = null;
  for (const line of markdown.split(/\r?\n/)) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined) {
      if (fence === null) fence = mark;
      else if (mark.startsWith(fence)) fence = null;
    }
    const heading = fence === null ? /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$/.exec(line) : null;
    if (heading !== null) {
      const level = (heading[1] ?? '').length;
      const title = heading[2] ?? '';
      for (const section of sections) if (section.level >= level) section.isOpen = false;
      sections.push({ anchor: anchorOf(title, seen), title, lines: [], level, isOpen: true });
      continue;
    }
    for (const section of sections) if (section.isOpen) section.lines.push(line);
  }
  return sections.map(({ anchor, title, lines }) => ({ anchor, title, lines }));
}

/** As GitHub makes it: lower case, punctuation gone, spaces to hyphens, and a number where it stands already. */
function anchorOf(title: string, seen: Map<string, number>): string {
  const slug = title
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-');
  const count = seen.get(slug) ?? 0;
  seen.set(slug, count + 1);
  return count === 0 ? slug : `${slug}-${count}`;
}

const maxSteps = 30;

/**
 * The steps of a runbook: the list items of its part with this anchor, or of the whole, numbered or not, at the outermost
 * level; where it has no list, its paragraphs.
 */
export function stepsOf(markdown: string, anchor: string | null): string[] {
  const lines =
    anchor === null
      ? markdown.split(/\r?\n/)
      : (sectionsOf(markdown).find((section) => section.anchor === anchor)?.lines ?? []);
  const items: string[] = [];
  for (const line of lines) {
    const item = /^ {0,3}(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?(.+)$/.exec(line)?.[1];
    const last = items.at(-1);
    if (item !== undefined) items.push(item.trim());
    else if (last !== undefined && /^\s+\S/.test(line)) items[items.length - 1] = `${last} ${line.trim()}`;
  }
  if (items.length > 0) return items.slice(0, maxSteps);
  const words = lines.map((line) => line.trim()).filter((line) => line !== '' && !/^(#|```|~~~)/.test(line));
  return words.slice(0, maxSteps);
}
