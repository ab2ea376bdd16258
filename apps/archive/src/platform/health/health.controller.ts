/** `GET /healthz`: does the archive work with its database? `GET /readyz`: should it be sent requests? */
import { Controller, Get, Header } from '@nestjs/common';
import { HoldfastError } from '@holdfast/protocol';
import { version } from '../version.js';
import { Readiness } from './readiness.js';

@Controller()
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('healthz')
  @Header('cache-control', 'no-store')
  async health(): Promise<object> {
    if (!(await this.readiness.isDatabaseThere())) {
      throw new HoldfastError('unavailable', 'The database does not answer.', { version });
    }
    return { status: 'ok', version, database: 'ok' };
  }

  @Get('readyz')
  @Header('cache-control', 'no-store')
  async ready(): Promise<object> {
    await this.health();
    return { status: 'ready', version };
  }
}
