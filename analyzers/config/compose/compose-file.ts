import { entriesOf, isObject, pointerTo, type ParsedDocument } from '../../document/document.ts';

type Node = Readonly<Record<string, unknown>>;

/** Something that a service names, and that has to be declared beside it. */
export interface ComposeReference {
  kind: 'service' | 'network' | 'volume' | 'secret' | 'config';
  name: string;
  service: string;
  pointer: string;
}

/** A port of the host that a service takes for itself. */
export interface PublishedPort {
  service: string;
  address: string;
  port: number;
  protocol: string;
  pointer: string;
}

export function isComposePath(path: string): boolean {
  return /(^|\/)(docker-)?compose[^/]*\.ya?ml$/i.test(path);
}

/** The content of a Compose file; undefined for every other one. */
export function composeIn(path: string, document: ParsedDocument | undefined): Node | undefined {
  if (document?.ok !== true || !isObject(document.value) || !/\.ya?ml$/i.test(path)) return undefined;
  const { services } = document.value;
  if (!isObject(services)) return undefined;
  const isService = (service: unknown) =>
    isObject(service) && ['image', 'build', 'extends'].some((key) => service[key] !== undefined);
  const list = Object.values(services);
  return isComposePath(path) || (list.length > 0 && list.every(isService)) ? document.value : undefined;
}

const declared = {
  service: 'services',
  network: 'networks',
  volume: 'volumes',
  secret: 'secrets',
  config: 'configs',
};

export function isDeclared(compose: Node, { kind, name }: ComposeReference): boolean {
  const names = compose[declared[kind]];
  return (isObject(names) && Object.hasOwn(names, name)) || (kind === 'network' && name === 'default');
}

function servicesOf(compose: Node): [string, Node, string][] {
  return entriesOf(compose['services']).flatMap(([name, value]) =>
    isObject(value) ? [[name, value, pointerTo('/services', name)]] : [],
  );
}

/** Everything that the services of a file name. What a variable fills in is not known. */
export function referencesIn(compose: Node): ComposeReference[] {
  const references: ComposeReference[] = [];
  for (const [service, value, pointer] of servicesOf(compose)) {
    const add = (kind: ComposeReference['kind'], name: unknown, at: string) => {
      if (typeof name === 'string' && name !== '' && !name.includes('$')) {
        references.push({ kind, name, service, pointer: `${pointer}${at}` });
      }
    };
    for (const [kind, key] of [
      ['service', 'depends_on'],
      ['network', 'networks'],
    ] as const) {
      for (const [name, at, entry] of namesIn(value[key])) {
        const isOptional = kind === 'service' && isObject(entry) && entry['required'] === false;
        if (!isOptional) add(kind, name, `/${key}${at}`);
      }
    }
    for (const [name, at] of namesIn(value['links'])) add('service', name.split(':')[0], `/links${at}`);
    for (const [kind, key] of [
      ['secret', 'secrets'],
      ['config', 'configs'],
    ] as const) {
      for (const [index, entry] of itemsIn(value[key])) {
        add(kind, isObject(entry) ? entry['source'] : entry, `/${key}/${index}`);
      }
    }
    for (const [index, entry] of itemsIn(value['volumes']))
      add('volume', volumeOf(entry), `/volumes/${index}`);
    const { extends: extended, network_mode: mode } = value;
    if (typeof extended === 'string') add('service', extended, '/extends');
    else if (isObject(extended) && extended['file'] === undefined)
      add('service', extended['service'], '/extends/service');
    if (typeof mode === 'string' && mode.startsWith('service:'))
      add('service', mode.slice(8), '/network_mode');
  }
  return references;
}

/** A list of names, or a map whose keys they are. */
function namesIn(value: unknown): [name: string, at: string, entry: unknown][] {
  if (Array.isArray(value)) {
    return itemsIn(value).flatMap(([index, name]) =>
      typeof name === 'string' ? [[name, `/${index}`, undefined]] : [],
    );
  }
  return entriesOf(value).map(([name, entry]) => [name, pointerTo('', name), entry]);
}

function itemsIn(value: unknown): [number, unknown][] {
  return Array.isArray(value) ? value.map((item: unknown, index) => [index, item]) : [];
}

/** The named volume of a mount; undefined for a directory of the host, or one without a name. */
function volumeOf(entry: unknown): string | undefined {
  if (isObject(entry)) {
    const { type, source } = entry;
    return type === 'volume' && typeof source === 'string' ? source : undefined;
  }
  if (typeof entry !== 'string') return undefined;
  const [source = '', target] = entry.split(':');
  return target !== undefined && /^[A-Za-z0-9][\w.-]+$/.test(source) ? source : undefined;
}

/** The ports of the host, of services that always run together. */
export function publishedPorts(compose: Node): PublishedPort[] {
  return servicesOf(compose).flatMap(([service, value, pointer]) => {
    if (value['profiles'] !== undefined) return [];
    return itemsIn(value['ports']).flatMap(([index, entry]) =>
      portsIn(entry).map((port) => ({ ...port, service, pointer: `${pointer}/ports/${index}` })),
    );
  });
}

const maxRange = 1_000;

function portsIn(entry: unknown): Pick<PublishedPort, 'address' | 'port' | 'protocol'>[] {
  let [address, published, protocol]: [unknown, unknown, unknown] = ['', undefined, 'tcp'];
  if (isObject(entry))
    [address, published, protocol] = [entry['host_ip'], entry['published'], entry['protocol']];
  else if (typeof entry === 'string') {
    const found = /^(?:(\[[^\]]*\]|[\d.]+):)?(\d+(?:-\d+)?):\d+(?:-\d+)?(?:\/(tcp|udp|sctp))?$/.exec(entry);
    [, address, published, protocol] = found ?? [];
  }
  const range = /^(\d+)(?:-(\d+))?$/.exec(
    typeof published === 'number' ? `${published}` : typeof published === 'string' ? published : '',
  );
  if (range === null) return [];
  const [first, last] = [Number(range[1]), Number(range[2] ?? range[1])];
  const count = Math.min(maxRange, last - first + 1);
  return Array.from({ length: Math.max(0, count) }, (_, index) => ({
    address: typeof address === 'string' ? address : '',
    port: first + index,
    protocol: typeof protocol === 'string' ? protocol : 'tcp',
  }));
}

/** Files and directories that services need, from the Compose file's own directory. */
export function pathsIn(compose: Node): { path: string; what: string; service: string; pointer: string }[] {
  return servicesOf(compose).flatMap(([service, value, pointer]) => {
    const found: { path: unknown; what: string; at: string }[] = [];
    const { build, env_file: files } = value;
    if (typeof build === 'string') found.push({ path: build, what: 'build context', at: '/build' });
    else if (isObject(build))
      found.push({ path: build['context'], what: 'build context', at: '/build/context' });
    if (typeof files === 'string') found.push({ path: files, what: 'env_file', at: '/env_file' });
    for (const [index, entry] of itemsIn(files)) {
      const isOptional = isObject(entry) && entry['required'] === false;
      const path = isObject(entry) ? entry['path'] : entry;
      if (!isOptional) found.push({ path, what: 'env_file', at: `/env_file/${index}` });
    }
    return found.flatMap(({ path, what, at }) =>
      typeof path === 'string' && !/[$:]/.test(path)
        ? [{ path, what, service, pointer: `${pointer}${at}` }]
        : [],
    );
  });
}
