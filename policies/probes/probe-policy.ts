/** What a service's synthetic customers do: the part `probes` of its policy, with defaults filled in. */
export interface ProbePolicy {
  /** From the root of the repository; the candidate's own document is the one that counts. */
  openapi: string | null;
  /** Paths that are asked with GET and answer below 500, whatever a document says. */
  paths: string[];
  journeys: JourneyPolicy[];
  locations: LocationPolicy[];
  /** By operation, such as `POST /orders`: what is sent. Unsafe methods are sent with this or never. */
  data: Record<string, ProbeData>;
  /** Sent with every probe; values are references to secrets (`env:`, `file:`) or plain text. */
  headers: Record<string, string>;
  /** Locations that have to agree before an operation is called failed. */
  quorum: number;
  /** What becomes of answers in which the candidate alone differs. */
  compare: 'warn' | 'fail' | 'off';
  /** By operation: why nothing probes it. */
  excused: Record<string, string>;
  /** From the beginning of one round to that of the next. */
  everySeconds: number;
  timeoutSeconds: number;
}

/** What one operation is sent. `status`: the answer that it has to give; null: a documented success. */
export interface ProbeData {
  /** By the names of the path's and the query's parameters. */
  parameters: Record<string, string>;
  headers: Record<string, string>;
  /** JSON, or text that is sent as it is; undefined: no body. */
  body?: unknown;
  status: number | null;
}

/** What a customer does in several requests, one after the other. */
export interface JourneyPolicy {
  name: string;
  steps: JourneyStep[];
}

export interface JourneyStep {
  method: string;
  /** Here, in headers and in the body `{name}` stands for a value that an earlier step kept. */
  path: string;
  headers: Record<string, string>;
  body?: unknown;
  /** Null: a documented success where the document has the operation, else any success. */
  status: number | null;
  /** By name: a JSON pointer into the answer. */
  keep: Record<string, string>;
}

/** Where probes come from. References to secrets are files or variables, never values. */
export type LocationPolicy =
  | { kind: 'here'; name: string }
  | { kind: 'agent'; name: string; url: string; ca: string; cert: string; key: string; target: string | null }
  | { kind: 'proxy'; name: string; url: string; target: string | null };

export const defaultProbes: ProbePolicy = {
  openapi: null,
  paths: [],
  journeys: [],
  locations: [{ kind: 'here', name: 'here' }],
  data: {},
  headers: {},
  quorum: 2,
  compare: 'warn',
  excused: {},
  everySeconds: 5,
  timeoutSeconds: 5,
};

/** Methods that change nothing by their definition (RFC 9110, 9.2.1). */
export const safeMethods: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
