import { createHash } from 'node:crypto';
import { defineRule } from '../../analyzer.ts';
import { LineIndex, type Report } from '../../finding.ts';
import type { ConfigSubject } from '../document.ts';
import { mayHoldSecret } from '../may-hold-secret.ts';

interface FoundSecret {
  /** What kind of secret it looks like: `AWSSecretAccessKey`, `GITHUB_TOKEN`, ... */
  name: string;
  range: readonly [number, number];
}

/** A secret in a file is in every clone and every log of it. The report names its kind and place, never its text. */
export const forbidSecrets = defineRule<ConfigSubject>({
  id: 'config/forbid-secrets',
  level: 'error',
  covers: ['add'],
  problem:
    'Whoever can read the repository, or a log of it, holds the secret; removing it later does not help.',
  remedy: 'Revoke the secret, and put a reference in its place that is resolved where the service runs.',
  async check(subject) {
    const { text, path } = subject;
    if (!subject.isChanged || text === undefined) return [];
    const found = await findSecrets(path, text);
    if (found.length === 0) return [];
    const known = await knownSecrets(subject);
    const lines = new LineIndex(text);
    const reports: Report[] = [];
    const counts = new Map<string, number>();
    for (const { name, range } of found) {
      const secret = text.slice(range[0], range[1]);
      if (known.has(secret)) continue;
      // The key ends up in a digest only. Whoever answers for one secret does not for the next one in its place.
      const same = `${name}:${createHash('sha256').update(secret).digest('hex')}`;
      const count = counts.get(same) ?? 0;
      counts.set(same, count + 1);
      const key = `${same}:${count}`;
      const message = `this looks like a secret (${name})`;
      reports.push({ path, key, message, span: lines.span(range[0], range[1]) });
    }
    return reports;
  },
});

// What the base holds already is not of this change's making.
async function knownSecrets(subject: ConfigSubject): Promise<Set<string>> {
  const before = subject.before();
  if (before === undefined) return new Set();
  const found = await findSecrets(before.path, before.text);
  return new Set(found.map(({ range }) => before.text.slice(range[0], range[1])));
}

let loading: ReturnType<typeof loadEngine> | undefined;

// Loaded at the first file: commands that check nothing do not pay for it.
async function loadEngine() {
  const [{ lintSource }, { creator }, { secretLintProfiler }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
    import('@secretlint/profiler'),
  ]);
  // It takes more time than the search for secrets does.
  secretLintProfiler.setEnabled(false);
  return { lintSource, config: { rules: [{ id: creator.meta.id, rule: creator }] } };
}

async function findSecrets(path: string, text: string): Promise<FoundSecret[]> {
  if (!mayHoldSecret(path, text)) return [];
  // A comment in the changed file would otherwise switch its own check off; a waiver is how that is done.
  const content = text.replaceAll('secretlint-', 'secretlint_');
  loading ??= loadEngine();
  const { lintSource, config } = await loading;
  const ext = path.slice(path.lastIndexOf('.'));
  const { messages } = await lintSource({
    source: { filePath: path, content, ext, contentType: 'text' },
    options: { config, noPhysicFilePath: true },
  });
  const found = messages.map(({ messageId, range }): FoundSecret => ({ name: messageId, range }));
  return found.sort((a, b) => a.range[0] - b.range[0]);
}
