/**
 * WebRTC for Node, by node-datachannel: by what it has of the browsers' interface, for an exception inside a callback of
 * its own one aborts the process. It is an optional dependency with native code, so it may be missing.
 */
import type { LoadPeerConnections } from './peer-connection.js';
import { w3cPeerConnections } from './w3c-peer-connection.js';

export const loadPeerConnections: LoadPeerConnections = async (settings) => {
  try {
    const { RTCPeerConnection: Connection } = await import('node-datachannel/polyfill');
    return w3cPeerConnections(Connection as unknown as typeof RTCPeerConnection, settings);
  } catch {
    return undefined;
  }
};
