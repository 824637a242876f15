/** What an operator can put right: a file that is missing or of another shape, a folder that must not be used. */
export class PrepareError extends Error {}
