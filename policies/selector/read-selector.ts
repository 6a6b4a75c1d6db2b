/**
 * Trust boundary: a text that is sent to a metrics server as a query. Only a series selector is let through,
 * `name{label="value"}`: a function, a range or an aggregation would hide the counters that resets are corrected on.
 */
const name = String.raw`[a-zA-Z_:][a-zA-Z0-9_:]*`;
const label = String.raw`[a-zA-Z_][a-zA-Z0-9_]*`;
// Each alternative begins with another character, so that no text takes more than linear time.
const text = String.raw`(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')`;
const matcher = String.raw`${label}\s*(?:=~|!~|!=|=)\s*${text}`;
const matchers = String.raw`\{\s*(?:${matcher}\s*(?:,\s*${matcher}\s*)*(?:,\s*)?)?\}`;
const selector = new RegExp(String.raw`^(?:${name}\s*(?:${matchers})?|${matchers})$`);
/** Without a name, some label has to have a value: `{}` would be every series of the server. */
const named = new RegExp(String.raw`^${name}`);
const telling = /[^!]=~?\s*["'][^"']/;

/** The selector without the blanks around it, or null when the text is none. */
export function readSelector(written: string): string | null {
  const trimmed = written.trim();
  if (!selector.test(trimmed)) return null;
  return named.test(trimmed) || telling.test(trimmed) ? trimmed : null;
}

/** The metric's name (null when none is written) and the labels that the selector's matchers name. */
export function partsOfSelector(written: string): { name: string | null; labels: string[] } {
  const withoutTexts = written.replace(new RegExp(text, 'g'), '""');
  const labels = [...withoutTexts.matchAll(new RegExp(String.raw`(${label})\s*(?:=~|!~|!=|=)`, 'g'))];
  return { name: named.exec(written)?.[0] ?? null, labels: labels.map(([, found = '']) => found) };
}
