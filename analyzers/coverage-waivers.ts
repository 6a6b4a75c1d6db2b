/**
 * Cells of the coverage matrix in which nothing can go wrong, each with the reason. A cell that gets a rule leaves this
 * list: a test fails on a waiver that nothing needs.
 */
export const coverageWaivers: Readonly<Record<string, string>> = {};
