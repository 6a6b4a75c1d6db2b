// Pulumi's own marks, the same in every SDK: this object is a special value, and it is a secret.
const signatureKey = '4dabf18193072939515e22adb298388d';
const secretSignature = '1b47061264138c4ac30d75fd1eb44270';

/** Pulumi hands secrets over wrapped; a provider needs them as what they are. Anything but an object comes out empty. */
export function unwrapProperties(value: unknown): Record<string, unknown> {
  const plain = unwrapAny(value);
  return typeof plain === 'object' && plain !== null && !Array.isArray(plain)
    ? Object.fromEntries(Object.entries(plain))
    : {};
}

function unwrapAny(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapAny);
  if (typeof value !== 'object' || value === null) return value;
  if (Reflect.get(value, signatureKey) === secretSignature) return unwrapAny(Reflect.get(value, 'value'));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrapAny(inner)]));
}
