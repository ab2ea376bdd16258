/** `holdfast overlay`: whether this machine's clients reach others, and what to do when they do not. */
import type { Command } from 'commander';
import type { Client, OverlayStatus } from '@holdfast/client';
import { timeoutOption } from '../arguments/option-values.js';
import { within, withClient, type ContextOf } from '../context.js';
import { exitStatus, type SetExitStatus } from '../output/exit-status.js';
import { overlayText } from '../output/overlay-lines.js';

const timeoutSeconds = 5;

export function addOverlayCommand(
  program: Command,
  contextOf: ContextOf,
  setExitStatus: SetExitStatus,
): void {
  program
    .command('overlay')
    .description('say whether you are among the clients that share records')
    .addOption(timeoutOption('how long to try to come in', timeoutSeconds))
    .addHelpText(
      'after',
      `
Examples:
  holdfast overlay
  holdfast overlay --json
  HOLDFAST_OVERLAY=server holdfast overlay --timeout 15m

Joins as observer, or as HOLDFAST_OVERLAY says, looks round, and leaves. Says which archives let it join, how many other
clients answer, and where nobody does, why. A server serves after ten minutes; an observer asks others and holds nothing
for them. Ends with status 0 when it is in the overlay, and with 1 when it is not.`,
    )
    .action(async ({ timeout }: { timeout: number }, command: Command) => {
      const context = contextOf(command);
      const status = await withClient(context, { identity: 'optional', overlay: 'observer' }, (client) =>
        settledStatus(client, within(context.signal, timeout)),
      );
      await context.output.result(status, overlayText(status));
      if (!status.isIn) setExitStatus(exitStatus.failed);
    });
}

/** As soon as it is in, or nothing will change that; at the latest when the signal aborts. */
async function settledStatus(client: Client, signal: AbortSignal): Promise<OverlayStatus> {
  for (;;) {
    let look = (): void => undefined;
    const changed = new Promise<void>((resolve) => (look = resolve));
    const stopListening = client.on('overlay', look);
    signal.addEventListener('abort', look);
    const status = await client.overlay();
    const isSettled = status.isIn || status.whyNot === 'off' || status.whyNot === 'refused';
    if (!isSettled && !signal.aborted) await changed;
    stopListening();
    signal.removeEventListener('abort', look);
    if (isSettled || signal.aborted) return client.overlay();
  }
}
