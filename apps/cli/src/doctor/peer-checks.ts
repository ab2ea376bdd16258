/** What the operator can see of the archive's peers and its set of records; only where its database can be read. */
import { HoldfastError } from '@holdfast/protocol';
import type { Context } from '../context.js';
import { cliLimits } from '../limits.js';
import { findPeer } from '../operator/find-peer.js';
import { OperatorDoor, type PeerList, type PeerReport } from '../operator/operator-door.js';
import { fail, ok, warn, type Finding } from './finding.js';

/** @param compared the peer to compare the sets with, as it was named */
export async function* checkPeers(context: Context, compared: string | undefined): AsyncGenerator<Finding> {
  let door: OperatorDoor;
  let list: PeerList;
  try {
    door = await OperatorDoor.open(context);
    list = await door.peers();
  } catch (error) {
    const advice = 'Everything else was examined without it.';
    const finding = compared === undefined ? warn : fail;
    yield finding('peers', `The archive cannot be asked as its operator: ${reasonOf(error)}`, advice);
    return;
  }
  yield peersFinding(list.peers);
  yield await setFinding(door);
  if (compared !== undefined) yield await differenceFinding(door, list, compared);
}

function peersFinding(peers: readonly PeerReport[]): Finding {
  const trusted = peers.filter(({ state }) => state === 'trusted');
  const away = trusted.filter(({ linked }) => !linked);
  const asking = peers.filter(({ state, origin }) => state === 'pending' && origin === 'itself');
  const asks =
    asking.length === 0 ? '' : ` ${asking.length} ask to be approved ("holdfast archive peers list").`;
  const linked = `${trusted.length - away.length} of ${trusted.length} trusted archives are linked.`;
  const detail = `${trusted.length === 0 ? 'No other archive is trusted.' : linked}${asks}`;
  if (away.length === 0) return ok('peers', detail);
  const reasons = away.map(({ id, error }) => `${id.slice(0, 12)} (${error ?? 'it has not come'})`);
  const advice =
    'Look at each with "holdfast archive peers list"; what was missed is made up for when they are back.';
  return warn(
    'peers',
    `${detail} Away: ${reasons.slice(0, cliLimits.differencesShownMax).join(', ')}.`,
    advice,
  );
}

async function setFinding(door: OperatorDoor): Promise<Finding> {
  try {
    const { ok: isRight, count, upTo, wrongBlocks } = await door.checkSet();
    if (isRight) return ok('set', `The fingerprints stand for the ${count} records up to entry ${upTo}.`);
    const detail = `The fingerprints are wrong in ${wrongBlocks.length} or more places: ${JSON.stringify(wrongBlocks)}`;
    return fail('set', detail, 'Report it: comparing with peers costs more until they are right.');
  } catch (error) {
    const advice = 'Run the examination again in a moment.';
    return warn('set', `The fingerprints could not be checked: ${reasonOf(error)}`, advice);
  }
}

async function differenceFinding(door: OperatorDoor, list: PeerList, word: string): Promise<Finding> {
  try {
    const { id } = findPeer(list, word);
    const { onlyHere, onlyThere, onlyHereCount, onlyThereCount, isComplete } = await door.compare(id);
    if (onlyHereCount + onlyThereCount === 0 && isComplete) {
      return ok('difference', `Both have the same records, ${id.slice(0, 12)} and this archive.`);
    }
    const detail =
      `${onlyHereCount} records are only here${listOf(onlyHere)}; ${onlyThereCount} are only there${listOf(onlyThere)}` +
      `${isComplete ? '' : '; there may be more'}.`;
    const advice =
      'While records come in some are always on their way. Ask again: what stays is a fault to report.';
    return warn('difference', detail, advice);
  } catch (error) {
    const advice = 'See "holdfast archive peers list": the link with the peer has to be open.';
    return fail('difference', `The sets could not be compared: ${reasonOf(error)}`, advice);
  }
}

const listOf = (ids: readonly string[]): string =>
  ids.length === 0
    ? ''
    : ` (${ids.slice(0, cliLimits.differencesShownMax).join(' ')}${ids.length > cliLimits.differencesShownMax ? ' …' : ''})`;

const reasonOf = (error: unknown): string =>
  error instanceof HoldfastError ? error.message : (error as Error).message;
