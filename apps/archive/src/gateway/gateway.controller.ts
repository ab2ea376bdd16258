/** Answers those who come to the WebSocket door without speaking WebSocket. */
import { Controller, Get } from '@nestjs/common';
import { HoldfastError } from '@holdfast/protocol';

@Controller()
export class GatewayController {
  @Get('v1/ws')
  explain(): never {
    throw new HoldfastError(
      'request-malformed',
      'This address speaks WebSocket (RFC 6455): ask for an upgrade.',
    );
  }
}
