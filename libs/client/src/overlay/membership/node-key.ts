/**
 * The key of this client's node, kept so that its id is the same after a restart (spec/dht.md, "Tickets and node ids"). It has nothing to
 * do with an identity. Of several programs that share a storage one has the kept key; the others make one for themselves,
 * for two nodes of one id would take each other's frames.
 */
import { generatePrivateJwk, signingKeyFromJwk, type PrivateJwk, type SigningKey } from '@holdfast/protocol';
import { put, type Storage } from '../../storage/storage.js';

const place = 'overlay/key';

export interface NodeKey {
  readonly key: SigningKey;
  readonly letGo: () => Promise<void>;
}

export async function openNodeKey(storage: Storage): Promise<NodeKey> {
  const letGo = await storage.lock(place, { wait: false });
  const fresh = await generatePrivateJwk();
  if (letGo === undefined) return { key: await signingKeyFromJwk(fresh), letGo: () => Promise.resolve() };
  const [kept] = await storage.update([place], ([text]) =>
    text === undefined ? [put(place, JSON.stringify(fresh))] : [],
  );
  const jwk = kept === undefined ? fresh : (JSON.parse(kept) as PrivateJwk);
  return { key: await signingKeyFromJwk(jwk), letGo };
}
