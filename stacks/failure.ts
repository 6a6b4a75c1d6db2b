/**
 * The one exception people are meant to see: a sentence on what is wrong, where, and what to do.
 * `input`: what was given is wrong (exit code 2). `effect`: something outside failed (exit code 4).
 */
export class Failure extends Error {
  readonly kind: 'input' | 'effect';
  readonly reasonCode: string;
  readonly mayRetry: boolean;

  constructor(kind: 'input' | 'effect', reasonCode: string, message: string, mayRetry = false) {
    super(message);
    this.name = 'Failure';
    this.kind = kind;
    this.reasonCode = reasonCode;
    this.mayRetry = mayRetry;
  }
}

export function inputFailure(reasonCode: string, message: string): Failure {
  return new Failure('input', reasonCode, message);
}

/** The same failure, and what came of it. */
export function withMore({ kind, reasonCode, message, mayRetry }: Failure, what: string): Failure {
  return new Failure(kind, reasonCode, `${message}; ${what}`, mayRetry);
}

export function effectFailure(reasonCode: string, message: string, mayRetry: boolean): Failure {
  return new Failure('effect', reasonCode, message, mayRetry);
}
