import { effectFailure } from '../../../stacks/failure.ts';

const maxReadings = 4;

/**
 * A whole list of GitHub's. Pages are cut by counting, so what is deleted while they are read makes an entry slip from
 * one page to the one before and be seen by nobody: a list of several pages is read until two readings are alike.
 */
export async function readList<Item>(
  what: string,
  read: () => AsyncIterable<{ data: Item[] }>,
  identify: (item: Item) => string,
): Promise<Item[]> {
  let { items, pages } = await readOnce(read);
  if (pages < 2) return items;
  for (let reading = 1; reading < maxReadings; reading += 1) {
    const again = await readOnce(read);
    const isSame =
      again.items.length === items.length &&
      again.items.every((item, index) => identify(item) === identify(items[index] ?? item));
    ({ items, pages } = again);
    if (isSame) return items;
  }
  throw effectFailure(
    'github-changing',
    `the ${what} of the pull request changed each time they were read; run the job again`,
    true,
  );
}

async function readOnce<Item>(
  read: () => AsyncIterable<{ data: Item[] }>,
): Promise<{ items: Item[]; pages: number }> {
  const items: Item[] = [];
  let pages = 0;
  for await (const { data } of read()) {
    pages += 1;
    items.push(...data);
  }
  return { items, pages };
}
