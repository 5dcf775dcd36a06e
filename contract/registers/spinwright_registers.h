/* SPDX-License-Identifier: MIT OR Apache-2.0
 * Register map of Spinwright machines, contract version 1.
 * Written by `spinwright registers --format c`; changes will be lost. */
#ifndef SPINWRIGHT_REGISTERS_H
#define SPINWRIGHT_REGISTERS_H

#include <stdint.h>

/* What IDENT_MAGIC reads. */
#define SPINWRIGHT_MAGIC UINT32_C(0x53505752)

/* Word addresses; a bus of bytes has them times 4. */
#define SPINWRIGHT_IDENT_MAGIC 0x0000u /* r: Always 0x53505752. */
#define SPINWRIGHT_IDENT_CONTRACT 0x0001u /* r: Contract version. */
#define SPINWRIGHT_IDENT_HASH_HI 0x0002u /* r: Machine hash, bits 63 to 32 of the ID. */
#define SPINWRIGHT_IDENT_HASH_LO 0x0003u /* r: Machine hash, bits 31 to 0 of the ID. */
#define SPINWRIGHT_IDENT_CAPABILITIES 0x0004u /* r: Capability bits: 0 layered, 1 spin readout, 2 field readout, 3 clamp, 4 host start, 5 several tables, 6 upload of tables alone, 7 convolution, 8 several blocks, 9 encoder, 10 decoder, 11 two input buffers, 12 wired, 13 addressed, 14 beta schedule, 15 banks from the bitstream, 16 energies and best states, 17 ladder, 18 self-test. */
#define SPINWRIGHT_IDENT_LANES 0x0005u /* r: Lanes. */
#define SPINWRIGHT_IDENT_SLOTS 0x0006u /* r: Slots of both colors of all blocks. */
#define SPINWRIGHT_IDENT_REPLICAS 0x0007u /* r: Replicas. */
#define SPINWRIGHT_IDENT_COUPLING_BANKS 0x0008u /* r: Coupling banks. */
#define SPINWRIGHT_IDENT_BIAS_BANKS 0x0009u /* r: Bias banks. */
#define SPINWRIGHT_IDENT_TABLES 0x000au /* r: Tables per color and bank. */
#define SPINWRIGHT_IDENT_INPUTS 0x000bu /* r: Input p-bits of the first block. */
#define SPINWRIGHT_IDENT_HIDDEN 0x000cu /* r: Hidden p-bits of the last block. */
#define SPINWRIGHT_IDENT_OUTPUTS 0x000du /* r: Output p-bits of the last block. */
#define SPINWRIGHT_IDENT_TREE_WIDTH 0x000eu /* r: Source spins per lane and clock. */
#define SPINWRIGHT_IDENT_WIDTHS 0x000fu /* r: weight_bits | bias_bits << 8 | field_bits << 16 | draw_bits << 24. */
#define SPINWRIGHT_IDENT_BLOCKS 0x0010u /* r: Blocks. */
#define SPINWRIGHT_IDENT_PIXELS 0x0011u /* r: Pixels of a picture; 0 without an encoder on the device. */
#define SPINWRIGHT_IDENT_CLASSES 0x0012u /* r: Classes; 0 without a decoder on the device. */
#define SPINWRIGHT_IDENT_INPUT_BUFFERS 0x0013u /* r: Buffers for a picture or for input spins. */
#define SPINWRIGHT_CONTROL_COMMAND 0x0100u /* w: 1 run, 2 stop at the next sweep boundary, 3 swap to the target banks, 4 roll back to the previous banks, 5 clear the error counters, 6 cancel a pending swap. */
#define SPINWRIGHT_CONTROL_STATUS 0x0101u /* r: Bit 0 busy, 1 done (since the last run command), 2 stopped by command, 3 swap pending, 4 the self-test passed, 5 it failed. */
#define SPINWRIGHT_CONTROL_START_MODE 0x0102u /* rw: 0 random, 1 host, 2 keep. */
#define SPINWRIGHT_CONTROL_SWAP_COUPLING 0x0103u /* rw: Coupling bank of the next swap. */
#define SPINWRIGHT_CONTROL_SWAP_BIAS 0x0104u /* rw: Bias bank of the next swap. */
#define SPINWRIGHT_CONTROL_ACTIVE_COUPLING 0x0105u /* r: Active coupling bank. */
#define SPINWRIGHT_CONTROL_ACTIVE_BIAS 0x0106u /* r: Active bias bank. */
#define SPINWRIGHT_CONTROL_PREVIOUS_COUPLING 0x0107u /* r: Coupling bank before the last swap. */
#define SPINWRIGHT_CONTROL_PREVIOUS_BIAS 0x0108u /* r: Bias bank before the last swap. */
#define SPINWRIGHT_CONTROL_SWEEP_NUMBER 0x0109u /* r: Sweeps of every replica completed in this run; swaps do not reset it. */
#define SPINWRIGHT_CONTROL_SWAP_SWEEP 0x010au /* r: Sweep number at which the last swap took effect (the last sweep of the old banks). */
#define SPINWRIGHT_CONTROL_SWAP_COUNT 0x010bu /* r: Swaps since reset, modulo 2^32. */
#define SPINWRIGHT_CONTROL_COUPLING_VALID 0x010cu /* r: Bit b: coupling bank b is valid. */
#define SPINWRIGHT_CONTROL_BIAS_VALID 0x010du /* r: Bit b: bias bank b is valid. */
#define SPINWRIGHT_CONTROL_CYCLES 0x010eu /* r: Clocks of the current or last run, modulo 2^32. */
#define SPINWRIGHT_CONTROL_RETAINED_SO_FAR 0x010fu /* r: Sweeps already retained since the last swap or start. */
#define SPINWRIGHT_CONTROL_CLASS 0x0110u /* r: Class of the last run that was decoded; with a decoder on the device. */
#define SPINWRIGHT_CONTROL_INPUT_BUFFER 0x0111u /* rw: Input buffer that the next run reads. */
#define SPINWRIGHT_CONTROL_BLOCK 0x0112u /* r: Block that runs, or that ran last. */
#define SPINWRIGHT_SCHEDULE 0x0200u /* rw: Window, block i of bank b at 4 (b x blocks + i): burn-in sweeps (+0), retained sweeps (+1), readout (+2: 0 spin, 1 field). Writing the active bank's while busy is refused. */
#define SPINWRIGHT_LOAD_KIND 0x0300u /* rw: 0 couplings, 1 biases, 2 tables. */
#define SPINWRIGHT_LOAD_BANK 0x0301u /* rw: Bank to fill. */
#define SPINWRIGHT_LOAD_CRC 0x0302u /* rw: CRC-32 that the received words must have. */
#define SPINWRIGHT_LOAD_HASH_HI 0x0303u /* rw: Machine hash that the image was made for, upper half. */
#define SPINWRIGHT_LOAD_HASH_LO 0x0304u /* rw: Machine hash that the image was made for, lower half. */
#define SPINWRIGHT_LOAD_COMMAND 0x0305u /* w: 1 begin, 2 commit, 3 abort. */
#define SPINWRIGHT_LOAD_SEQUENCE 0x0306u /* rw: Write: sequence number of the frame whose words follow. Read: the number expected next. */
#define SPINWRIGHT_LOAD_DATA 0x0307u /* w: Next word of the stream. */
#define SPINWRIGHT_LOAD_STATE 0x0308u /* r: State of the load engine, see `load::LoadState`. */
#define SPINWRIGHT_LOAD_WORDS 0x0309u /* r: Words received since begin. */
#define SPINWRIGHT_ERROR_FRAME_CRC 0x0400u /* r: Frames with a wrong CRC. */
#define SPINWRIGHT_ERROR_FRAME_FORMAT 0x0401u /* r: Frames with an unknown opcode or a bad count. */
#define SPINWRIGHT_ERROR_ADDRESS 0x0402u /* r: Accesses to addresses that do not exist or not in that direction. */
#define SPINWRIGHT_ERROR_REFUSED 0x0403u /* r: Commands and accesses refused in the present state. */
#define SPINWRIGHT_ERROR_LOAD 0x0404u /* r: Uploads that ended in a refusal. */
#define SPINWRIGHT_ERROR_FRAME_TIMEOUT 0x0405u /* r: Frames dropped because the next character did not come. */
#define SPINWRIGHT_ERROR_UART 0x0406u /* r: Characters without a stop bit. */
#define SPINWRIGHT_INTERRUPT_ENABLE 0x0500u /* rw: Behind a bus only: bit 0, the end of a run raises the interrupt. */
#define SPINWRIGHT_INTERRUPT_PENDING 0x0501u /* rw: Behind a bus only: bit 0, a run has ended; writing a 1 clears the bit. */
#define SPINWRIGHT_BETA_SCHEDULE 0x0800u /* rw: Window, with a beta schedule, entry e of bank b at 2 (b x beta_steps + e): sweeps (+0), table (+1). Writing the active bank's while busy is refused. */
#define SPINWRIGHT_INPUT 0x1000u /* w: Window: input p-bits, word w, part k at w * ceil(tree_width / 32) + k, buffer 1 at +0x800; bit 0 of a part is its first p-bit. */
#define SPINWRIGHT_CLAMP_MASK 0x2000u /* w: Window, one word per slot, over all blocks: bit l set clamps the p-bit of lane l. */
#define SPINWRIGHT_CLAMP_VALUE 0x3000u /* w: Window, one word per slot: the value of the clamped p-bits. */
#define SPINWRIGHT_SEED 0x4000u /* w: Window, 4 words per lane: generator state, least significant word first. */
#define SPINWRIGHT_TABLE_SELECT 0x5000u /* w: Window, one word per replica: the table it uses. */
#define SPINWRIGHT_SPINS 0x6000u /* rw: Window, replica * slots + slot, of the block that ran last: bit l is the spin of lane l. Refused while busy. */
#define SPINWRIGHT_SUMS 0x8000u /* r: Window, output slot * lanes + lane: readout sums, sign-extended. Refused while busy. */
#define SPINWRIGHT_SIGNS 0xa000u /* r: Window, one word per output slot: bit l is the sign of lane l's sum (1 up). Refused while busy. */
#define SPINWRIGHT_PIXELS 0xb000u /* w: Window, with an encoder on the device: word w holds pixels 4w .. 4w + 3, the first in bits 7 to 0; buffer 1 at +0x800. */
#define SPINWRIGHT_SCORES 0xc000u /* r: Window, with a decoder on the device: the score of every class, sign-extended. Refused while busy. */
#define SPINWRIGHT_ENERGY 0xd000u /* r: Window, with energies on the device: the energy of every replica's state, sign-extended. Refused while busy. */
#define SPINWRIGHT_BEST_ENERGY 0xd100u /* r: Window, with energies on the device: the lowest energy that every replica had after a sweep, sign-extended. Refused while busy. */
#define SPINWRIGHT_BEST_SWEEP 0xd200u /* r: Window, with energies on the device: the sweep after which every replica had it first, modulo 2^32. Refused while busy. */
#define SPINWRIGHT_LADDER 0xd300u /* r: Window, with a ladder: the replica that stands at every place. Refused while busy. */
#define SPINWRIGHT_LADDER_TRIED 0xd400u /* r: Window, with a ladder: exchanges of every rung with the next one that the last run tried, over all ladders, modulo 2^32. Refused while busy. */
#define SPINWRIGHT_LADDER_MADE 0xd500u /* r: Window, with a ladder: those of them that were made. Refused while busy. */
#define SPINWRIGHT_BEST_SPINS 0xe000u /* r: Window, with energies on the device: as `SPINS`, the state that had this energy. Refused while busy. */

