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
import { recordProvider, recordsVariable } from './process-record.ts';
import type { ResourceHandler } from './resource-handler.ts';
import { routerResource } from './router-resource.ts';
import { sharesResource } from './shares-resource.ts';
import { unwrapProperties } from './unwrap-properties.ts';

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

const calledOff = new AbortController();
let underWay = 0;

/** A `Failure` crosses the Pulumi CLI as one encoded word, and is a `Failure` again on the other side. */
async function guarded<Value>(work: () => Promise<Value>): Promise<Value> {
  underWay++;
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure) throw new Error(encodeFailure(error), { cause: error });
    throw error;
  } finally {
    underWay--;
  }
}

const provider: Provider = {
  version: '0.1.0',
  check: (_urn, _olds, news): Promise<CheckResult> => Promise.resolve({ inputs: news as unknown }),
  diff(_id, urn, olds, news): Promise<DiffResult> {
    const handler = handlerOf(urn);
    const before = unwrapProperties(olds);
    const after = unwrapProperties(news);
    const changed = Object.keys(after).filter(
      (key) => JSON.stringify(sorted(before[key])) !== JSON.stringify(sorted(after[key])),
    );
    const replaces = changed.filter((key) => handler.replaceOn.includes(key));
    // Two of one name would share a directory or a port, so the earlier one goes first.
    return Promise.resolve({
      changes: handler.isAlwaysUpdated || changed.length > 0,
      replaces,
      deleteBeforeReplace: true,
    });
  },
  create: (urn, inputs): Promise<CreateResult> =>
    guarded(() => handlerOf(urn).create(unwrapProperties(inputs), calledOff.signal)),
  update: (id, urn, olds, news): Promise<UpdateResult> =>
    guarded(async () => ({
      outs: await handlerOf(urn).update(id, unwrapProperties(olds), unwrapProperties(news)),
    })),
  read: (id, urn, properties): Promise<ReadResult> =>
    guarded(async () => {
      const found = await handlerOf(urn).read(id, unwrapProperties(properties));
      return found === null ? {} : { id, props: found };
    }),
  delete: (id, urn, properties): Promise<void> =>
    guarded(() => handlerOf(urn).remove(id, unwrapProperties(properties), calledOff.signal)),
  cancel(): Promise<void> {
    calledOff.abort();
    return Promise.resolve();
  },
};

/** Objects with their keys in order: the order is not kept on the way through Pulumi's state. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/**
 * A CLI that was killed asks for nothing any more and knows nothing of what is being started for it: that is ended, and
 * so is this process. On POSIX a process whose parent is gone gets another one.
 */
function endWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid === parent) return;
    calledOff.abort();
    if (underWay === 0) process.exit(0);
  }, 100).unref();
}

recordProvider(process.env[recordsVariable]);
endWithParent();
await pulumiProvider.main(provider, process.argv.slice(2));
