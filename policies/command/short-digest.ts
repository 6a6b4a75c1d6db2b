/** A digest as people see it: its first 12 hexadecimal digits. */
export function short(digest: string): string {
  return digest.replace('sha256:', '').slice(0, 12);
}

/** Whether a digest, or its first digits, names this one. */
export function isNamedBy(name: string, digest: string): boolean {
  return digest.replace('sha256:', '').startsWith(name.replace('sha256:', ''));
}
