/**
 * What commands say: results on stdout, as lines for people or (`--json`) as one JSON value a line; remarks and
 * progress on stderr, for people only; errors on stderr in either form. A terminal is shown no control characters, so
 * that what others have written can neither move its cursor nor recolour it; a pipe or a file gets every byte.
 */
import type { Problem } from '@holdfast/client';
import { HoldfastError } from '@holdfast/protocol';
import { cliLimits } from '../limits.js';
import { ProgressBar } from './progress-bar.js';

export interface OutputStreams {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
}

export class Output {
  readonly #problemsSaid = new Set<string>();

  constructor(
    private readonly streams: OutputStreams,
    readonly json: boolean,
  ) {}

  /** A result: `value` as JSON, or `text` for people. Resolves when it has been written. */
  result(value: object, text: string): Promise<void> {
    const shown = this.streams.stdout.isTTY === true ? printableText(text) : text;
    return new Promise((resolve, reject) => {
      const line = this.json ? JSON.stringify(value) : shown;
      this.streams.stdout.write(`${line}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** A remark for people that is no result. */
  remark(line: string): void {
    if (!this.json) this.streams.stderr.write(`${line}\n`);
  }

  error(error: HoldfastError): void {
    const text = this.json ? JSON.stringify(error) : `holdfast: ${printable(error.message)} (${error.code})`;
    this.streams.stderr.write(`${text}\n`);
  }

  /** Something that went wrong beside what the command does. What is tried again and again is said once. */
  problem({ code, detail, url, id }: Problem): void {
    const about = `${code} ${url ?? ''} ${id ?? ''}`;
    if (this.#problemsSaid.has(about) || this.#problemsSaid.size >= cliLimits.problemsSaidMax) return;
    this.#problemsSaid.add(about);
    const where = [url === undefined ? '' : ` at ${url}`, id === undefined ? '' : ` about ${id}`].join('');
    const text = this.json
      ? JSON.stringify({ problem: code, detail, url, id })
      : `holdfast: beside this${where}: ${printable(detail)} (${code})${whatToDo(code, url)}`;
    this.streams.stderr.write(`${text}\n`);
  }

  progressBar(): ProgressBar {
    return new ProgressBar(this.streams.stderr, this.streams.stderr.isTTY === true && !this.json);
  }
}

const whatToDo = (code: Problem['code'], url = 'URL'): string =>
  code === 'archive-foreign'
    ? ` Name it once as --archive ${url}#ID, if you know that it is the right one.`
    : '';

/** On one line. */
export const printable = (text: string): string => printableText(text).replace(/[\n\t]+/g, ' ');

/** Line breaks and tabs stay; every other control character and the marks that turn the direction of text go. */
export const printableText = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
