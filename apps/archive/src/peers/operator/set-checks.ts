/** The check of the set's fingerprints, as far as the operator's door knows of it: whoever keeps them answers. */
import { Injectable } from '@nestjs/common';
import { HoldfastError } from '@holdfast/protocol';

export interface SetCheckAnswer {
  readonly ok: boolean;
  /** The seq of the log as of which the set was computed. */
  readonly upTo: number;
  /** How many records it really has. */
  readonly count: number;
  /** Where the fingerprints are wrong, as far as that is told. */
  readonly wrongBlocks: readonly object[];
}

@Injectable()
export class SetChecks {
  private check: (() => Promise<SetCheckAnswer>) | undefined;
  private running: Promise<SetCheckAnswer> | undefined;

  answeredBy(check: () => Promise<SetCheckAnswer>): void {
    this.check = check;
  }

  /** One at a time: it reads every record's id. */
  run(): Promise<SetCheckAnswer> {
    if (this.check === undefined) {
      return Promise.reject(new HoldfastError('unavailable', 'This archive keeps no fingerprints now.'));
    }
    this.running ??= this.check().finally(() => (this.running = undefined));
    return this.running;
  }
}
