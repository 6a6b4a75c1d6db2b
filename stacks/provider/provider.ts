/**
 * Our Pulumi provider as a process: prints its port and nothing else on standard output. Effects happen here and only
 * when Pulumi asks for them, so a preview does nothing.
 */
import type {
  CheckResult,
  CreateResult,
  DiffResult,
  Provider,
  ReadResult,
  UpdateResult,
} from '@pulumi/pulumi/provider/index.js';
import * as pulumiProvider from '@pulumi/pulumi/provider/index.js';
import { Failure } from '../failure.ts';
import { encodeFailure } from './failure-line.ts';
import { instanceResource } from './instance-resource.ts';
import { routerResource } from './router-resource.ts';
import { sharesResource } from './shares-resource.ts';

/** What one resource type does. Inputs and outputs are JSON; `outs` always hold the inputs as well. */
export interface ResourceHandler {
  create(inputs: unknown): Promise<{ id: string; outs: Record<string, unknown> }>;
  update(id: string, outs: unknown, inputs: unknown): Promise<Record<string, unknown>>;
  /** Properties whose change needs another resource instead of an update. */
  replaceOn: readonly string[];
  read(id: string, outs: unknown): Promise<boolean>;
  remove(id: string, outs: unknown): Promise<void>;
}

const handlers: Record<string, ResourceHandler> = {
  'evenkeel:local:Instance': instanceResource,
  'evenkeel:local:Router': routerResource,
  'evenkeel:local:Shares': sharesResource,
};

function handlerOf(urn: string): ResourceHandler {
  const type = urn.split('::')[2]?.split('$').at(-1) ?? '';
  const handler = handlers[type];
  if (handler === undefined) throw new Error(`unknown resource type ${type}`);
  return handler;
}

/** A `Failure` crosses the Pulumi CLI as one encoded word, and is a `Failure` again on the other side. */
async function guarded<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure) throw new Error(encodeFailure(error), { cause: error });
    throw error;
  }
}

const provider: Provider = {
  version: '0.1.0',
  check: (_urn, _olds, news): Promise<CheckResult> => Promise.resolve({ inputs: news as unknown }),
  diff(_id, urn, olds, news): Promise<DiffResult> {
    const before = unwrap(olds);
    const after = unwrap(news);
    const changed = Object.keys(after).filter(
      (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
    );
    const replaces = changed.filter((key) => handlerOf(urn).replaceOn.includes(key));
    return Promise.resolve({ changes: changed.length > 0, replaces });
  },
  create: (urn, inputs): Promise<CreateResult> => guarded(() => handlerOf(urn).create(unwrap(inputs))),
  update: (id, urn, olds, news): Promise<UpdateResult> =>
    guarded(async () => ({ outs: await handlerOf(urn).update(id, unwrap(olds), unwrap(news)) })),
  read: (id, urn, props): Promise<ReadResult> =>
    guarded(async () =>
      (await handlerOf(urn).read(id, unwrap(props))) ? { id, props: props as unknown } : {},
    ),
  delete: (id, urn, props): Promise<void> => guarded(() => handlerOf(urn).remove(id, unwrap(props))),
};

const secretSignature = '1b47061264138c4ac30d75fd1eb44270';
const signatureKey = '4dabf18193072939515e22adb298388d';

/** Pulumi hands secrets over wrapped; here they are needed as what they are. */
function unwrap(value: unknown): Record<string, unknown> {
  const plain = unwrapAny(value);
  return typeof plain === 'object' && plain !== null && !Array.isArray(plain)
    ? Object.fromEntries(Object.entries(plain))
    : {};
}

function unwrapAny(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapAny);
  if (typeof value !== 'object' || value === null) return value;
  if (Reflect.get(value, signatureKey) === secretSignature) return unwrapAny(Reflect.get(value, 'value'));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrapAny(inner)]));
}

await pulumiProvider.main(provider, process.argv.slice(2));
