import { inputFailure, type Failure } from '../../failure.ts';

/** The public port belongs to somebody else: its answers must never be taken for the service's. */
export function portInUse(port: number): Failure {
  return inputFailure(
    'port-in-use',
    `port ${port} on 127.0.0.1 is in use by another process; stop it (\`ss -ltnp sport = :${port}\` names it), or give the service another port under \`run.port\``,
  );
}
