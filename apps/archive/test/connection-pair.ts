/** Both ends of one WebSocket in one process: the gateway's connection with handlers of the test, and a bare client. */
import { limits, type Answer } from '@holdfast/protocol';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { ClientConnection } from '../src/gateway/client-connection.js';
import { MemoryBudget } from '../src/gateway/memory-budget.js';
import { operations, OperationTable } from '../src/gateway/operation-table.js';
import type { OperationHandlers } from '../src/gateway/operations.js';
import { silentLog } from './database-for-spec.js';

const servers: Server[] = [];
const clients: WebSocket[] = [];

export function closePairs(): void {
  for (const client of clients.splice(0)) client.terminate();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}

export interface Pair {
  /** The archive's end. */
  readonly connection: ClientConnection;
  readonly client: TestClient;
}

/** A client whose frames go to these handlers; the other operations do nothing. */
export async function connect(handlers: OperationHandlers, budgetBytes = 1e9): Promise<Pair> {
  const nothing = Object.fromEntries(
    operations.filter((op) => op !== 'cancel').map((op) => [op, () => undefined]),
  );
  const sockets = new WebSocketServer({ noServer: true, maxPayload: limits.frameSizeBytesMax });
  const server = createServer().listen(0, '127.0.0.1');
  servers.push(server);
  const connection = new Promise<ClientConnection>((resolve) => {
    server.on('upgrade', (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (webSocket) =>
        resolve(
          new ClientConnection(webSocket, socket as Socket, {
            id: 'c',
            challenge: '',
            network: '127.0.0.1',
            operations: OperationTable.of([{ handlers: { ...nothing, ...handlers } }]),
            budget: new MemoryBudget(budgetBytes),
            log: silentLog,
            onOver: () => undefined,
          }),
        ),
      );
    });
  });
  await once(server, 'listening');
  const webSocket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  clients.push(webSocket);
  webSocket.on('error', () => undefined);
  const client = new TestClient(webSocket);
  await once(webSocket, 'open');
  return { connection: await connection, client };
}

/** Sends frames as they are, and remembers what comes: what is binary apart, as it is. */
export class TestClient {
  readonly frames: Answer[] = [];
  readonly messages: Buffer[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  private notify = (): void => {};

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.messages.push(data as Buffer);
      else this.frames.push(JSON.parse(String(data)) as Answer);
      this.notify();
    });
    this.closed = once(socket, 'close').then(([code, reason]) => ({
      code: code as number,
      reason: String(reason),
    }));
  }

  send(frame: unknown): void {
    const isWhole = typeof frame === 'string' || frame instanceof Uint8Array;
    this.socket.send(isWhole ? frame : JSON.stringify(frame));
  }

  async until(count: number): Promise<Answer[]> {
    while (this.frames.length < count) await new Promise<void>((resolve) => (this.notify = resolve));
    return this.frames;
  }
}
