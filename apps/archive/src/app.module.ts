/** The archive: the platform, and one module for each feature. */
import { Module, type DynamicModule } from '@nestjs/common';
import { PlatformModule, type PlatformParts } from './platform/platform.module.js';

@Module({})
export class AppModule {
  static of(parts: PlatformParts): DynamicModule {
    return { module: AppModule, imports: [PlatformModule.of(parts)] };
  }
}
