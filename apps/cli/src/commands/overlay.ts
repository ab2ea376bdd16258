/** `holdfast overlay`: whether this machine's clients reach others, and what to do when they do not. */
import type { Command } from 'commander';
import type { Client, OverlayStatus } from '@holdfast/client';
import { optionalTimeout, timeoutSecondsDefault } from '../arguments/option-values.js';
import { withClient, type ContextOf } from '../context.js';
import { cliLimits } from '../limits.js';
import { exitStatus, type SetExitStatus } from '../output/exit-status.js';
import { overlayText } from '../output/overlay-lines.js';
import { within } from '../within.js';

export function addOverlayCommand(
  program: Command,
  contextOf: ContextOf,
  setExitStatus: SetExitStatus,
): void {
  program
    .command('overlay')
    .description('say whether you are among the clients that share records')
    .addOption(optionalTimeout('how long to try to come in (default: until it is clear why not)'))
    .addHelpText(
      'after',
      `
Examples:
  holdfast overlay
  holdfast overlay --json
  HOLDFAST_OVERLAY=server holdfast overlay --timeout 15m

Joins as observer, or as HOLDFAST_OVERLAY says, looks round, and leaves. Says which archives let it join, how many other
clients answer, and where nobody does, why. A server serves at once where hardly anybody does, else after ten minutes;
an observer asks others and holds nothing for them. Ends with status 0 when it is in the overlay, and with 1 when it is not.`,
    )
    .action(async ({ timeout }: { timeout?: number }, command: Command) => {
      const context = contextOf(command);
      const status = await withClient(context, { identity: 'optional', overlay: 'observer' }, (client) =>
        settledStatus(
          client,
          within(context.signal, timeout ?? timeoutSecondsDefault),
          timeout !== undefined,
        ),
      );
      await context.output.result(status, overlayText(status));
      if (!status.isIn) setExitStatus(exitStatus.failed);
    });
}

/** As soon as it is in, or nothing will change that soon; at the latest when the signal aborts. */
async function settledStatus(
  client: Client,
  signal: AbortSignal,
  isPatient: boolean,
): Promise<OverlayStatus> {
  let giveUp: AbortSignal | undefined;
  for (;;) {
    let look = (): void => undefined;
    const changed = new Promise<void>((resolve) => (look = resolve));
    const stopListening = client.on('overlay', look);
    const status = await client.overlay();
    if (!isPatient && (status.whyNot === 'alone' || status.whyNot === 'unreachable')) {
      giveUp ??= within(signal, cliLimits.overlaySettlesSeconds);
    }
    const ending = giveUp ?? signal;
    const isSettled = status.isIn || status.whyNot === 'off' || status.whyNot === 'refused' || ending.aborted;
    ending.addEventListener('abort', look);
    if (!isSettled) await changed;
    stopListening();
    ending.removeEventListener('abort', look);
    if (isSettled) return status;
  }
}
