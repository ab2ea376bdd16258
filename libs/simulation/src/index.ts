/** @holdfast/simulation: worlds in virtual time in which the same code runs that runs in archives and clients. */
export {};
