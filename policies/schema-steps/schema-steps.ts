/**
 * What a release does to its database, in the order in which it is applied. `expand` only adds, so that the version that
 * runs goes on; `backfill` fills what was added, batch by batch; `contract` takes away or tightens. Plain JSON: it is
 * kept in the rollout's journal, and the files are read from the release's own tree by these digests.
 */
export interface SchemaSteps {
  expand: ExpandStep[];
  backfill: BackfillStep[];
  contract: ContractStep[];
}

export interface SchemaFile {
  /** From the root of the repository. */
  path: string;
  /** `sha256:…` of the file's bytes. */
  digest: string;
}

export interface ExpandStep extends SchemaFile {
  /** The file that takes it back, or statements derived from it; null: there is no way back. */
  undo: { from: 'file'; path: string; digest: string } | { from: 'derived'; statements: string[] } | null;
}

/** One statement that is run again and again with `$1` and `$2` as the first and last key of a batch. */
export interface BackfillStep extends SchemaFile {
  table: string;
  key: string;
  /** The most rows that one batch covers. */
  batchRows: number;
}

export interface ContractStep extends SchemaFile {
  /** Names that queries may use and that are gone afterwards: a table, a column, a type. */
  removes: string[];
  /** Names of those that no version needs although its files mention them: the file says so. */
  unused: string[];
}

export const noSchemaSteps: SchemaSteps = { expand: [], backfill: [], contract: [] };

export function hasSchemaSteps({ expand, backfill, contract }: SchemaSteps): boolean {
  return expand.length + backfill.length + contract.length > 0;
}
