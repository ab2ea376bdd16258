/** The platform's own WebRTC: what browsers have. Node takes open-peer-connection-node.ts in its place (package.json). */
import type { LoadPeerConnections } from './peer-connection.js';
import { w3cPeerConnections } from './w3c-peer-connection.js';

// A worker has none.
export const loadPeerConnections: LoadPeerConnections = (settings) =>
  Promise.resolve(
    typeof RTCPeerConnection === 'undefined' ? undefined : w3cPeerConnections(RTCPeerConnection, settings),
  );
