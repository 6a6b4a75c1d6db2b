import type {
  Contract,
  ContractReport,
  ContractRequest,
  ContractVersion,
} from '../../analyzers/schema/contract.ts';

/** One version from texts by path; one text alone stands at `path`. */
export function versionOf(files: string | Readonly<Record<string, string>>, path: string): ContractVersion {
  const texts = new Map(typeof files === 'string' ? [[path, files]] : Object.entries(files));
  return { paths: [...texts.keys()].sort(), read: (wanted) => Promise.resolve(texts.get(wanted)) };
}

export interface Answer {
  verdict: 'compatible' | 'breaking' | 'unproven';
  /** Ids of the rules that stand in the way, without the kind, sorted, each once. */
  rules: string[];
  reports: ContractReport[];
}

/** Compares two versions and reads the verdict off the reports, as `evenkeel compare` does. */
export async function compareContract(contract: Contract, request: ContractRequest): Promise<Answer> {
  const reports = await contract.compare(request);
  const proofs = new Set(reports.map(({ proof }) => proof));
  const verdict = proofs.has('breaking') ? 'breaking' : proofs.has('unproven') ? 'unproven' : 'compatible';
  const blocking = reports.filter(({ proof }) => proof !== undefined);
  const rules = [...new Set(blocking.map(({ ruleId }) => ruleId.slice(ruleId.indexOf('/') + 1)))].sort();
  return { verdict, rules, reports };
}
