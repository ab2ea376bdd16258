/** People who publish in tests, and their records. */
import {
  generatePrivateJwk,
  signingKeyFromJwk,
  signRecord,
  type HoldfastRecord,
  type RecordPayload,
  type SigningKey,
} from '@holdfast/protocol';

export const newPerson = async (): Promise<SigningKey> => signingKeyFromJwk(await generatePrivateJwk());

export const [alice, bob] = [await newPerson(), await newPerson()];

export const secondsNow = (): number => Math.floor(Date.now() / 1000);

let count = 0;

/** A record that differs from every other one; `iat` is now unless it is given. */
export function sampleRecord(payload: Partial<RecordPayload> = {}, author = alice): Promise<HoldfastRecord> {
  count += 1;
  const whole = { collection: 'notes', iat: secondsNow(), body: { text: `record ${count}` }, ...payload };
  return signRecord(whole, author, Math.min(whole.iat, secondsNow()));
}

export const sampleRecords = (
  howMany: number,
  payload: Partial<RecordPayload> = {},
): Promise<HoldfastRecord[]> => Promise.all(Array.from({ length: howMany }, () => sampleRecord(payload)));

export const retractionOf = (records: readonly HoldfastRecord[], author = alice): Promise<HoldfastRecord> =>
  sampleRecord({ collection: 'retractions', refs: records.map(({ id }) => id), body: null }, author);
