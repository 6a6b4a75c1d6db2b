import { printable } from '../report/describe-finding.ts';

/**
 * Text from a repository as plain words inside Markdown: no markup, HTML, link, mention or issue reference of it
 * comes alive. A trust boundary: names of files are chosen by whoever opens a pull request.
 */
export function escapeMarkdown(text: string): string {
  return (
    printable(text)
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/[\\`*_{}[\]()#+!|~$-]/g, '\\$&')
      // GitHub looks for mentions, references and links after Markdown, so a backslash would not stop it.
      .replace(/(#|\bGH\\-)(?=\d)/gi, '$1<!-- -->')
      .replace(/@/g, '&#64;<!-- -->')
      .replace(/:\/\//g, ':<!-- -->//')
      .replace(/www\./gi, 'www<!-- -->.')
  );
}
