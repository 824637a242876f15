/** As in src/kernels/layout.ts. */
export const MIXED: u32 = 65536;
export const MIXED_BYTES: usize = 128;
export const LABEL_ENTRY_BYTES: usize = 32;
export const BRICK_BYTES: usize = 32;
export const GROUP_BYTES: usize = 192;
export const RECORD_BYTES: usize = 8;
export const RUN_BYTES: usize = 16;
/** As in src/kernels/near-tables.ts. */
export const TIER_RANKS: u32 = 255;
