/** `holdfast archive peers list|add|approve|block|remove`: with which other archives the archive of this machine gossips. */
import type { Command } from 'commander';
import { wordAsTyped } from '../arguments/id-words.js';
import { archiveOptions, usageError } from '../arguments/option-values.js';
import type { ContextOf } from '../context.js';
import { cliLimits } from '../limits.js';
import { findPeer } from '../operator/find-peer.js';
import { OperatorDoor, type PeerReport } from '../operator/operator-door.js';
import { peerTable, spanOf } from '../operator/peer-table.js';

const where = `
Run it where the archive runs, with its DATABASE_URL or HOLDFAST_DATA: only who can read its database is its operator.`;

export function addPeersCommands(archive: Command, contextOf: ContextOf): void {
  const peers = archive.command('peers').description('say with which other archives yours gossips');
  addList(peers, contextOf);
  addAdd(peers, contextOf);
  addDecision(peers, contextOf, {
    name: 'approve',
    description: 'trust an archive that asks',
    act: async (door, { id, url, origin }, word) => {
      if (!id.startsWith(word) && origin !== 'operator') {
        throw usageError(
          `Anybody can say to be at ${url}: approve ${id}, if its operator tells you that this is its id.`,
        );
      }
      const peer = await door.setState(id, 'trusted');
      return { value: peer, text: `${id} is trusted${whatComesNow(peer)}` };
    },
  });
  addDecision(peers, contextOf, {
    name: 'block',
    description: 'end the link with an archive, and let it in no more',
    act: async (door, { id }) => ({ value: await door.setState(id, 'blocked'), text: `${id} is blocked.` }),
  });
  addDecision(peers, contextOf, {
    name: 'remove',
    description: 'forget an archive; what came from it stays',
    act: async (door, { id }) => {
      await door.remove(id);
      return { value: { removed: id }, text: `${id} is forgotten; if it comes again, it asks anew.` };
    },
  });
}

function addList(peers: Command, contextOf: ContextOf): void {
  peers
    .command('list')
    .description('print the other archives, and how far the links with them are')
    .addHelpText(
      'after',
      `
Examples:
  holdfast archive peers list
  holdfast archive peers list --json

linked: the link is open. away: it is dialed in vain, see LAST ERROR. waits: its operator has to approve this one.
expected: it dials, this one does not. asks: it waits for "approve". proposed: another peer has told of it. LAG is how many entries of its log are still to be looked at.
${where.trim()}`,
    )
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command);
      const { output } = context;
      const list = await (await OperatorDoor.open(context)).peers();
      if (output.json) for (const peer of list.peers) await output.result(peer, '');
      else if (list.peers.length > 0) await output.result({}, peerTable(list.peers, Date.now() / 1000));
      else output.remark('No other archive is known here: "holdfast archive peers add URL" joins one.');
    });
}

function addAdd(peers: Command, contextOf: ContextOf): void {
  peers
    .command('add')
    .description('trust the archive at an address, and gossip with it')
    .argument('<url>', 'where it is reached, as URL, or as URL#ID to take no other')
    .addHelpText(
      'after',
      `
Examples:
  holdfast archive peers add https://archive.example
  holdfast archive peers add https://archive.example#SU2Jz2zVK0G6wg0qxXPbBeXFdgLSrxLw86ambiUWZI8 --json
  docker compose exec archive holdfast archive peers add https://archive.example

The other operator has to approve yours, or to add it as well.${where}`,
    )
    .action(async (word: string, _options: object, command: Command) => {
      const context = contextOf(command);
      const [peer, ...more] = archiveOptions(word);
      if (peer === undefined || more.length > 0) throw usageError('One archive is added at a time.');
      const door = await OperatorDoor.open(context);
      const { id } = await door.add(peer);
      const added = await settled(door, id);
      const outcome = outcomeOf(added, door.archive);
      await context.output.result({ ...added, outcome: outcome.word }, outcome.text);
      for (const other of (await door.peers()).peers) {
        if (other.state !== 'trusted' || other.url !== added.url || other.id === id) continue;
        context.output.remark(
          `${other.id} was added at the same address: if it is gone for good, run: holdfast archive peers remove ${other.id}`,
        );
      }
    });
}

interface Decision {
  readonly name: string;
  readonly description: string;
  act(
    door: OperatorDoor,
    peer: PeerReport,
    word: string,
  ): Promise<{ readonly value: object; readonly text: string }>;
}

function addDecision(peers: Command, contextOf: ContextOf, { name, description, act }: Decision): void {
  const byUrl = name === 'approve' ? '' : ', or its URL';
  peers
    .command(name)
    .description(description)
    .argument('<id>', `its id, or as much of it as names it alone${byUrl}`, wordAsTyped)
    .addHelpText(
      'after',
      `
Examples:
  holdfast archive peers ${name} SU2Jz2zVK0G6
  holdfast archive peers ${name} SU2Jz2zVK0G6 --json
${where}`,
    )
    .action(async (word: string, _options: object, command: Command) => {
      const context = contextOf(command);
      const door = await OperatorDoor.open(context);
      const { value, text } = await act(door, findPeer(await door.peers(), word), word);
      await context.output.result(value, text);
    });
}

function whatComesNow({ linked, dialed, origin }: PeerReport): string {
  if (linked) return ', and linked.';
  if (dialed) return ': it is dialed now.';
  if (origin === 'itself') return ': it is let in when it comes next, within a minute.';
  return ': it is let in when it comes. This archive dials it after "holdfast archive peers add URL".';
}

/** Waits a little for what comes of the first attempts. */
async function settled(door: OperatorDoor, id: string): Promise<PeerReport> {
  const deadline = performance.now() + cliLimits.joinMsMax;
  for (;;) {
    const peer = findPeer(await door.peers(), id);
    if (peer.linked || peer.error !== undefined || performance.now() > deadline) return peer;
    await new Promise((resolve) => setTimeout(resolve, cliLimits.joinPollMs));
  }
}

function outcomeOf(peer: PeerReport, ownId: string): { readonly word: string; readonly text: string } {
  const { id, linked, error, nextAttempt } = peer;
  if (linked) return { word: 'joined', text: `joined  ${id}` };
  if (error?.startsWith('peer-pending') === true) {
    const text = `added  ${id}\nIt waits for the approval of the other operator: there, run: holdfast archive peers approve ${ownId}`;
    return { word: 'pending', text };
  }
  const next =
    nextAttempt === undefined ? '' : `, next attempt in ${spanOf(nextAttempt - Date.now() / 1000)}`;
  return {
    word: 'trying',
    text: `added  ${id}\nIt is not linked yet (${error ?? 'no answer so far'}${next}).`,
  };
}
