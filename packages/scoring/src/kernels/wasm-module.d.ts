/** The compiled kernels. `wasm-module.js` is made by build-kernels.ts and not kept in git. */
export const kernelsBase64: string;
