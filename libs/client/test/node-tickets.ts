/** Tickets for nodes that no client is: signed as an archive signs them, or as one that lies. */
import {
  issueTicket,
  signingKeyFromJwk,
  ticketNonceOf,
  valueOf,
  verifyTicket,
  type PrivateJwk,
  type SigningKey,
  type Ticket,
} from '@holdfast/protocol';

export async function ticketFor(
  key: SigningKey,
  signedBy: PrivateJwk,
  { issuedSeconds = Math.floor(Date.now() / 1000) }: { readonly issuedSeconds?: number } = {},
): Promise<Ticket> {
  const nonce = await ticketNonceOf(new Uint8Array(32), key.publicKey);
  const signer = await signingKeyFromJwk(signedBy);
  const bytes = await issueTicket(key.publicKey, nonce, issuedSeconds + 3_600, signer);
  return valueOf(await verifyTicket(bytes, signedBy.x, issuedSeconds));
}
