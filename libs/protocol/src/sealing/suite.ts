/** Suite 1 (spec/crates.md, "Sealing"): HPKE (RFC 9180) base mode with X-Wing, HKDF-SHA256 and AES-256-GCM. */
import { Aes256Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import { encodeUtf8 } from '../encoding/bytes.js';

export const kem = new XWing();
export const hpke = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });

export const hpkeInfo = encodeUtf8('holdfast-crate-1');
/** What AES-GCM adds to a plaintext. */
export const tagSizeBytes = 16;
/** The randomness of one X-Wing encapsulation. */
export const encapsulationSeedBytes = 64;
