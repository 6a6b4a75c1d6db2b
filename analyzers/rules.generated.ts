// Written by `npm run generate` from analyzers/<kind>/rules/*.ts and analyzers/schema/<kind>/rules.ts. Do not edit.
import type { RuleDescription } from './analyzer.ts';
import { forbidSecrets as configForbidSecrets } from './config/rules/forbid-secrets.ts';
import { matchSchema as configMatchSchema } from './config/rules/match-schema.ts';
import { parseSyntax as configParseSyntax } from './config/rules/parse-syntax.ts';
import { questionMagnitude as configQuestionMagnitude } from './config/rules/question-magnitude.ts';
import { keepCompatible as schemaKeepCompatible } from './schema/rules/keep-compatible.ts';
import { keepRequiredField as schemaKeepRequiredField } from './schema/rules/keep-required-field.ts';
import { parseSyntax as schemaParseSyntax } from './schema/rules/parse-syntax.ts';
import { forbidDestructive as sqlForbidDestructive } from './sql/rules/forbid-destructive.ts';
import { forbidEditedMigration as sqlForbidEditedMigration } from './sql/rules/forbid-edited-migration.ts';
import { parseSyntax as sqlParseSyntax } from './sql/rules/parse-syntax.ts';
import { requireLockTimeout as sqlRequireLockTimeout } from './sql/rules/require-lock-timeout.ts';
import { forbidConflictMarkers as codeForbidConflictMarkers } from './code/rules/forbid-conflict-markers.ts';
import { forbidUnreadable as codeForbidUnreadable } from './code/rules/forbid-unreadable.ts';
import { matchLockfile as codeMatchLockfile } from './code/rules/match-lockfile.ts';
import { passCommands as codePassCommands } from './code/rules/pass-commands.ts';
import { keepStateful as infraKeepStateful } from './infra/rules/keep-stateful.ts';
import { parseSyntax as infraParseSyntax } from './infra/rules/parse-syntax.ts';
import { previewSucceeds as infraPreviewSucceeds } from './infra/rules/preview-succeeds.ts';

export const configRules = [
  configForbidSecrets,
  configMatchSchema,
  configParseSyntax,
  configQuestionMagnitude,
] as const;
export const schemaRules = [
  schemaKeepCompatible,
  schemaKeepRequiredField,
  schemaParseSyntax,
] as const;
export const sqlRules = [
  sqlForbidDestructive,
  sqlForbidEditedMigration,
  sqlParseSyntax,
  sqlRequireLockTimeout,
] as const;
export const codeRules = [
  codeForbidConflictMarkers,
  codeForbidUnreadable,
  codeMatchLockfile,
  codePassCommands,
] as const;
export const infraRules = [
  infraKeepStateful,
  infraParseSyntax,
  infraPreviewSucceeds,
] as const;

/** Every rule of every kind, for SARIF and documentation. */
export const ruleTable: readonly RuleDescription[] = [
  ...configRules,
  ...schemaRules,
  ...sqlRules,
  ...codeRules,
  ...infraRules,
];
