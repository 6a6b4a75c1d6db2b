/** Cuts a list into pages, with the Link header that leads through all of them. */
import { isObject, listOf, type JsonObject } from './json.ts';

export interface Page {
  body: unknown;
  headers: Record<string, string>;
}

/** Objects that hold their list under one of these names. */
const named = ['check_runs', 'workflow_runs', 'statuses', 'items'];

/** The page that was asked for, of a list or of an object that holds one. `base` is the API's own address. */
export function pageOf(body: unknown, operation: string, url: URL, base: string): Page {
  if (!url.searchParams.has('per_page') && !Array.isArray(body) && !hasList(body))
    return { body, headers: {} };
  const cut = operation === 'repos/list-activities' ? cutByCursor : cutByNumber;
  if (Array.isArray(body)) {
    const { items, link } = cut(listOf(body), url, base);
    return { body: items, headers: link };
  }
  const name = named.find((one) => isObject(body) && Array.isArray(body[one]));
  if (name === undefined || !isObject(body)) return { body, headers: {} };
  const { items, link } = cut(listOf(body[name]), url, base);
  return { body: { ...body, [name]: items }, headers: link };
}

function hasList(body: unknown): body is JsonObject {
  return isObject(body) && 'total_count' in body && named.some((name) => Array.isArray(body[name]));
}

interface Cut {
  items: unknown[];
  link: Record<string, string>;
}

function sizeOf(url: URL): number {
  return Math.max(1, Math.min(100, Number(url.searchParams.get('per_page') ?? 30)));
}

function cutByNumber(all: unknown[], url: URL, base: string): Cut {
  const size = sizeOf(url);
  const number = Math.max(1, Number(url.searchParams.get('page') ?? 1));
  const last = Math.max(1, Math.ceil(all.length / size));
  const links: Record<string, number> = {
    ...(number > 1 ? { prev: number - 1, first: 1 } : {}),
    ...(number < last ? { next: number + 1, last } : {}),
  };
  const link = Object.entries(links).map(([rel, page]) => linkTo(url, base, { page: String(page) }, rel));
  return { items: all.slice((number - 1) * size, number * size), link: headerOf(link) };
}

/** Activities have no numbers: a page begins after an entry. */
function cutByCursor(all: unknown[], url: URL, base: string): Cut {
  const size = sizeOf(url);
  const after = url.searchParams.get('after');
  const start = after === null ? 0 : Number(Buffer.from(after, 'base64url').toString()) || 0;
  const end = start + size;
  const cursor = Buffer.from(String(end)).toString('base64url');
  const link = end < all.length ? [linkTo(url, base, { after: cursor }, 'next')] : [];
  return { items: all.slice(start, end), link: headerOf(link) };
}

function linkTo(url: URL, base: string, changed: Record<string, string>, rel: string): string {
  const to = new URL(url.pathname + url.search, base);
  for (const [name, value] of Object.entries(changed)) to.searchParams.set(name, value);
  return `<${to.href}>; rel="${rel}"`;
}

function headerOf(links: readonly string[]): Record<string, string> {
  return links.length === 0 ? {} : { link: links.join(', ') };
}
