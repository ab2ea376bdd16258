/** `GET /v1/openapi.json` (spec/doors.md). */
import { Controller, Get } from '@nestjs/common';
import { ArchiveAddress } from '../http/archive-address.js';
import { version } from '../version.js';
import { openApiDocument } from './document.js';

@Controller('v1/openapi.json')
export class OpenApiController {
  constructor(private readonly address: ArchiveAddress) {}

  @Get()
  document(): object {
    return openApiDocument(version, this.address.url);
  }
}
