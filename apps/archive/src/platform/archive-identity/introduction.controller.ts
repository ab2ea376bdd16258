/** What the archive says of itself: its card and keys for programs, a page of text for people. spec/doors.md */
import { Controller, Get, Header } from '@nestjs/common';
import { limits } from '@holdfast/protocol';
import { ArchiveAddress } from '../http/archive-address.js';
import { ArchiveSettings } from '../settings.js';
import { version } from '../version.js';
import { ArchiveIdentity } from './archive-identity.js';
import { Horizon } from './horizon.js';

@Controller()
export class IntroductionController {
  constructor(
    private readonly identity: ArchiveIdentity,
    private readonly address: ArchiveAddress,
    private readonly settings: ArchiveSettings,
    private readonly horizon: Horizon,
  ) {}

  @Get('.well-known/holdfast')
  @Header('cache-control', 'no-store')
  async card(): Promise<object> {
    const { url, webSocketUrl } = this.address;
    const nowMs = Date.now();
    return {
      id: this.identity.id,
      version,
      protocols: ['holdfast/1'],
      urls: {
        archive: url,
        records: `${url}/v1/records`,
        crates: `${url}/v1/crates`,
        socket: webSocketUrl,
        keys: `${url}/.well-known/jwks.json`,
        openapi: `${url}/v1/openapi.json`,
      },
      scope: this.settings.scope,
      horizon: await this.horizon.at(nowMs),
      relay: this.settings.relay,
      limits,
      time: Math.floor(nowMs / 1000),
    };
  }

  @Get('.well-known/jwks.json')
  keys(): object {
    return this.identity.jwks();
  }

  @Get()
  @Header('content-type', 'text/plain; charset=utf-8')
  page(): string {
    const { url, webSocketUrl } = this.address;
    return [
      `Holdfast archive ${this.identity.id}, version ${version}`,
      '',
      `records   ${url}/v1/records`,
      `crates    ${url}/v1/crates`,
      `socket    ${webSocketUrl}`,
      `card      ${url}/.well-known/holdfast`,
      `keys      ${url}/.well-known/jwks.json`,
      `openapi   ${url}/v1/openapi.json`,
      `health    ${url}/healthz`,
      '',
    ].join('\n');
  }
}
