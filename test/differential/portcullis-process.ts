/**
 * Portcullis servers in a process of their own, so that asking and comparing do not wait for answering: each message is the
 * folder and the configuration file of one more, and is answered by its address. They end with the process that started them.
 */
import { startServer } from '../../src/app.ts';
import { formatAddress } from '../../src/config/address.ts';
import { loadConfig } from '../../src/config/load.ts';

/** The server to start. */
export interface Wanted {
  readonly file: string;
  readonly cwd: string;
}

/** What the gRPC client dials, or why there is nothing to dial. */
export interface Started {
  readonly file: string;
  readonly address?: string;
  readonly problem?: string;
}

async function start({ file, cwd }: Wanted): Promise<Started> {
  try {
    const { config } = await loadConfig({ file, environment: {}, cwd });
    const { addresses } = await startServer(config, {});
    return { file, address: formatAddress(addresses.grpc) };
  } catch (error) {
    return { file, problem: String(error) };
  }
}

process.on('message', (wanted: Wanted) => void start(wanted).then((started) => process.send!(started)));
process.on('disconnect', () => process.exit());
