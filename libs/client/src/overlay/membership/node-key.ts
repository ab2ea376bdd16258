/**
 * The key of this client's node, kept so that its id is the same after a restart (spec/dht.md, "Tickets and node ids"). It has nothing to
 * do with an identity. Of several programs that share a storage one has the kept key; the others make one for themselves,
 * for two nodes of one id would take each other's frames. A kept key that cannot be read gives way to another one.
 */
import {
  generatePrivateJwk,
  HoldfastError,
  signingKeyFromJwk,
  type PrivateJwk,
  type SigningKey,
} from '@holdfast/protocol';
import { put, type Storage } from '../../storage/storage.js';

const place = 'overlay/key';

export interface NodeKey {
  readonly key: SigningKey;
  readonly letGo: () => Promise<void>;
}

/** @param failed told when the kept key cannot be read */
export async function openNodeKey(storage: Storage, failed: (error: unknown) => void): Promise<NodeKey> {
  const letGo = await storage.lock(place, { wait: false });
  const fresh = await generatePrivateJwk();
  if (letGo === undefined) return { key: await signingKeyFromJwk(fresh), letGo: () => Promise.resolve() };
  const [kept] = await storage.update([place], ([text]) =>
    text === undefined ? [put(place, JSON.stringify(fresh))] : [],
  );
  if (kept === undefined) return { key: await signingKeyFromJwk(fresh), letGo };
  try {
    return { key: await signingKeyFromJwk(JSON.parse(kept) as PrivateJwk), letGo };
  } catch {
    failed(
      new HoldfastError('storage-failed', 'The key of this node cannot be read: it has another id now.'),
    );
    await storage.write([put(place, JSON.stringify(fresh))]).catch(failed);
    return { key: await signingKeyFromJwk(fresh), letGo };
  }
}
