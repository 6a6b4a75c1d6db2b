import type { Media } from './operation.ts';

/** A media type without its case, its charset and the order of its parameters. */
export function normalMediaType(type: string): string {
  const [name = '', ...parameters] = type.toLowerCase().split(';');
  const kept = parameters
    .map((parameter) => parameter.trim())
    .filter((one) => one !== '' && !one.startsWith('charset='));
  return [name.trim(), ...kept.sort()].join(';');
}

/** The entry that speaks for a media type: itself, or the most exact range that holds it. */
export function coveringMedia(content: readonly Media[], type: string): Media | undefined {
  const wanted = normalMediaType(type);
  const exact = content.find((media) => normalMediaType(media.type) === wanted);
  if (exact !== undefined) return exact;
  // Swagger 2 without a list of types says nothing about them, and so allows any.
  if (type === '') return content[0];
  const [name = ''] = wanted.split(';');
  const ranges = [name, `${name.split('/')[0] ?? ''}/*`, '*/*', ''];
  for (const range of ranges) {
    const found = content.find((media) => normalMediaType(media.type) === range);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a schema says something about the bytes of this type: images and archives have none that a client meets. */
export function isStructured(type: string): boolean {
  const [name = ''] = normalMediaType(type).split(';');
  return name === '' || name.includes('*') || /json|xml|yaml|form|text\//.test(name);
}
