/** What a Ctrl-C or SIGTERM has broken off, by a command that knows better than "do the same again" what is to be done now. */
import { HoldfastError } from '@holdfast/protocol';

export class EndedEarly extends HoldfastError {
  constructor(sentence: string, data: HoldfastError['data'] = {}) {
    super('aborted', sentence, data);
  }
}
