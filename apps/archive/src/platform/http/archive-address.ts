/** Under which URL the archive is reached: the operator's HOLDFAST_PUBLIC_URL, or where it listens. */
import type { ArchiveSettings } from '../settings.js';
import { isPrivateUrl } from './network-reach.js';

export class ArchiveAddress {
  /** Resolves when others can reach the archive. */
  readonly isListening: Promise<void>;
  private listening: string | undefined;
  private nowListening = (): void => {};

  constructor(private readonly settings: Pick<ArchiveSettings, 'publicUrl' | 'host' | 'port'>) {
    this.isListening = new Promise((resolve) => (this.nowListening = resolve));
  }

  /** Port 0 is known only once the server listens. */
  listensOn(port: number): void {
    const { host } = this.settings;
    const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
    this.listening = `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
    this.nowListening();
  }

  /** Where it listens, seen from this machine. */
  get localUrl(): string {
    if (this.listening === undefined) throw new Error('The archive does not listen yet.');
    return this.listening;
  }

  get url(): string {
    return this.settings.publicUrl ?? this.localUrl;
  }

  /** Whether nothing says that the archive is reached from elsewhere than this machine or its own network. */
  get isPrivate(): boolean {
    const { publicUrl, host } = this.settings;
    if (publicUrl === undefined && (host === '0.0.0.0' || host === '::')) return false;
    return isPrivateUrl(this.url);
  }

  get webSocketUrl(): string {
    return `${this.url.replace(/^http/, 'ws')}/v1/ws`;
  }
}
