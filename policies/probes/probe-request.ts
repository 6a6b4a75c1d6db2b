/** One request of a synthetic customer; the path begins with a slash and has its parameters filled in. */
export interface ProbeRequest {
  method: string;
  path: string;
  /** May hold references to secrets (`env:`, `file:`), which whoever sends it replaces. */
  headers: Readonly<Record<string, string>>;
  body: string | null;
}

/** How long each part took; null where there was none (a connection that was kept, a plain one). */
export interface ProbePhases {
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
  firstByteMs: number | null;
  totalMs: number;
}

/** What came back, or why nothing did. `isLocationFault`: the way there is broken, not the service. */
export type ProbeAnswer =
  | {
      isAnswered: true;
      status: number;
      contentType: string;
      body: string;
      /** The body was longer than what is read of one. */
      isCut: boolean;
      phases: ProbePhases;
    }
  | { isAnswered: false; isLocationFault: boolean; message: string; phases: ProbePhases };

export type Answered = Extract<ProbeAnswer, { isAnswered: true }>;

/** Why an answer is not in order, as the end of a sentence about the operation; null: it is. */
export type AnswerCheck = (answer: Answered) => string | null;

/** One request by itself, and when its answer is in order. */
export interface PlannedProbe {
  /** `GET /orders/{id}`, as the document names it. */
  operation: string;
  request: ProbeRequest;
  /** Changes something, so every sending has an Idempotency-Key of its own. */
  isUnsafe: boolean;
  /** Whether the versions' answers are compared: a health check says who answers, which differs by its nature. */
  isCompared: boolean;
  check: AnswerCheck;
}
