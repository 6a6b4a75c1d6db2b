import type { ContractKind } from '../scope.ts';
import type { Contract } from './contract.ts';

/** Loaded when asked for: a change to one kind does not pay for the grammars of the others. */
export const loadContract: Partial<Record<ContractKind, () => Promise<Contract>>> = {
  graphql: async () => (await import('./graphql/contract.ts')).graphqlContract,
  asyncapi: async () => (await import('./asyncapi/contract.ts')).asyncapiContract,
  openapi: async () => (await import('./openapi/contract.ts')).openapiContract,
  avro: async () => (await import('./avro/contract.ts')).avroContract,
  protobuf: async () => (await import('./protobuf/contract.ts')).protobufContract,
  crd: async () => (await import('./crd/contract.ts')).crdContract,
  'json-schema': async () => (await import('./json-schema/contract.ts')).jsonSchemaContract,
};
