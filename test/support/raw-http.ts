import { connect } from 'node:net';

/** Sends these bytes and returns all that came back until the other side closed, or said nothing for `patienceMs`. */
export function exchangeBytes(port: number, bytes: Buffer | string, patienceMs = 2000): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = connect(port, '127.0.0.1', () => connection.write(bytes));
    const pieces: Buffer[] = [];
    const finish = (): void => {
      connection.destroy();
      resolve(Buffer.concat(pieces).toString('latin1'));
    };
    connection.on('data', (piece) => pieces.push(piece));
    connection.once('end', finish);
    connection.setTimeout(patienceMs, finish);
    connection.once('error', (error) => {
      if (pieces.length > 0) finish();
      else reject(error);
    });
  });
}
