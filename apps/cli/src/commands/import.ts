/** `holdfast import mail`: mail files, folders and mboxes become records, one a mail. */
import type { Command } from 'commander';
import type { ErrorCode } from '@holdfast/protocol';
import { withClient, type ContextOf } from '../context.js';
import { requireIdentity, signingKeyOf } from '../home/identity.js';
import type { MailImportSummary } from '../mail/import-mail.js';
import type { MailRefusal } from '../mail/mail-refusal.js';
import { exitStatus, type SetExitStatus } from '../output/exit-status.js';
import type { Output } from '../output/output.js';

/** Refusals that are the mail's own fault: it is listed, and the import has done what it could. */
const faultsOfMails: ReadonlySet<ErrorCode> = new Set(['mail-unparseable', 'mail-too-large']);

export function addImportCommands(
  program: Command,
  contextOf: ContextOf,
  setExitStatus: SetExitStatus,
): void {
  program
    .command('import')
    .description('bring what you have elsewhere')
    .command('mail')
    .description('publish mails as records of the collection "mail", one a mail')
    .argument('<paths...>', 'RFC 822 files, mbox files, or folders that are searched through')
    .addHelpText(
      'after',
      `
Examples:
  holdfast import mail message.eml
  holdfast import mail ~/Maildir archive.mbox
  holdfast import mail ~/Maildir --json > rejected.jsonl

The key of a record is the mail's Message-Id, its topic the List-Id, its date the mail's Date, and it refers to the
record of the mail that it answers. Texts are cut where a record is full, and marked with "cut". Importing the same
mails again publishes nothing: the archive knows them. An import that was interrupted is simply started again.

Whatever cannot be imported is listed with its reason: rejected mails, and files in folders that are no mails
(skipped). Status 0 when everything was imported, known, or listed so; 1 when a path could not be read, the archive
refused a record, or nothing at all could be imported.`,
    )
    .action(async (paths: readonly string[], _options: object, command: Command) => {
      const context = contextOf(command);
      const { output, settings, signal } = context;
      const author = signingKeyOf(await requireIdentity(settings.home));
      // The parsers are loaded for this command alone.
      const { importMail } = await import('../mail/import-mail.js');
      const bar = output.progressBar();
      const refusals: { refusal: MailRefusal; kind: string }[] = [];
      const startedAt = performance.now();
      const summary = await withClient(context, { identity: 'required', saysWaiting: true }, (client) =>
        importMail({
          paths,
          client,
          author,
          now: Math.floor(Date.now() / 1000),
          signal,
          onProgress: ({ step, done, total }) => bar.update(step, done, total),
          onRefusal: (refusal, kind) => {
            if (!faultsOfMails.has(refusal.code)) setExitStatus(exitStatus.failed);
            // Whoever has stopped reading ends the process, not this promise.
            if (output.json) output.result({ status: kind, ...refusal }, '').catch(() => undefined);
            else refusals.push({ refusal, kind });
          },
        }),
      ).finally(() => bar.end());
      if (summary.imported + summary.known === 0 && summary.rejected > 0) setExitStatus(exitStatus.failed);
      await listRefusals(output, refusals);
      await reportSummary(output, summary, (performance.now() - startedAt) / 1000);
    });
}

const listedOfOneReasonMax = 5;

/** Rejected mails each on a line; what merely lay in the folders is counted by reason after the first few. */
async function listRefusals(
  output: Output,
  refusals: readonly { refusal: MailRefusal; kind: string }[],
): Promise<void> {
  const skipped = new Map<string, number>();
  for (const { refusal, kind } of refusals) {
    const { file, offset, detail, code } = refusal;
    if (kind === 'skipped') {
      const count = (skipped.get(detail) ?? 0) + 1;
      skipped.set(detail, count);
      if (count > listedOfOneReasonMax) continue;
    }
    await output.result(
      refusal,
      `${kind}  ${file}${offset === 0 ? '' : ` at byte ${offset}`}: ${detail} (${code})`,
    );
  }
  for (const [detail, count] of skipped) {
    const more = count - listedOfOneReasonMax;
    if (more > 0)
      await output.result({}, `skipped  ${more} more files in these folders, listed by --json: ${detail}`);
  }
}

async function reportSummary(output: Output, summary: MailImportSummary, seconds: number): Promise<void> {
  const importPerSecond = Math.round((summary.imported + summary.known) / Math.max(seconds, 0.001));
  const text = [
    `${summary.imported} published, ${summary.known} known, ${summary.rejected} rejected, ${summary.skipped} skipped`,
    `${summary.withParent} with the mail that they answer, ${summary.cut} cut`,
    `${seconds.toFixed(1)} s, ${importPerSecond} mails/s`,
  ].join('\n');
  await output.result({ ...summary, seconds: Math.round(seconds * 1000) / 1000, importPerSecond }, text);
}
