/** Splits a command into words: blanks part them, single and double quotes and a backslash keep them together. No shell. */
export function splitWords(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (quote !== '') {
      if (character === quote) quote = '';
      else if (character === '\\' && quote === '"') word = `${word ?? ''}${text.charAt(++index)}`;
      else word = `${word ?? ''}${character}`;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '\\') word = `${word ?? ''}${text.charAt(++index)}`;
    else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = `${word ?? ''}${character}`;
  }
  if (quote !== '') return null;
  if (word !== null) words.push(word);
  return words.length > 0 ? words : null;
}
