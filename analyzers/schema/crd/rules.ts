import type { RuleDescription } from '../../analyzer.ts';

/** What can go wrong between two versions of a CustomResourceDefinition. */
export const crdRules = [
  {
    id: 'crd/parse-definition',
    level: 'error',
    covers: ['add'],
    problem: 'The file holds no CustomResourceDefinition that can be read, so the API server refuses it.',
    remedy: 'Correct the file at this place.',
  },
  {
    id: 'crd/keep-definition',
    level: 'error',
    covers: ['remove'],
    problem: 'When a CustomResourceDefinition is deleted, every object of its kind is deleted with it.',
    remedy: 'Keep the definition until no object of this kind is left in any cluster.',
  },
  {
    id: 'crd/keep-names',
    level: 'error',
    covers: ['rename'],
    problem:
      'Clients and stored objects refer to the kind by group, kind, plural and scope, none of which can change.',
    remedy: 'Define the new kind beside the former one, and move the objects over.',
  },
  {
    id: 'crd/keep-version',
    level: 'error',
    covers: ['remove', 'rename'],
    problem:
      'Clients and manifests that name the version are refused, and what is stored in it cannot be read.',
    remedy:
      'Keep the version served until no client names it, and listed until status.storedVersions is free of it.',
  },
  {
    id: 'crd/keep-storage',
    level: 'warning',
    covers: ['add', 'rename'],
    problem: 'Objects that are stored in the former version stay so until they are written again.',
    remedy:
      'Let the storage version take whatever the former one took, migrate the stored objects, and only then remove it.',
  },
  {
    id: 'crd/keep-conversion',
    level: 'warning',
    covers: ['remove', 'rename'],
    problem: 'Objects that are written in one version and read in another change or lose fields on the way.',
    remedy: 'Convert between the versions by a webhook, or let their schemas hold the same fields.',
  },
  {
    id: 'crd/keep-subresource',
    level: 'error',
    covers: ['add', 'remove'],
    problem:
      'Controllers and autoscalers use the subresource, and the API server no longer answers them there.',
    remedy: 'Keep the subresource, with the same paths, until nothing uses it.',
  },
  {
    id: 'crd/keep-selectable-field',
    level: 'error',
    covers: ['remove', 'rename'],
    problem: 'List and watch requests that select by the field are refused.',
    remedy: 'Keep the field selectable until no client selects by it.',
  },
  {
    id: 'crd/keep-column',
    level: 'note',
    covers: ['remove', 'rename'],
    problem: 'Scripts that read the table of `kubectl get` no longer find the column.',
    remedy: 'Make sure that nobody reads the table by this column.',
  },
  {
    id: 'crd/keep-field',
    level: 'error',
    covers: ['remove', 'rename'],
    problem:
      'Stored objects lose the field without a word, because the API server prunes what the schema lacks.',
    remedy: 'Keep the field, described as deprecated, until no stored object holds it.',
  },
  {
    id: 'crd/keep-optional',
    level: 'error',
    covers: ['add', 'narrow'],
    problem: 'Stored objects without it cannot be updated any more, and manifests without it are refused.',
    remedy: 'Let it be optional, or give it a default.',
  },
  {
    id: 'crd/keep-values',
    level: 'error',
    covers: ['narrow'],
    problem: 'Stored objects cannot be updated any more, and manifests that were valid are refused.',
    remedy: 'Accept the former values as well, or narrow in a new version with a conversion.',
  },
  {
    id: 'crd/keep-provided',
    level: 'error',
    covers: ['widen'],
    problem:
      'Clients that were not updated read a value, or the lack of one, that they were promised not to.',
    remedy: 'Keep the promise in this version, and widen in a new one.',
  },
  {
    id: 'crd/keep-list-type',
    level: 'error',
    covers: ['narrow', 'widen', 'rename'],
    problem:
      'Server-side apply merges the list or map in another way, so appliers overwrite each other or are refused.',
    remedy: 'Keep the type and its keys, or change them in a new version.',
  },
  {
    id: 'crd/keep-default',
    level: 'warning',
    covers: ['add', 'remove', 'narrow'],
    problem: 'Stored objects without the field mean something else from now on.',
    remedy: 'Keep the default, or write the former one into the stored objects first.',
  },
  {
    id: 'crd/keep-rule',
    level: 'error',
    covers: ['add', 'narrow'],
    problem: 'Objects that were valid violate the validation rule, so that they cannot be written any more.',
    remedy: 'Let the rule hold for whatever was valid before, or add it in a new version.',
  },
] as const satisfies readonly RuleDescription[];

export type CrdRuleId = (typeof crdRules)[number]['id'];
