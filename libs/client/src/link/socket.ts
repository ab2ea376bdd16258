/** What a link needs of a WebSocket: messages, and the news that it ended. It may send once the first has come. */
export type SocketMessage = string | Uint8Array<ArrayBuffer>;

export interface Socket {
  send(message: SocketMessage): void;
  /** Ends the connection; `closed` is still called once. */
  close(): void;
}

export interface SocketEvents {
  /** Bytes belong to whoever gets them: they are a part of nothing larger. */
  received(message: SocketMessage): void;
  /** Called exactly once, for whatever reason the socket ended or never opened. */
  closed(reason: string): void;
}

export type OpenSocket = (url: string, events: SocketEvents) => Socket;
