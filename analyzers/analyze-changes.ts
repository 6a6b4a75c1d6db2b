import { analyzeKind, type AnalysisContext, type Analyzer } from './analyzer.ts';
import { afterOf, beforeOf, type Change } from './change.ts';
import { claimPaths, kindOf, roadPaths, type Claim, type Claimant } from './claim.ts';
import { codeAnalyzer } from './code/index.ts';
import { configAnalyzer } from './config/index.ts';
import type { Finding } from './finding.ts';
import { infraAnalyzer } from './infra/index.ts';
import { schemaAnalyzer } from './schema/index.ts';
import type { DeployedVersion, Kind, Observations, ServiceScope, Tree } from './scope.ts';
import { sqlAnalyzer } from './sql/index.ts';

interface BoundAnalyzer extends Claimant {
  analyze(changes: readonly Change[], context: AnalysisContext): Promise<Finding[]>;
}

/** Every kind of change there is: `bind(sqlAnalyzer)` and so on. A kind that is not in this list claims nothing. */
export const boundAnalyzers: readonly BoundAnalyzer[] = [
  bind(configAnalyzer),
  bind(schemaAnalyzer),
  bind(sqlAnalyzer),
  bind(codeAnalyzer),
  bind(infraAnalyzer),
];

export interface ChangesToAnalyze {
  changes: readonly Change[];
  scopes: readonly ServiceScope[];
  before: Tree;
  after: Tree;
  observations: Observations;
  /** The versions that still run, which the policy's `deployed` globs name; and how many more there are. */
  deployed?: readonly DeployedVersion[];
  deployedLeftOut?: number;
}

export interface Analysis {
  findings: Finding[];
  claims: Claim[];
  unclaimed: string[];
}

/**
 * The whole question "what changed, and what is wrong with it": claims every path and runs each kind's rules over what
 * it owns, service by service. A service is analysed when it owns a changed path; then every kind is asked, so that
 * what was observed (commands, previews) is judged even where the kind has no changed path of its own.
 */
export async function analyzeChanges(input: ChangesToAnalyze): Promise<Analysis> {
  const { claims, unclaimed } = claimPaths(input.changes, input.scopes, boundAnalyzers);
  const touched = new Set(claims.map((claim) => claim.service));
  const findings: Finding[] = [];
  for (const scope of [...input.scopes.filter(({ name }) => touched.has(name)), policyScope]) {
    const perKind = changesByKind(input.changes, scope);
    const context: AnalysisContext = {
      scope,
      before: input.before,
      after: input.after,
      observations: observationsOf(scope.name, input.observations),
      allChanges: input.changes,
      ...(input.deployed && { deployed: input.deployed }),
      ...(input.deployedLeftOut !== undefined && { deployedLeftOut: input.deployedLeftOut }),
    };
    for (const analyzer of boundAnalyzers) {
      findings.push(...(await analyzer.analyze(perKind.get(analyzer.kind) ?? [], context)));
    }
  }
  return { findings: withoutRepeats(findings), claims, unclaimed };
}

// The road's own files are read as configuration of no service: syntax and secrets are checked, their meaning elsewhere.
const policyScope: ServiceScope = {
  name: '',
  paths: [],
  config: [{ files: [...roadPaths] }],
  schemas: [],
  code: { commands: [], timeoutSeconds: 0 },
};

function bind<Subject>(analyzer: Analyzer<Subject>): BoundAnalyzer {
  return {
    kind: analyzer.kind,
    claims: (path, scope) => analyzer.claims(path, scope),
    analyze: (changes, context) => analyzeKind(analyzer, changes, context),
  };
}

/** A rename between two kinds, or out of a service, is a removal in one and an addition in the other. */
function changesByKind(changes: readonly Change[], scope: ServiceScope): Map<Kind, Change[]> {
  const perKind = new Map<Kind, Change[]>();
  const give = (kind: Kind | undefined, change: Change) => {
    if (kind === undefined) return;
    const given = perKind.get(kind);
    if (given === undefined) perKind.set(kind, [change]);
    else given.push(change);
  };
  for (const change of changes) {
    const before = beforeOf(change);
    const after = afterOf(change);
    const kindBefore = before && ownerOf(before.path, scope);
    const kindAfter = after && ownerOf(after.path, scope);
    if (kindBefore === kindAfter || before === undefined || after === undefined) {
      give(kindAfter ?? kindBefore, change);
    } else {
      give(kindBefore, { status: 'removed', path: before.path, before });
      give(kindAfter, { status: 'added', path: after.path, after });
    }
  }
  return perKind;
}

function ownerOf(path: string, scope: ServiceScope): Kind | undefined {
  if (roadPaths.includes(path)) return scope === policyScope ? 'config' : undefined;
  return scope === policyScope ? undefined : kindOf(path, scope, boundAnalyzers);
}

function observationsOf(service: string, all: Observations): Observations {
  return {
    commands: all.commands.filter((run) => run.service === service),
    previews: all.previews.filter((preview) => preview.service === service),
    ...(all.history && { history: all.history }),
  };
}

/** A file that two services share is read twice, and what both say in the same words is said once. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter((finding) => {
    const place = JSON.stringify([finding.fingerprint, finding.span, finding.beforeSpan, finding.message]);
    if (seen.has(place)) return false;
    seen.add(place);
    return true;
  });
}
