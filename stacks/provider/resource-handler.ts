/** What one resource type does. Inputs and outputs are JSON; `outs` always hold the inputs as well, secrets left out. */
export interface ResourceHandler {
  /** Properties whose change needs another resource instead of an update. */
  replaceOn: readonly string[];
  /** The live side may have been moved without Pulumi (an emergency flip), so every update states all of it again. */
  isAlwaysUpdated: boolean;
  /** `signal` aborts when the update is called off, or when the CLI that asked for it is gone. */
  create(inputs: unknown, signal: AbortSignal): Promise<{ id: string; outs: Record<string, unknown> }>;
  update(id: string, outs: unknown, inputs: unknown): Promise<Record<string, unknown>>;
  /** What is really there, in the shape of `outs`; null when there is nothing any more. */
  read(id: string, outs: Record<string, unknown>): Promise<Record<string, unknown> | null>;
  remove(id: string, outs: unknown, signal: AbortSignal): Promise<void>;
}