/* Lengths of windows in words; a machine may have fewer. */
#define SPINWRIGHT_SCHEDULE_WORDS 0x100u
#define SPINWRIGHT_BETA_SCHEDULE_WORDS 0x800u
#define SPINWRIGHT_INPUT_WORDS 0x1000u
#define SPINWRIGHT_CLAMP_MASK_WORDS 0x1000u
#define SPINWRIGHT_CLAMP_VALUE_WORDS 0x1000u
#define SPINWRIGHT_SEED_WORDS 0x1000u
#define SPINWRIGHT_TABLE_SELECT_WORDS 0x1000u
#define SPINWRIGHT_SPINS_WORDS 0x2000u
#define SPINWRIGHT_SUMS_WORDS 0x2000u
#define SPINWRIGHT_SIGNS_WORDS 0x1000u
#define SPINWRIGHT_PIXELS_WORDS 0x1000u
#define SPINWRIGHT_SCORES_WORDS 0x1000u
#define SPINWRIGHT_ENERGY_WORDS 0x100u
#define SPINWRIGHT_BEST_ENERGY_WORDS 0x100u
#define SPINWRIGHT_BEST_SWEEP_WORDS 0x100u
#define SPINWRIGHT_LADDER_WORDS 0x100u
#define SPINWRIGHT_LADDER_TRIED_WORDS 0x100u
#define SPINWRIGHT_LADDER_MADE_WORDS 0xb00u
#define SPINWRIGHT_BEST_SPINS_WORDS 0x2000u

