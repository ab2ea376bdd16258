/**
 * A peer connection by the interface that browsers have (W3C WebRTC), and that packages for Node imitate. Whatever goes
 * wrong in it ends the connection and is not thrown: some implementations abort the process when a listener throws.
 */
import type {
  ConnectionSettings,
  OpenPeerConnection,
  PeerConnection,
  PeerConnectionEvents,
} from './peer-connection.js';
import type { Candidate } from './signal.js';

/** What is said in the channel; another protocol would have another label. */
const channelLabel = 'holdfast-link-1';

export const w3cPeerConnections =
  (Connection: typeof RTCPeerConnection, settings: ConnectionSettings): OpenPeerConnection =>
  (offer, events) =>
    new W3cPeerConnection(new Connection(configurationOf(settings)), offer, events);

function configurationOf({ iceServers = [], bindAddress }: ConnectionSettings): RTCConfiguration {
  const servers = iceServers.map(({ urls, ...server }) => ({
    urls: typeof urls === 'string' ? urls : [...urls],
    ...server,
  }));
  return { iceServers: servers, ...(bindAddress === undefined ? {} : { bindAddress }) };
}

class W3cPeerConnection implements PeerConnection {
  #channel: RTCDataChannel | undefined;
  #isClosed = false;
  /** One step after the other: candidates are taken only after the description that they belong to. */
  #steps: Promise<unknown>;

  constructor(
    private readonly connection: RTCPeerConnection,
    offer: string | undefined,
    private readonly events: PeerConnectionEvents,
  ) {
    this.#listen(connection, 'icecandidate', ({ candidate }) => {
      if (candidate === null || candidate.candidate === '') return;
      events.candidate({ candidate: candidate.candidate, mid: candidate.sdpMid ?? '0' });
    });
    this.#listen(connection, 'icegatheringstatechange', () => {
      if (connection.iceGatheringState === 'complete') events.gathered();
    });
    this.#listen(connection, 'connectionstatechange', () => this.#stateChanged(connection.connectionState));
    this.#listen(connection, 'datachannel', ({ channel }) => this.#opening(channel));
    if (offer === undefined) this.#opening(connection.createDataChannel(channelLabel));
    this.#steps = this.#describe(offer).catch(() => this.#ended());
  }

  get bufferedBytes(): number {
    return this.#channel?.bufferedAmount ?? 0;
  }

  answered(sdp: string): void {
    this.#then(() => this.connection.setRemoteDescription({ type: 'answer', sdp }), 'ends');
  }

  reachableAt(candidates: readonly Candidate[]): void {
    for (const { candidate, mid } of candidates) {
      // One that means nothing here is no reason to give up: there are others.
      this.#then(() => this.connection.addIceCandidate({ candidate, sdpMid: mid }), 'goes on');
    }
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    if (this.#channel?.readyState !== 'open') throw new Error('The channel is not open.');
    this.#channel.send(message);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#channel?.close();
      this.connection.close();
    } catch {
      // It has ended by itself.
    }
  }

  async #describe(offer: string | undefined): Promise<void> {
    const { connection } = this;
    if (offer !== undefined) await connection.setRemoteDescription({ type: 'offer', sdp: offer });
    const description = await (offer === undefined ? connection.createOffer() : connection.createAnswer());
    if (this.#isClosed) return;
    await connection.setLocalDescription(description);
    // Without candidates, which are told of apart: what comes to have them in it is what a late reader sees.
    const { sdp } = description;
    if (sdp === undefined) throw new Error('There is no description.');
    this.#tell(() => this.events.described(sdp));
  }

  #then(step: () => Promise<unknown>, failing: 'ends' | 'goes on'): void {
    this.#steps = this.#steps
      .then(() => (this.#isClosed ? undefined : step()))
      .catch(() => {
        if (failing === 'ends') this.#ended();
      });
  }

  #opening(channel: RTCDataChannel): void {
    if (this.#channel !== undefined || channel.label !== channelLabel) return channel.close();
    this.#channel = channel;
    channel.binaryType = 'arraybuffer';
    this.#listen(channel, 'message', ({ data }: MessageEvent<unknown>) =>
      this.events.message(data instanceof ArrayBuffer ? new Uint8Array(data) : undefined),
    );
    this.#listen(channel, 'close', () => this.#ended());
    this.#listen(channel, 'error', () => this.#ended());
    this.#listen(channel, 'open', () => this.events.opened());
    // The other side's channel may be open when it is handed over.
    if (channel.readyState === 'open') queueMicrotask(() => this.#tell(() => this.events.opened()));
  }

  #stateChanged(state: RTCPeerConnectionState): void {
    if (state === 'failed' || state === 'closed') this.#ended();
    else if (state === 'connected') this.events.wavering(false);
    else if (state === 'disconnected') this.events.wavering(true);
  }

  #ended(): void {
    this.#tell(() => this.events.ended());
  }

  #listen<Target extends RTCPeerConnection | RTCDataChannel, Name extends keyof EventsOf<Target>>(
    target: Target,
    name: Name,
    listener: (event: EventsOf<Target>[Name]) => void,
  ): void {
    const told = (event: Event): void => this.#tell(() => listener(event as EventsOf<Target>[Name]));
    (target as EventTarget).addEventListener(name as string, told);
  }

  #tell(call: () => void): void {
    if (this.#isClosed) return;
    try {
      call();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

type EventsOf<Target> = Target extends RTCPeerConnection ? RTCPeerConnectionEventMap : RTCDataChannelEventMap;
