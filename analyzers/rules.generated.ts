// Written by `npm run generate` from analyzers/<kind>/rules/*.ts and analyzers/schema/<kind>/rules.ts. Do not edit.
import type { RuleDescription } from './analyzer.ts';
import { forbidAmbiguousScalar as configForbidAmbiguousScalar } from './config/rules/forbid-ambiguous-scalar.ts';
import { forbidSecrets as configForbidSecrets } from './config/rules/forbid-secrets.ts';
import { keepEnvironment as configKeepEnvironment } from './config/rules/keep-environment.ts';
import { keepGuard as configKeepGuard } from './config/rules/keep-guard.ts';
import { keepKey as configKeepKey } from './config/rules/keep-key.ts';
import { keepPort as configKeepPort } from './config/rules/keep-port.ts';
import { keepProbe as configKeepProbe } from './config/rules/keep-probe.ts';
import { keepRelation as configKeepRelation } from './config/rules/keep-relation.ts';
import { keepSafeguard as configKeepSafeguard } from './config/rules/keep-safeguard.ts';
import { keepType as configKeepType } from './config/rules/keep-type.ts';
import { keepValue as configKeepValue } from './config/rules/keep-value.ts';
import { keepWorkflowPermissions as configKeepWorkflowPermissions } from './config/rules/keep-workflow-permissions.ts';
import { keepWorkload as configKeepWorkload } from './config/rules/keep-workload.ts';
import { leaveRange as configLeaveRange } from './config/rules/leave-range.ts';
import { lintWorkflow as configLintWorkflow } from './config/rules/lint-workflow.ts';
import { matchSchema as configMatchSchema } from './config/rules/match-schema.ts';
import { parseSyntax as configParseSyntax } from './config/rules/parse-syntax.ts';
import { questionFraction as configQuestionFraction } from './config/rules/question-fraction.ts';
import { questionMagnitude as configQuestionMagnitude } from './config/rules/question-magnitude.ts';
import { questionSecret as configQuestionSecret } from './config/rules/question-secret.ts';
import { questionSpelling as configQuestionSpelling } from './config/rules/question-spelling.ts';
import { questionUnit as configQuestionUnit } from './config/rules/question-unit.ts';
import { readHelmValue as configReadHelmValue } from './config/rules/read-helm-value.ts';
import { readKey as configReadKey } from './config/rules/read-key.ts';
import { resolveCompose as configResolveCompose } from './config/rules/resolve-compose.ts';
import { resolveReference as configResolveReference } from './config/rules/resolve-reference.ts';
import { resolveResource as configResolveResource } from './config/rules/resolve-resource.ts';
import { keepContract as schemaKeepContract } from './schema/rules/keep-contract.ts';
import { knowContract as schemaKnowContract } from './schema/rules/know-contract.ts';
import { parseSyntax as schemaParseSyntax } from './schema/rules/parse-syntax.ts';
import { forbidDestructive as sqlForbidDestructive } from './sql/rules/forbid-destructive.ts';
import { forbidEditedMigration as sqlForbidEditedMigration } from './sql/rules/forbid-edited-migration.ts';
import { keepName as sqlKeepName } from './sql/rules/keep-name.ts';
import { keepWrites as sqlKeepWrites } from './sql/rules/keep-writes.ts';
import { parseSyntax as sqlParseSyntax } from './sql/rules/parse-syntax.ts';
import { requireLockTimeout as sqlRequireLockTimeout } from './sql/rules/require-lock-timeout.ts';
import { forbidConflictMarkers as codeForbidConflictMarkers } from './code/rules/forbid-conflict-markers.ts';
import { forbidUnreadable as codeForbidUnreadable } from './code/rules/forbid-unreadable.ts';
import { matchLockfile as codeMatchLockfile } from './code/rules/match-lockfile.ts';
import { passCommands as codePassCommands } from './code/rules/pass-commands.ts';
import { keepStateful as infraKeepStateful } from './infra/rules/keep-stateful.ts';
import { parseSyntax as infraParseSyntax } from './infra/rules/parse-syntax.ts';
import { previewSucceeds as infraPreviewSucceeds } from './infra/rules/preview-succeeds.ts';
import { jsonSchemaRules } from './schema/json-schema/rules.ts';
import { openapiRules } from './schema/openapi/rules.ts';
import { asyncapiRules } from './schema/asyncapi/rules.ts';
import { avroRules } from './schema/avro/rules.ts';
import { protobufRules } from './schema/protobuf/rules.ts';
import { graphqlRules } from './schema/graphql/rules.ts';
import { crdRules } from './schema/crd/rules.ts';

export const configRules = [
  configForbidAmbiguousScalar,
  configForbidSecrets,
  configKeepEnvironment,
  configKeepGuard,
  configKeepKey,
  configKeepPort,
  configKeepProbe,
  configKeepRelation,
  configKeepSafeguard,
  configKeepType,
  configKeepValue,
  configKeepWorkflowPermissions,
  configKeepWorkload,
  configLeaveRange,
  configLintWorkflow,
  configMatchSchema,
  configParseSyntax,
  configQuestionFraction,
  configQuestionMagnitude,
  configQuestionSecret,
  configQuestionSpelling,
  configQuestionUnit,
  configReadHelmValue,
  configReadKey,
  configResolveCompose,
  configResolveReference,
  configResolveResource,
] as const;
export const schemaRules = [
  schemaKeepContract,
  schemaKnowContract,
  schemaParseSyntax,
] as const;
export const sqlRules = [
  sqlForbidDestructive,
  sqlForbidEditedMigration,
  sqlKeepName,
  sqlKeepWrites,
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
  ...jsonSchemaRules,
  ...openapiRules,
  ...asyncapiRules,
  ...avroRules,
  ...protobufRules,
  ...graphqlRules,
  ...crdRules,
];
