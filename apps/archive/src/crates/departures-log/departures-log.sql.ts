/** The statements of the departures log. */
const named = (name: string, text: string) => ({ name: `departures-${name}`, text });

/** The bytes of "left": whoever numbers departures holds it until the numbers can be seen. */
export const lockSql = `select pg_advisory_xact_lock(${0x6c656674})`;

export const numberSql = named(
  'number',
  `update crate set left_seq = nextval('crate_left_seq') where id = any (array(
     select id from crate where proof is not null and left_seq is null
     order by left_at limit $1 for update skip locked
   ))`,
);

/** Read while the lock is held: a sequence does not wait for commits. */
export const lastSql = named(
  'last',
  'select case when is_called then last_value else 0 end as last from crate_left_seq',
);

export const afterSql = named(
  'after',
  `select id, left_seq as seq from crate where left_seq is not null and left_seq > $1 and left_seq <= $2
   order by left_seq limit $3`,
);
