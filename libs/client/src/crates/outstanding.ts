/** Where the storage names the crates that are still on their way: `outstanding/<crate>` holds the message's id. */
export const outstandingPrefix = 'outstanding/';