/* Bits. */
#define SPINWRIGHT_IDENT_CAPABILITIES_LAYERED UINT32_C(0x1) /* layered */
#define SPINWRIGHT_IDENT_CAPABILITIES_SPIN_READOUT UINT32_C(0x2) /* spin readout */
#define SPINWRIGHT_IDENT_CAPABILITIES_FIELD_READOUT UINT32_C(0x4) /* field readout */
#define SPINWRIGHT_IDENT_CAPABILITIES_CLAMP UINT32_C(0x8) /* clamp */
#define SPINWRIGHT_IDENT_CAPABILITIES_HOST_START UINT32_C(0x10) /* host start */
#define SPINWRIGHT_IDENT_CAPABILITIES_SEVERAL_TABLES UINT32_C(0x20) /* several tables */
#define SPINWRIGHT_IDENT_CAPABILITIES_TABLE_UPLOAD UINT32_C(0x40) /* upload of tables alone */
#define SPINWRIGHT_IDENT_CAPABILITIES_CONVOLUTION UINT32_C(0x80) /* convolution */
#define SPINWRIGHT_IDENT_CAPABILITIES_SEVERAL_BLOCKS UINT32_C(0x100) /* several blocks */
#define SPINWRIGHT_IDENT_CAPABILITIES_ENCODER UINT32_C(0x200) /* encoder */
#define SPINWRIGHT_IDENT_CAPABILITIES_DECODER UINT32_C(0x400) /* decoder */
#define SPINWRIGHT_IDENT_CAPABILITIES_TWO_INPUT_BUFFERS UINT32_C(0x800) /* two input buffers */
#define SPINWRIGHT_IDENT_CAPABILITIES_WIRED UINT32_C(0x1000) /* wired */
#define SPINWRIGHT_IDENT_CAPABILITIES_ADDRESSED UINT32_C(0x2000) /* addressed */
#define SPINWRIGHT_IDENT_CAPABILITIES_BETA_SCHEDULE UINT32_C(0x4000) /* beta schedule */
#define SPINWRIGHT_IDENT_CAPABILITIES_POWER_ON UINT32_C(0x8000) /* banks from the bitstream */
#define SPINWRIGHT_IDENT_CAPABILITIES_ENERGY UINT32_C(0x10000) /* energies and best states */
#define SPINWRIGHT_IDENT_CAPABILITIES_LADDER UINT32_C(0x20000) /* ladder */
#define SPINWRIGHT_IDENT_CAPABILITIES_SELF_TEST UINT32_C(0x40000) /* self-test */
#define SPINWRIGHT_CONTROL_STATUS_BUSY UINT32_C(0x1) /* A run is going on. */
#define SPINWRIGHT_CONTROL_STATUS_DONE UINT32_C(0x2) /* The last run ended. */
#define SPINWRIGHT_CONTROL_STATUS_STOPPED UINT32_C(0x4) /* It was ended by a stop command. */
#define SPINWRIGHT_CONTROL_STATUS_SWAP_PENDING UINT32_C(0x8) /* A swap waits for the next sweep boundary. */
#define SPINWRIGHT_CONTROL_STATUS_SELF_TEST_PASSED UINT32_C(0x10) /* The self-test passed; until the next configuration of the chip. */
#define SPINWRIGHT_CONTROL_STATUS_SELF_TEST_FAILED UINT32_C(0x20) /* It failed: no bank of the bitstream is valid; until the next configuration of the chip. */
#define SPINWRIGHT_INTERRUPT_ENABLE_DONE UINT32_C(0x1) /* A run has ended. */
#define SPINWRIGHT_INTERRUPT_PENDING_DONE UINT32_C(0x1) /* A run has ended. */

