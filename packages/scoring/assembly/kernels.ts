/**
 * The kernels of src/kernels/plain once more, in AssemblyScript with SIMD: same names, arguments, layouts and results.
 * What a kernel does is documented there; here are only the reasons for doing it differently. Addresses are checked by
 * their callers (surface.ts, volumes.ts), which allocate exactly what is written, and by WebAssembly itself at the end
 * of memory. `inflate` is the twin of what src/deflate does for each symbol and byte.
 */
export { buildBricks, buildTree, collect } from "./bricks";
export { components } from "./components";
export { crop } from "./crop";
export { far } from "./far";
export { crc32, inflateBlock } from "./inflate";
export { near } from "./near";
export { overlap } from "./overlap";
export { pack } from "./pack";
export { sortDistances } from "./sort";
export { cornerClasses, cornerSurface, voxelSurface } from "./surfaces";
