/** What a link needs of a WebSocket: text frames, and the news that it ended. It may begin to send with the first frame. */
export interface Socket {
  send(text: string): void;
  /** Ends the connection; `closed` is still called once. */
  close(): void;
}

export interface SocketEvents {
  /** A text frame; a binary frame is handed over as undefined. */
  received(text: string | undefined): void;
  /** Called exactly once, for whatever reason the socket ended or never opened. */
  closed(reason: string): void;
}

export type OpenSocket = (url: string, events: SocketEvents) => Socket;
