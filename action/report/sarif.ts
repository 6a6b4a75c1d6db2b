import type { RuleDescription } from '../../analyzers/analyzer.ts';
import type { Finding, FindingWaiver, Span } from '../../analyzers/finding.ts';
import { describeWaiver } from './describe-finding.ts';

const notARule = 'It was found outside of the rules, while the change was read.';

/**
 * Findings as SARIF 2.1.0, for code scanning. Columns count UTF-16 code units, which is SARIF's default. `rules` describes
 * those that may have spoken; only those that did are listed.
 */
export function toSarif(
  findings: readonly Finding[],
  rules: readonly RuleDescription[],
  version: string,
): unknown {
  const ids = [...new Set(findings.map((finding) => finding.ruleId))].sort();
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
            rules: ids.map((id) => {
              const rule = described.get(id);
              const remedy = rule?.remedy ?? findings.find(({ ruleId }) => ruleId === id)?.remedy ?? '';
              return {
                id,
                shortDescription: { text: rule?.problem ?? notARule },
                help: { text: remedy },
                ...(rule === undefined ? {} : { defaultConfiguration: { level: rule.level } }),
              };
            }),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => ({
          ruleId: finding.ruleId,
          ruleIndex: ids.indexOf(finding.ruleId),
          level: finding.level,
          message: { text: finding.message },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(finding.path) },
                ...(finding.span === undefined ? {} : { region: regionOf(finding.span) }),
              },
            },
          ],
          partialFingerprints: { evenkeel: finding.fingerprint },
          ...(finding.waivedBy === undefined ? {} : { suppressions: [suppressionOf(finding.waivedBy)] }),
          ...(finding.witness === undefined && finding.proof === undefined
            ? {}
            : { properties: { proof: finding.proof ?? null, witness: finding.witness ?? null } }),
        })),
      },
    ],
  };
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
