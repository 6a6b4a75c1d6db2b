/** Appends until it is stopped, or as often as asked, and prints each place that was announced: `DIRECTORY [COUNT]`. */
import { openAuditLog } from '../../action/audit-log/directory-store.ts';

const [directory = '', count = 'Infinity'] = process.argv.slice(2);
const log = openAuditLog(directory, { now: () => new Date() });
for (let done = 0; done < Number(count); done++) {
  const entry = log.append({
    actor: { kind: 'automation', name: `process ${process.pid}` },
    event: 'effect.intended',
    inputs: { done },
  });
  process.stdout.write(`${entry.sequence}\n`);
}
log.close();
