import { statusOf } from './octokit.ts';

/** Makes something at most once: when making it fails, it is looked for before it is made again. */
export async function findOrCreate<Made>(
  find: () => Promise<Made | undefined>,
  create: () => Promise<Made>,
): Promise<Made> {
  for (let attempt = 1; ; attempt++) {
    const found = await find();
    if (found !== undefined) return found;
    try {
      return await create();
    } catch (error) {
      if (attempt >= 3 || (statusOf(error) ?? 500) < 500) throw error;
    }
  }
}
