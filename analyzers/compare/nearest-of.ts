/** The names there are, as the end of a sentence: lists of them here are short. */
export function nearestOf(name: string, valid: readonly string[]): string {
  const near = valid.find((candidate) => candidate.toLowerCase() === name.toLowerCase().replaceAll('_', '-'));
  return near === undefined ? `it is one of ${valid.join(', ')}` : `did you mean ${near}?`;
}
