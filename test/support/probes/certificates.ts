import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An authority and certificates that it signed, made by openssl on the spot; paths of PEM files. */
export interface Certificates {
  ca: string;
  pathOf(name: string, part: 'cert' | 'key'): string;
  textOf(name: string, part: 'cert' | 'key'): string;
}

/** Each name gets a certificate for 127.0.0.1, 10.77.0.1 to 10.77.0.9 and localhost, good for a day. */
export function makeCertificates(directory: string, names: readonly string[]): Certificates {
  const run = (...args: string[]): unknown =>
    execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  run(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.cert',
    '-days',
    '1',
    '-subj',
    '/CN=authority of a test',
  );
  const places = [
    'DNS:localhost',
    'IP:127.0.0.1',
    ...Array.from({ length: 9 }, (_, index) => `IP:10.77.0.${index + 1}`),
  ];
  for (const name of names) {
    run(
      'req',
      '-x509',
      ...key,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.cert`,
      '-days',
      '1',
      '-subj',
      `/CN=${name}`,
      '-CA',
      'ca.cert',
      '-CAkey',
      'ca.key',
      '-addext',
      `subjectAltName=${places.join(',')}`,
      '-addext',
      'basicConstraints=critical,CA:FALSE',
    );
  }
  const pathOf = (name: string, part: 'cert' | 'key'): string => join(directory, `${name}.${part}`);
  return {
    ca: join(directory, 'ca.cert'),
    pathOf,
    textOf: (name, part) => readFileSync(pathOf(name, part), 'utf8'),
  };
}
