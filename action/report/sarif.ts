import type { RuleDescription } from '../../analyzers/analyzer.ts';
import type { Finding, FindingWaiver, Span } from '../../analyzers/finding.ts';
import { describeWaiver } from './describe-finding.ts';

const notARule = 'It was found outside of the rules, while the change was read.';

/**
 * Findings as SARIF 2.1.0, for code scanning. Columns count UTF-16 code units, which is SARIF's default, and so is an end
 * that is not part of the region. `rules` describes those that may have spoken; only those that did are listed. Every
 * result is new, unless `showsAll`: then what the base has already is among them, and nothing is said of which.
 */
export function toSarif(
  findings: readonly Finding[],
  rules: readonly RuleDescription[],
  version: string,
  showsAll = false,
): unknown {
  const ids = [...new Set(findings.map((finding) => finding.ruleId))].sort();
  const indexes = new Map(ids.map((id, index) => [id, index]));
  const remedies = new Map(findings.map(({ ruleId, remedy }) => [ruleId, remedy]));
  const described = new Map<string, RuleDescription>(rules.map((rule) => [rule.id, rule]));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'evenkeel',
            version,
            rules: ids.map((id) => describeRule(id, described.get(id), remedies.get(id) ?? '')),
          },
        },
        // Code scanning keeps the results of one category apart from those of others.
        automationDetails: { id: 'evenkeel/check/' },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => ({
          ...resultOf(finding, indexes.get(finding.ruleId) ?? -1),
          ...(showsAll ? {} : { baselineState: 'new' }),
        })),
      },
    ],
  };
}

function describeRule(id: string, rule: RuleDescription | undefined, remedy: string): unknown {
  const problem = rule?.problem ?? notARule;
  const cure = rule?.remedy ?? remedy;
  return {
    id,
    name: id
      .split(/[/-]/)
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join(''),
    shortDescription: { text: problem },
    fullDescription: { text: `${problem} ${cure}`.trim() },
    help: { text: cure },
    properties: { tags: [id.split('/')[0] ?? id], ...(rule?.covers && { covers: rule.covers }) },
    ...(rule === undefined ? {} : { defaultConfiguration: { level: rule.level } }),
  };
}

function resultOf(finding: Finding, ruleIndex: number): object {
  const { ruleId, level, message, path, span, beforeSpan, fingerprint, waivedBy, witness, proof } = finding;
  return {
    ruleId,
    ruleIndex,
    level,
    message: { text: message },
    locations: [{ physicalLocation: physicalLocation(path, span) }],
    ...(beforeSpan && {
      relatedLocations: [
        {
          id: 1,
          message: { text: 'before the change' },
          physicalLocation: physicalLocation(path, beforeSpan),
        },
      ],
    }),
    partialFingerprints: { evenkeel: fingerprint },
    ...(waivedBy && { suppressions: [suppressionOf(waivedBy)] }),
    ...(witness === undefined && proof === undefined
      ? {}
      : { properties: { proof: proof ?? null, witness: witness ?? null } }),
  };
}

function physicalLocation(path: string, span: Span | undefined): unknown {
  return { artifactLocation: { uri: uriOf(path) }, ...(span && { region: regionOf(span) }) };
}

/** A waiver that only the change itself brings is still to be approved. */
function suppressionOf(waiver: FindingWaiver): Record<string, string> {
  const status = waiver.isProposed ? 'underReview' : 'accepted';
  return { kind: 'external', status, justification: describeWaiver(waiver) };
}

/** A path as a relative URI; a colon in its first segment would otherwise read as a scheme. */
function uriOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

function regionOf({ start, end }: Span): Record<string, number> {
  return { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
}
