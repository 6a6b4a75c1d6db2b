/** What is wrong with a line of a replay stream: a sentence without its number, and a column where one is known. */
export class LineFault extends Error {
  readonly column: number | null;

  constructor(message: string, column: number | null = null) {
    super(message);
    this.name = 'LineFault';
    this.column = column;
  }
}
