/**
 * Ed25519 signatures with points of mixed order: Alice's key plus a point T of order 8, or R plus a multiple of T.
 * With the cofactor all of them verify; without it, as spec/records.md, "Signatures", asks, only those do in which the
 * parts of small order cancel. They were made with her secret scalar a: R = rB + tT, S = r + H(R, A, M) a.
 */
export const mixedOrderSignatures = [
  {
    name: 'R of mixed order, which verifies with cofactor alone',
    publicKey: 'f2571602526880793f0cde634747265e2f4ed826e4ff15e608f001b5b5626097',
    message: '6b656c702030',
    signature:
      '77f5286e21d616784cf1b81ddab59f4eb2ff041c7a270a23d39afd867e2993394978c4bd197d8de5c21dfffd193b8626b0d54a779b6500489016d3a42d0d1501',
    ok: false,
  },
  {
    name: 'a public key of mixed order, which verifies with cofactor alone',
    publicKey: '4c32d4b3e4b96c92072d0aec326be97029ad001bb39423355f2a9a65e00dbb79',
    message: '6b656c702030',
    signature:
      '2a2e7144e1a6a7a449034c039471111601723d15964bae9ad0c334fa04733f11d58b02bbf1576deb692eec4f2e306557947a988503ee88f6d9210e513eeeed0b',
    ok: false,
  },
  {
    name: 'a public key of mixed order and H(R, A, M) a multiple of 8',
    publicKey: '4c32d4b3e4b96c92072d0aec326be97029ad001bb39423355f2a9a65e00dbb79',
    message: '6b656c702030',
    signature:
      '1cab2d3de413346060964fbe392f7299a3a12425b267bbeb635075255e447417f28aef47a90bf3471e76dd5c8149af4fb099cbbfc8b2ef86a2bfbfeebda90103',
    ok: true,
  },
  {
    name: 'a public key and R of mixed order that cancel',
    publicKey: '4c32d4b3e4b96c92072d0aec326be97029ad001bb39423355f2a9a65e00dbb79',
    message: '6b656c702030',
    signature:
      '050a514d1335c452db11c73cdfe8f9c65cff88d8d3791a7d4015612581bed3b40805108bb5cdebd908a6d0d8f98292e8e6baf1e1a82ef00605bda71aff90c800',
    ok: true,
  },
] as const;

/** A record by Alice whose R is of mixed order. */
export const recordWithMixedR =
  'eyJhbGciOiJFZDI1NTE5IiwidHlwIjoiaG9sZGZhc3QtcmVjb3JkIiwia2lkIjoiOGxjV0FsSm9nSGtfRE41alIwY21YaTlPMkNia194WG1DUEFCdGJWaVlKYyJ9.eyJjb2xsZWN0aW9uIjoibm90ZXMiLCJpYXQiOjE4MDAwMDAwMDAsImJvZHkiOiJoZWxsbyAwIn0.Nz26JXkOSyO_7HuJILpDlJPFyVpet9g4Tp1VGUFTLdXViFB0QBorNjojNRrToPAYapLh8wImtzs2ghm0WBvPAw';

/** Two records by the author of mixed order: in the second H(R, A, M) is no multiple of 8. */
export const recordByMixedOrder =
  'eyJhbGciOiJFZDI1NTE5IiwidHlwIjoiaG9sZGZhc3QtcmVjb3JkIiwia2lkIjoiVERMVXMtUzViSklITFFyc01tdnBjQ210QUJ1emxDTTFYeXFhWmVBTnUzayJ9.eyJjb2xsZWN0aW9uIjoibm90ZXMiLCJpYXQiOjE4MDAwMDAwMDAsImJvZHkiOiJoZWxsbyAzIn0.cNssW7yu0V5BIG8Tr3qMV6_spqe6pJMdZVF7iCeGG1RrhDWiBpAyNMEAGmYTu9a2vL9Ftd0cedtquMl_mscdAg';
export const recordByMixedOrderWithCofactor =
  'eyJhbGciOiJFZDI1NTE5IiwidHlwIjoiaG9sZGZhc3QtcmVjb3JkIiwia2lkIjoiVERMVXMtUzViSklITFFyc01tdnBjQ210QUJ1emxDTTFYeXFhWmVBTnUzayJ9.eyJjb2xsZWN0aW9uIjoibm90ZXMiLCJpYXQiOjE4MDAwMDAwMDAsImJvZHkiOiJoZWxsbyAwIn0.Xg3SN8WQDOY8Hirp2sDAln-cS6BWDYQY5KiqRWbSrm1v4FjMPsM0L8dpy9a-ArDO4j-GH8VZLiwWzaB7LopbBQ';
