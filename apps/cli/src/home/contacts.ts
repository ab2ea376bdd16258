/**
 * The address book of a home folder: a file a contact, so that commands beside each other never overwrite one another.
 * A contact is an identity with the archives on which to look for it, under a name that its keeper chose.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePublicKey, HoldfastError } from '@holdfast/protocol';
import { usageError } from '../arguments/option-values.js';
import { cliLimits } from '../limits.js';
import { parseContactCard, type ContactCard } from './contact-card.js';
import { openPrivateFolder, unusableHome, writePrivateFile } from './private-file.js';

export interface Contact extends ContactCard {
  readonly name: string;
  /** Whether they may learn that their messages were opened; they may when it is missing. */
  readonly receipts?: boolean;
}

const folderOf = (home: string): string => join(home, 'contacts');
const namePattern = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/;
const suffix = '.json';

export function contactName(text: string): string {
  if (text.length <= cliLimits.contactNameLengthMax && namePattern.test(text)) return text;
  throw usageError(
    `"${text.slice(0, 80)}" is not a name for a contact: 1 to ${cliLimits.contactNameLengthMax} characters a-z, 0-9, ".", "_" or "-".`,
  );
}

/** Adding the same person under the same name again changes their archives; another person is refused. */
export async function addContact(home: string, contact: Contact): Promise<void> {
  const folder = folderOf(home);
  await openPrivateFolder(home);
  await openPrivateFolder(folder);
  const contacts = await listContacts(home);
  const namesake = contacts.find(({ name }) => name === contact.name);
  if (namesake !== undefined && namesake.author !== contact.author) {
    throw usageError(`Another contact has the name "${contact.name}" already: choose another one.`);
  }
  if (namesake === undefined && contacts.length >= cliLimits.contactsMax) {
    throw usageError(`At most ${cliLimits.contactsMax} contacts can be kept.`);
  }
  const { author, archives, receipts = namesake?.receipts } = contact;
  const text = `${JSON.stringify({ author, archives, receipts })}\n`;
  const file = join(folder, contact.name + suffix);
  if (!(await writePrivateFile(file, text, namesake !== undefined))) {
    // Somebody added the name between the look and the write.
    await addContact(home, contact);
  }
}

/** Whether a contact may learn that their messages were opened. Rejects with `contact-unknown`. */
export async function setReceipts(home: string, name: string, receipts: boolean): Promise<Contact> {
  const contact = (await listContacts(home)).find((one) => one.name === name);
  if (contact === undefined) throw unknownContact(name);
  await addContact(home, { ...contact, receipts });
  return { ...contact, receipts };
}

/** In the order of their names. */
export async function listContacts(home: string): Promise<readonly Contact[]> {
  const folder = folderOf(home);
  const files = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw unusableHome(`The folder ${folder} cannot be read (${cause.code}): check who owns it.`, cause);
  });
  const names = files.filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length));
  return Promise.all(
    names
      .filter((name) => namePattern.test(name))
      .sort()
      .map((name) => readContact(folder, name)),
  );
}

/** What identities are called here. */
export async function contactNames(home: string): Promise<ReadonlyMap<string, string>> {
  return new Map((await listContacts(home)).map(({ author, name }) => [author, name]));
}

/** A contact's name, a card or a public key: whoever is meant by what was typed behind `--to` or `--author`. */
export async function resolveContact(home: string, text: string): Promise<ContactCard> {
  if (text.startsWith('holdfast:')) return parseContactCard(text);
  const contact = (await listContacts(home)).find(({ name }) => name === text);
  if (contact !== undefined) return contact;
  if (decodePublicKey(text) !== undefined) return { author: text, archives: [] };
  throw unknownContact(text);
}

const unknownContact = (text: string): HoldfastError =>
  new HoldfastError(
    'contact-unknown',
    `Nobody is called "${text.slice(0, 80)}" here: run "holdfast contact list", or add them with "holdfast contact add CARD NAME".`,
  );

async function readContact(folder: string, name: string): Promise<Contact> {
  const file = join(folder, name + suffix);
  try {
    const { author, archives, receipts } = JSON.parse(await readFile(file, 'utf8')) as Partial<Contact>;
    if (typeof author !== 'string' || !Array.isArray(archives))
      throw new Error('its members are not those of a contact');
    return {
      name,
      author,
      archives: archives.filter((url) => typeof url === 'string'),
      ...(typeof receipts === 'boolean' ? { receipts } : {}),
    };
  } catch (cause) {
    throw unusableHome(
      `The file ${file} does not contain a contact: remove it and add the contact again.`,
      cause,
    );
  }
}
