/** Answers those who come to the door of archives without speaking WebSocket. */
import { Controller, Get } from '@nestjs/common';
import { HoldfastError } from '@holdfast/protocol';

@Controller()
export class PeerController {
  @Get('v1/peers')
  explain(): never {
    throw new HoldfastError(
      'request-malformed',
      'This address speaks WebSocket (RFC 6455), with other archives.',
    );
  }
}
