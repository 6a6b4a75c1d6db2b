/** The words of a key's name, in lower case: `maxPoolSize`, `MAX_POOL_SIZE` and `max-pool-size` have the same. */
export function wordsOf(name: string): string[] {
  return name
    .slice(0, longestName)
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .split(/[^A-Za-z\d]+/)
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase());
}

/** Longer names are no names that people gave. */
const longestName = 200;

/** Keys that say nothing by themselves; what they mean stands one level up. */
const generic = new Set([
  'value',
  'val',
  'default',
  'amount',
  'current',
  'enabled',
  'enable',
  'active',
  'on',
]);

/** The words that tell what a value is about: of its key, and of its parent's where the key says nothing by itself. */
export function meaningOf(names: readonly string[]): string[] {
  const own = wordsOf(names.at(-1) ?? '');
  const saysNothing = own.every((word) => generic.has(word));
  return saysNothing ? [...wordsOf(names.at(-2) ?? ''), ...own] : own;
}

// The head noun of a name is its last word: an `idleTimeout` is a timeout, a `timeoutId` an id.
const nominal = new Set(
  [
    'port ports id ids uid gid pid version versions build date dates timestamp stamp year seed account accounts',
    'revision commit sha hash digest checksum tag serial number code codes zip phone color colour epoch',
    'generation level verbosity priority order index position offset timezone mode umask mask asn vlan key',
    'x y lat lon lng left top width height ticket issue line page row column chapter db partition slot channel at release patch major minor iid guid uuid etag nonce salt latitude longitude',
  ]
    .join(' ')
    .split(' '),
);

/** Whether a number under this name names something instead of measuring it: ten times a port is not ten times anything. */
export function isNominal(words: readonly string[]): boolean {
  const head = words.findLast((word) => !generic.has(word) && !/^\d+$/.test(word));
  return head !== undefined && nominal.has(head);
}

// What is counted or assigned as a whole number, and never anything else.
const numeric = wordSet(
  'port ports uid gid pid year seed epoch timestamp priority order index position offset db partition slot',
);

/** Whether a value under this name may be a number now and text the next time: `tag: 12` and `tag: 12-alpine`. */
export function mayBeText(words: readonly string[]): boolean {
  return isNominal(words) && !hasWord(words, numeric);
}

export function hasWord(words: readonly string[], wanted: ReadonlySet<string>): boolean {
  return words.some((word) => wanted.has(word));
}

export function wordSet(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/));
}
