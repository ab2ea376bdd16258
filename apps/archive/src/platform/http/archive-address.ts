/** Under which URL the archive is reached: the operator's HOLDFAST_PUBLIC_URL, or where it listens. */
import type { ArchiveSettings } from '../settings.js';

export class ArchiveAddress {
  private listening: string | undefined;

  constructor(private readonly settings: Pick<ArchiveSettings, 'publicUrl' | 'host' | 'port'>) {}

  /** Port 0 is known only once the server listens. */
  listensOn(port: number): void {
    const { host } = this.settings;
    const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
    this.listening = `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
  }

  /** Where it listens, seen from this machine. */
  get localUrl(): string {
    if (this.listening === undefined) throw new Error('The archive does not listen yet.');
    return this.listening;
  }

  get url(): string {
    return this.settings.publicUrl ?? this.localUrl;
  }

  get webSocketUrl(): string {
    return `${this.url.replace(/^http/, 'ws')}/v1/ws`;
  }
}
