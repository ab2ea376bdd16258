/** The other side of a link, saying whatever a test has it say. */
import { gossipLimits } from '../src/limits.js';
import type { Link } from '../src/link.js';
import { simulatedAuthor } from '../src/memory/index.js';
import { Line, type TestArchive } from './world.js';

export interface Said {
  readonly op: string;
  readonly n?: number;
  readonly [member: string]: unknown;
}

/** What it answers to a question; `undefined`: nothing. Members `op` and `n` are added when they are missing. */
export type Answers = Record<string, (question: Said) => object | string | undefined>;

export interface Impostor {
  readonly link: Link;
  readonly id: string;
  readonly heard: Said[];
  /** How the archive closed the connection. */
  readonly closed: { code?: string | undefined; detail?: string | undefined }[];
  readonly toIt: Line;
  say(frame: object | string): void;
}

export const hello = { op: 'hello', versions: [1], scope: {}, horizon: null, last: 0 };

/** As of an archive that has nothing. */
export const nothing: Answers = {
  start: () => ({ last: 0, count: 0 }),
  peers: () => ({ peers: [] }),
  page: ({ after }) => ({ records: [], upTo: after, last: after }),
  want: ({ ids }) => ({ records: [], gone: ids }),
  proofs: () => ({ departures: [] }),
  // A message without ranges: there is nothing left to ask.
  compare: () => ({ message: 'YQ' }),
};

/** Answered late, unless a test has something to say. */
const polls: Answers = {
  news: ({ after }) => ({ ids: [], upTo: after, ageSeconds: 0, last: after }),
  departures: ({ after }) => ({ crates: [], upTo: after, last: after }),
};

export function pretendTo(
  archive: TestArchive,
  answers: Answers = {},
  greeting: object | undefined = hello,
): Impostor {
  const { time } = archive;
  const id = simulatedAuthor('impostor');
  const [toIt, toArchive] = [new Line(time), new Line(time)];
  const heard: Said[] = [];
  const closed: Impostor['closed'] = [];
  const known = { ...nothing, ...answers };
  const say = (frame: object | string): void => {
    toArchive.send(typeof frame === 'string' ? frame : JSON.stringify(frame)).catch(() => undefined);
  };
  toIt.deliver = (text) => {
    const said = JSON.parse(text) as Said;
    heard.push(said);
    const reply = (answer: object | string | undefined): void => {
      if (answer !== undefined)
        say(typeof answer === 'string' ? answer : { op: 'answer', n: said.n, ...answer });
    };
    const poll = polls[said.op];
    if (known[said.op] !== undefined) reply(known[said.op]!(said));
    else if (poll !== undefined) time.after(gossipLimits.longPollMsMax, () => reply(poll(said)));
  };
  const link = archive.open(
    {
      send: (frame) => toIt.send(frame),
      close: (code, detail) => closed.push({ code, detail }),
    },
    id,
  );
  toArchive.deliver = (frame) => link.received(frame);
  if (greeting !== undefined) say(greeting);
  return { link, id, heard, closed, toIt, say };
}
