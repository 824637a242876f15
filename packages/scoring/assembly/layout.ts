/** As in src/kernels/layout.ts. */
export const MIXED: u32 = 65536;
export const MIXED_BYTES: usize = 128;
export const LABEL_ENTRY_BYTES: usize = 32;
export const CLASS_BYTES: usize = 8;
export const BRICK_BYTES: usize = 32;
export const RING_BYTES: usize = 64;
export const GROUP_BYTES: usize = 192;
export const RECORD_BYTES: usize = 8;
export const RUN_BYTES: usize = 16;
