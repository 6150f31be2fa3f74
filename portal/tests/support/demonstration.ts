import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGateway } from './gateway';

/** Tells the demonstration's story once; every test file begins with a copy of its books. */
export default async function setup(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'portal-demonstration-'));
  const gateway = await startGateway(folder);
  await gateway.stop();
  process.env.DEMONSTRATION = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
