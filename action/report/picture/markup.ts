import { printable } from '../describe-finding.ts';
import type { TextStyle } from './text-width.ts';

/**
 * Text from outside as one visible line, for a picture. A trust boundary: services, versions and metrics are named by
 * whoever wrote the policy. Control characters and marks of direction are written out, what XML cannot hold is replaced,
 * and accents do not pile up over the lines above.
 */
export function visibleText(text: string): string {
  return (
    printable(text.toWellFormed())
      .replace(/[\p{Cn}\p{Co}\ufb50-\ufdff]/gu, '\ufffd')
      .normalize('NFC')
      // One accent a letter; scripts that write vowels as marks need two.
      .replace(/([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff])\p{M}+/gu, '$1')
      .replace(/(\p{M}{2})\p{M}+/gu, '$1')
      .trim()
  );
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

type Attributes = Readonly<Record<string, string | number>>;

/** An element around markup. The values of attributes are escaped here, and numbers rounded to a tenth of a pixel. */
export function element(name: string, attributes: Attributes, ...markup: readonly string[]): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escapeXml(typeof value === 'number' ? tenths(value) : value)}"`)
    .join('');
  return markup.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${markup.join('')}</${name}>`;
}

/** An element around text that is not markup, such as `title`. */
export function textualElement(name: string, attributes: Attributes, text: string): string {
  return element(name, attributes, escapeXml(text));
}

interface Label extends TextStyle {
  x: number;
  /** Of the baseline. */
  y: number;
  anchor?: 'start' | 'middle' | 'end';
  /** Of the style sheet. */
  className: string;
}

export function label(text: string, { x, y, size, isBold = false, anchor, className }: Label): string {
  return textualElement(
    'text',
    {
      x,
      y,
      class: isBold ? `${className} evk-bold` : className,
      'font-size': size,
      ...(anchor === undefined ? {} : { 'text-anchor': anchor }),
    },
    text,
  );
}

export interface Place {
  x: number;
  y: number;
}

/** The `d` of a path through the places. */
export function pathThrough(places: readonly Place[]): string {
  return places.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${tenths(x)} ${tenths(y)}`).join('');
}

function tenths(value: number): string {
  return (Math.round(value * 10) / 10 + 0).toString();
}
