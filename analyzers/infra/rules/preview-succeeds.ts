import { defineRule } from '../../analyzer.ts';
import type { Report } from '../../finding.ts';
import type { InfraSubject } from '../document.ts';

const outcomes = {
  failed: 'failed',
  'timed-out': 'did not end in time',
  'not-started': 'could not be started',
} as const;

export const previewSucceeds = defineRule<InfraSubject>({
  id: 'infra/preview-succeeds',
  level: 'error',
  covers: ['add', 'remove', 'narrow', 'widen', 'rename'],
  problem: 'Nobody can say what this change would do to the infrastructure.',
  remedy: 'Run pulumi preview in the directory of the program, and make it pass.',
  *check({ changes, previews }, { scope }): Iterable<Report> {
    for (const preview of previews) {
      if (preview.outcome === 'previewed') continue;
      const said = plain(preview.message);
      const message = `the preview of ${preview.path} ${outcomes[preview.outcome]}${said === '' ? '' : `: ${said}`}`;
      yield { path: preview.path, key: 'preview', message };
    }
    const [first] = changes;
    if (first !== undefined && previews.length === 0) {
      const message = `the infrastructure of ${scope.name} changed, and no preview of it was made`;
      yield { path: first.path, key: 'none', level: 'warning', proof: 'unproven', message };
    }
  },
});

// What Pulumi prints reaches terminals and logs, so nothing in it may steer them.
function plain(text: string): string {
  return text
    .replaceAll(/\u001B\[[0-?]*[ -/]*[@-~]/g, '')
    .replaceAll(/[^\P{Cc}\n\t]|\p{Bidi_Control}/gu, '')
    .trim()
    .slice(-2000);
}
