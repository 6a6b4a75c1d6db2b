import type {
  Contract,
  ContractReport,
  ContractRequest,
  ContractVersion,
} from '../../analyzers/schema/contract.ts';

export type Verdict = 'compatible' | 'breaking' | 'unproven';

/** A version of files that are given as text, or as values that are written as JSON. */
export function versionOf(
  files: Readonly<Record<string, unknown>>,
  paths?: readonly string[],
): ContractVersion {
  const textOf = (value: unknown) =>
    typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
  return {
    paths: paths ?? Object.keys(files).sort(),
    read: (path) => Promise.resolve(Object.hasOwn(files, path) ? textOf(files[path]) : undefined),
  };
}

export async function compareFiles(
  contract: Contract,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  options: Partial<ContractRequest> = {},
): Promise<{ verdict: Verdict; reports: ContractReport[] }> {
  const reports = await contract.compare({
    before: versionOf(before),
    after: versionOf(after),
    direction: 'produced',
    ...options,
  });
  const proofs = new Set(reports.map(({ proof }) => proof));
  const verdict = proofs.has('breaking') ? 'breaking' : proofs.has('unproven') ? 'unproven' : 'compatible';
  return { verdict, reports };
}
