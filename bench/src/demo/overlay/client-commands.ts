/** What a demo's client is told, and what it tells. */
export type ClientCommand =
  | { readonly do: 'publish'; readonly record: string }
  | { readonly do: 'get' | 'find'; readonly id: string }
  | { readonly do: 'mailbox' }
  | { readonly do: 'send'; readonly to: string; readonly text: string }
  | { readonly do: 'delivered'; readonly message: string }
  | { readonly do: 'overlay' }
  | { readonly do: 'close' };

export type ClientNews =
  | { readonly received: string }
  | { readonly n: number; readonly value: unknown }
  | { readonly n: number; readonly error: string };