/* Values. */
#define SPINWRIGHT_CONTROL_COMMAND_RUN 1u /* Start a run. */
#define SPINWRIGHT_CONTROL_COMMAND_STOP 2u /* Stop at the next sweep boundary. */
#define SPINWRIGHT_CONTROL_COMMAND_SWAP 3u /* Request a swap to the target banks. */
#define SPINWRIGHT_CONTROL_COMMAND_ROLL_BACK 4u /* Request a swap to the previous banks. */
#define SPINWRIGHT_CONTROL_COMMAND_CLEAR_ERRORS 5u /* Zero the error counters. */
#define SPINWRIGHT_CONTROL_COMMAND_CANCEL_SWAP 6u /* Forget a pending swap. */
#define SPINWRIGHT_LOAD_COMMAND_BEGIN 1u /* Begin an upload. */
#define SPINWRIGHT_LOAD_COMMAND_COMMIT 2u /* Check it and make the bank valid. */
#define SPINWRIGHT_LOAD_COMMAND_ABORT 3u /* Give it up. */

/* Frames of the UART. */
#define SPINWRIGHT_FRAME_REQUEST_SYNC 0x5au /* First byte of a request. */
#define SPINWRIGHT_FRAME_RESPONSE_SYNC 0xa5u /* First byte of a response. */
#define SPINWRIGHT_FRAME_READ 0x01u /* Opcode: read consecutive words. */
#define SPINWRIGHT_FRAME_WRITE 0x02u /* Opcode: write consecutive words. */
#define SPINWRIGHT_FRAME_WRITE_FIXED 0x03u /* Opcode: write words to one address. */
#define SPINWRIGHT_FRAME_LOAD 0x04u /* Opcode: a sequence number and words of a load stream. */
#define SPINWRIGHT_FRAME_OK 0x00u /* Status: done. */
#define SPINWRIGHT_FRAME_BAD_CRC 0x01u /* Status: the request's CRC was wrong. */
#define SPINWRIGHT_FRAME_BAD_FORMAT 0x02u /* Status: unknown opcode or bad count. */
#define SPINWRIGHT_FRAME_BAD_ADDRESS 0x03u /* Status: no such address or direction. */
#define SPINWRIGHT_FRAME_REFUSED 0x04u /* Status: refused in the present state. */

/* A register behind AXI4-Lite or Wishbone whose window begins at `base`. */
static inline uint32_t spinwright_read(const volatile uint32_t *base, uint32_t word) { return base[word]; }

static inline void spinwright_write(volatile uint32_t *base, uint32_t word, uint32_t value) { base[word] = value; }

#endif
