import type { FileVersion } from './change.ts';

/** The kinds of change, each with a room of its own. */
export type Kind = 'config' | 'schema' | 'sql' | 'code' | 'infra';
export const kinds: readonly Kind[] = ['config', 'schema', 'sql', 'code', 'infra'];

export type Direction = 'consumed' | 'produced' | 'both';

/** The kinds of contract between a service and others, each with a room of its own under `schema/`. */
export type ContractKind = 'json-schema' | 'openapi' | 'asyncapi' | 'avro' | 'protobuf' | 'graphql' | 'crd';
export const contractKinds: readonly ContractKind[] = [
  'json-schema',
  'openapi',
  'asyncapi',
  'avro',
  'protobuf',
  'graphql',
  'crd',
];

/** Configuration files, and what the policy says about them. Keys are written `pool.max`. */
export interface ConfigScope {
  files: string[];
  schema?: string;
  /** CEL over `doc` and `files`, each of which has to be true. */
  relations?: readonly { rule: string; message: string }[];
  /** Values, and what guards them: both moving in one change leaves nothing that guards. */
  guards?: readonly { values: readonly string[]; guard: readonly string[]; guardFile?: string }[];
}

/** One entry of the policy's contracts. */
export interface SchemaScope {
  files: string[];
  kind: ContractKind;
  direction: Direction;
  /** How strict the other side is; one of the kind's own levels. */
  level?: string;
  /** Globs of documents with what clients are known to send. */
  operations?: string[];
  /** Globs of the tags whose versions still run. */
  deployed?: string[];
}

/** The part of a service's policy that analysis needs; the policy file is mapped onto it. Globs are POSIX, from the root. */
export interface ServiceScope {
  name: string;
  paths: string[];
  config: ConfigScope[];
  /** Files of the repository that stand in for the URLs of schemas, which are never fetched. */
  schemaUrls?: Readonly<Record<string, string>>;
  /** Names of the environment variables that the policy sets for the running service, and the port it serves. */
  run?: { variables: readonly string[]; port: number };
  schemas: SchemaScope[];
  migrations?: { files: string[]; runner: string };
  code: { commands: string[][]; timeoutSeconds: number };
  infra?: { files: string[]; stateful: string[] };
}

/** One revision's files. Reading is an effect, so it is handed in. */
export interface Tree {
  read(path: string): Promise<FileVersion | undefined>;
  list(): Promise<readonly string[]>;
}

/** A version that still runs somewhere, by the tag that names it. */
export interface DeployedVersion {
  name: string;
  tree: Tree;
}

/** What became of one declared command, run at head by the caller. */
export interface CommandRun {
  service: string;
  command: string[];
  outcome: 'passed' | 'failed' | 'timed-out' | 'not-started';
  exitCode: number | null;
  seconds: number;
  /** The end of what it printed, both streams in order, secrets already redacted. */
  outputTail: string;
}

/** One step of a Pulumi preview, as its JSON digest gives it. */
export interface PreviewStep {
  op: 'create' | 'update' | 'delete' | 'replace' | 'same' | 'read' | 'refresh' | (string & {});
  urn: string;
  type: string;
  name: string;
  protect: boolean;
  /** Property paths that changed, and those that force a replacement. */
  diff: string[];
  replaceReasons: string[];
}

export type Preview =
  | { service: string; path: string; outcome: 'previewed'; steps: PreviewStep[] }
  | { service: string; path: string; outcome: 'failed' | 'timed-out' | 'not-started'; message: string };

/** What the caller ran and saw. Analyzers judge it; they run nothing themselves. */
export interface Observations {
  commands: CommandRun[];
  previews: Preview[];
  /** Earlier texts of changed configuration files by path, the newest first; files without any are left out. */
  history?: Readonly<Record<string, readonly string[]>>;
}
