import { matchesGlobs } from '../claim.ts';
import type { PreviewStep } from '../scope.ts';

/**
 * Resource types that hold something which is gone for good when they are destroyed: data, keys, names and addresses
 * that others know. Per package, `module Type`: a type token is `package:module/file:Type`, and only the module's first
 * part tells types of one name apart. Source: the resource lists of Pulumi's registry.
 */
const statefulTypes: Readonly<Record<string, readonly string[]>> = {
  aws: [
    ...[
      's3 Bucket',
      's3 BucketV2',
      'dynamodb Table',
      'dynamodb GlobalTable',
      'efs FileSystem',
      'fsx LustreFileSystem',
    ],
    ...[
      'rds Instance',
      'rds Cluster',
      'rds ClusterInstance',
      'rds GlobalCluster',
      'neptune Cluster',
      'docdb Cluster',
    ],
    ...[
      'redshift Cluster',
      'elasticache Cluster',
      'elasticache ReplicationGroup',
      'memorydb Cluster',
      'msk Cluster',
    ],
    ...['opensearch Domain', 'elasticsearch Domain', 'kinesis Stream', 'sqs Queue', 'sns Topic', 'mq Broker'],
    ...[
      'ebs Volume',
      'ec2 Instance',
      'ec2 Eip',
      'ec2 Vpc',
      'eks Cluster',
      'backup Vault',
      'glacier Vault',
      'qldb Ledger',
    ],
    ...[
      'kms Key',
      'secretsmanager Secret',
      'ssm Parameter',
      'cognito UserPool',
      'route53 Zone',
      'ecr Repository',
    ],
    ...['cloudwatch LogGroup', 'timestreamwrite Table', 'keyspaces Table', 'glue CatalogDatabase'],
  ],
  'aws-native': [
    ...[
      's3 Bucket',
      'dynamodb Table',
      'dynamodb GlobalTable',
      'rds DbInstance',
      'rds DbCluster',
      'efs FileSystem',
    ],
    ...[
      'ec2 Volume',
      'ec2 Eip',
      'kinesis Stream',
      'sqs Queue',
      'kms Key',
      'secretsmanager Secret',
      'cognito UserPool',
    ],
    ...[
      'route53 HostedZone',
      'elasticache ReplicationGroup',
      'redshift Cluster',
      'ecr Repository',
      'logs LogGroup',
    ],
    ...['eks Cluster', 'opensearchservice Domain'],
  ],
  gcp: [
    ...[
      'storage Bucket',
      'sql DatabaseInstance',
      'sql Database',
      'spanner Instance',
      'spanner Database',
      'alloydb Cluster',
    ],
    ...[
      'bigtable Instance',
      'bigtable Table',
      'bigquery Dataset',
      'bigquery Table',
      'firestore Database',
      'redis Instance',
    ],
    ...['filestore Instance', 'compute Disk', 'compute RegionDisk', 'compute Instance', 'compute Address'],
    ...[
      'compute GlobalAddress',
      'container Cluster',
      'pubsub Topic',
      'pubsub Subscription',
      'dns ManagedZone',
    ],
    ...[
      'kms KeyRing',
      'kms CryptoKey',
      'secretmanager Secret',
      'artifactregistry Repository',
      'organizations Project',
    ],
  ],
  'azure-native': [
    ...['storage StorageAccount', 'storage BlobContainer', 'storage FileShare', 'sql Server', 'sql Database'],
    ...['sql ManagedInstance', 'dbforpostgresql Server', 'dbforpostgresql Database', 'dbformysql Server'],
    ...[
      'documentdb DatabaseAccount',
      'documentdb SqlResourceSqlDatabase',
      'documentdb SqlResourceSqlContainer',
    ],
    ...['cosmosdb DatabaseAccount', 'cosmosdb SqlResourceSqlDatabase', 'cosmosdb SqlResourceSqlContainer'],
    ...['cache Redis', 'redis Redis', 'keyvault Vault', 'keyvault Key', 'keyvault Secret', 'compute Disk'],
    ...['compute VirtualMachine', 'containerservice ManagedCluster', 'eventhub EventHub', 'servicebus Queue'],
    ...[
      'servicebus Topic',
      'network Zone',
      'dns Zone',
      'network PublicIPAddress',
      'containerregistry Registry',
    ],
    ...['resources ResourceGroup'],
  ],
  kubernetes: [
    ...[
      'core PersistentVolumeClaim',
      'core PersistentVolume',
      'core Namespace',
      'core Secret',
      'apps StatefulSet',
    ],
    'apiextensions.k8s.io CustomResourceDefinition',
  ],
  random: ['index RandomPassword', 'index RandomId', 'index RandomString', 'index RandomUuid'],
  tls: ['index PrivateKey'],
};

/** Why a resource must not be destroyed without a look, or undefined when nothing is known against it. */
export function statefulReason(step: PreviewStep, globs: readonly string[]): string | undefined {
  if (step.protect) return 'it is protected';
  if (globs.some((glob) => matchesToken(step.type, glob) || matchesGlobs(step.name, [glob]))) {
    return 'the policy lists it as stateful';
  }
  const [packageName = '', module = '', type = ''] = step.type.split(':');
  const known = Object.hasOwn(statefulTypes, packageName) ? (statefulTypes[packageName] ?? []) : [];
  return known.includes(`${module.split('/')[0] ?? ''} ${type}`) ? 'it holds state' : undefined;
}

// A type token has slashes in it that separate nothing, so a star passes them.
function matchesToken(token: string, glob: string): boolean {
  return matchesGlobs(token.replaceAll('/', ':'), [glob.replaceAll('/', ':')]);
}
