import type { Finding, Span } from '../../analyzers/finding.ts';

/** Findings as SARIF 2.1.0, for code scanning. Columns count UTF-16 code units, which is SARIF's default. */
export function toSarif(findings: readonly Finding[], version: string): unknown {
  const ids = [...new Set(findings.map((finding) => finding.ruleId))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'evenkeel',
            version,
            rules: ids.map((id) => ({
              id,
              shortDescription: { text: id },
              help: { text: findings.find((finding) => finding.ruleId === id)?.remedy ?? '' },
            })),
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
                artifactLocation: { uri: encodeURI(finding.path) },
                ...(finding.span === undefined ? {} : { region: regionOf(finding.span) }),
              },
            },
          ],
          partialFingerprints: { evenkeel: finding.fingerprint },
          ...(finding.witness === undefined && finding.proof === undefined
            ? {}
            : { properties: { proof: finding.proof ?? null, witness: finding.witness ?? null } }),
        })),
      },
    ],
  };
}

function regionOf(span: Span): Record<string, number> {
  return {
    startLine: span.start.line,
    startColumn: span.start.column,
    endLine: span.end.line,
    endColumn: span.end.column,
  };
}
