//! Register map and host frames, as data. Append-only: an address never changes its meaning.

/// How a register may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Read only.
    Read,
    /// Write only; reading is an address error.
    Write,
    /// Both.
    ReadWrite,
}

/// One register or window of registers, each 32 bits wide, word-addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Register {
    /// Name in documents, headers and messages.
    pub name: &'static str,
    /// First word address, 16 bits.
    pub address: u16,
    /// How it may be used.
    pub access: Access,
    /// One line for people.
    pub doc: &'static str,
}

/// Value of the register `magic`: the bytes `R W P S` read as a number, "SPWR" most significant first.
pub const MAGIC: u32 = u32::from_be_bytes(*b"SPWR");

macro_rules! registers {
    ($($(#[doc = $doc:literal])+ $name:ident = $address:literal, $access:ident;)*) => {
        $($(#[doc = $doc])+ pub const $name: u16 = $address;)*
        /// Every register and window, in address order.
        pub const ALL: &[Register] = &[
            $(Register { name: stringify!($name), address: $address, access: Access::$access, doc: concat!($($doc),+) },)*
        ];
    };
}

registers! {
    /// Always 0x53505752.
    IDENT_MAGIC = 0x0000, Read;
    /// Contract version.
    IDENT_CONTRACT = 0x0001, Read;
    /// Machine hash, bits 63 to 32 of the ID.
    IDENT_HASH_HI = 0x0002, Read;
    /// Machine hash, bits 31 to 0 of the ID.
    IDENT_HASH_LO = 0x0003, Read;
    /// Capability bits: 0 layered, 1 spin readout, 2 field readout, 3 clamp, 4 host start, 5 several tables, 6 upload of tables alone, 7 convolution, 8 several blocks, 9 encoder, 10 decoder, 11 two input buffers, 12 wired, 13 addressed, 14 beta schedule, 15 banks from the bitstream, 16 energies and best states, 17 ladder, 18 self-test.
    IDENT_CAPABILITIES = 0x0004, Read;
    /// Lanes.
    IDENT_LANES = 0x0005, Read;
    /// Slots of both colors of all blocks.
    IDENT_SLOTS = 0x0006, Read;
    /// Replicas.
    IDENT_REPLICAS = 0x0007, Read;
    /// Coupling banks.
    IDENT_COUPLING_BANKS = 0x0008, Read;
    /// Bias banks.
    IDENT_BIAS_BANKS = 0x0009, Read;
    /// Tables per color and bank.
    IDENT_TABLES = 0x000a, Read;
    /// Input p-bits of the first block.
    IDENT_INPUTS = 0x000b, Read;
    /// Hidden p-bits of the last block.
    IDENT_HIDDEN = 0x000c, Read;
    /// Output p-bits of the last block.
    IDENT_OUTPUTS = 0x000d, Read;
    /// Source spins per lane and clock.
    IDENT_TREE_WIDTH = 0x000e, Read;
    /// weight_bits | bias_bits << 8 | field_bits << 16 | draw_bits << 24.
    IDENT_WIDTHS = 0x000f, Read;
    /// Blocks.
    IDENT_BLOCKS = 0x0010, Read;
    /// Pixels of a picture; 0 without an encoder on the device.
    IDENT_PIXELS = 0x0011, Read;
    /// Classes; 0 without a decoder on the device.
    IDENT_CLASSES = 0x0012, Read;
    /// Buffers for a picture or for input spins.
    IDENT_INPUT_BUFFERS = 0x0013, Read;
    /// 1 run, 2 stop at the next sweep boundary, 3 swap to the target banks, 4 roll back to the previous banks, 5 clear the error counters, 6 cancel a pending swap.
    CONTROL_COMMAND = 0x0100, Write;
    /// Bit 0 busy, 1 done (since the last run command), 2 stopped by command, 3 swap pending, 4 the self-test passed, 5 it failed.
    CONTROL_STATUS = 0x0101, Read;
    /// 0 random, 1 host, 2 keep.
    CONTROL_START_MODE = 0x0102, ReadWrite;
    /// Coupling bank of the next swap.
    CONTROL_SWAP_COUPLING = 0x0103, ReadWrite;
    /// Bias bank of the next swap.
    CONTROL_SWAP_BIAS = 0x0104, ReadWrite;
    /// Active coupling bank.
    CONTROL_ACTIVE_COUPLING = 0x0105, Read;
    /// Active bias bank.
    CONTROL_ACTIVE_BIAS = 0x0106, Read;
    /// Coupling bank before the last swap.
    CONTROL_PREVIOUS_COUPLING = 0x0107, Read;
    /// Bias bank before the last swap.
    CONTROL_PREVIOUS_BIAS = 0x0108, Read;
    /// Sweeps of every replica completed in this run; swaps do not reset it.
    CONTROL_SWEEP_NUMBER = 0x0109, Read;
    /// Sweep number at which the last swap took effect (the last sweep of the old banks).
    CONTROL_SWAP_SWEEP = 0x010a, Read;
    /// Swaps since reset, modulo 2^32.
    CONTROL_SWAP_COUNT = 0x010b, Read;
    /// Bit b: coupling bank b is valid.
    CONTROL_COUPLING_VALID = 0x010c, Read;
    /// Bit b: bias bank b is valid.
    CONTROL_BIAS_VALID = 0x010d, Read;
    /// Clocks of the current or last run, modulo 2^32.
    CONTROL_CYCLES = 0x010e, Read;
    /// Sweeps already retained since the last swap or start.
    CONTROL_RETAINED_SO_FAR = 0x010f, Read;
    /// Class of the last run that was decoded; with a decoder on the device.
    CONTROL_CLASS = 0x0110, Read;
    /// Input buffer that the next run reads.
    CONTROL_INPUT_BUFFER = 0x0111, ReadWrite;
    /// Block that runs, or that ran last.
    CONTROL_BLOCK = 0x0112, Read;
    /// Window, block i of bank b at 4 (b x blocks + i): burn-in sweeps (+0), retained sweeps (+1), readout (+2: 0 spin, 1 field). Writing the active bank's while busy is refused.
    SCHEDULE = 0x0200, ReadWrite;
    /// 0 couplings, 1 biases, 2 tables.
    LOAD_KIND = 0x0300, ReadWrite;
    /// Bank to fill.
    LOAD_BANK = 0x0301, ReadWrite;
    /// CRC-32 that the received words must have.
    LOAD_CRC = 0x0302, ReadWrite;
    /// Machine hash that the image was made for, upper half.
    LOAD_HASH_HI = 0x0303, ReadWrite;
    /// Machine hash that the image was made for, lower half.
    LOAD_HASH_LO = 0x0304, ReadWrite;
    /// 1 begin, 2 commit, 3 abort.
    LOAD_COMMAND = 0x0305, Write;
    /// Write: sequence number of the frame whose words follow. Read: the number expected next.
    LOAD_SEQUENCE = 0x0306, ReadWrite;
    /// Next word of the stream.
    LOAD_DATA = 0x0307, Write;
    /// State of the load engine, see `load::LoadState`.
    LOAD_STATE = 0x0308, Read;
    /// Words received since begin.
    LOAD_WORDS = 0x0309, Read;
    /// Frames with a wrong CRC.
    ERROR_FRAME_CRC = 0x0400, Read;
    /// Frames with an unknown opcode or a bad count.
    ERROR_FRAME_FORMAT = 0x0401, Read;
    /// Accesses to addresses that do not exist or not in that direction.
    ERROR_ADDRESS = 0x0402, Read;
    /// Commands and accesses refused in the present state.
    ERROR_REFUSED = 0x0403, Read;
    /// Uploads that ended in a refusal.
    ERROR_LOAD = 0x0404, Read;
    /// Frames dropped because the next character did not come.
    ERROR_FRAME_TIMEOUT = 0x0405, Read;
    /// Characters without a stop bit.
    ERROR_UART = 0x0406, Read;
    /// Behind a bus only: bit 0, the end of a run raises the interrupt.
    INTERRUPT_ENABLE = 0x0500, ReadWrite;
    /// Behind a bus only: bit 0, a run has ended; writing a 1 clears the bit.
    INTERRUPT_PENDING = 0x0501, ReadWrite;
    /// Window, with a beta schedule, entry e of bank b at 2 (b x beta_steps + e): sweeps (+0), table (+1). Writing the active bank's while busy is refused.
    BETA_SCHEDULE = 0x0800, ReadWrite;
    /// Window: input p-bits, word w, part k at w * ceil(tree_width / 32) + k, buffer 1 at +0x800; bit 0 of a part is its first p-bit.
    INPUT = 0x1000, Write;
    /// Window, one word per slot, over all blocks: bit l set clamps the p-bit of lane l.
    CLAMP_MASK = 0x2000, Write;
    /// Window, one word per slot: the value of the clamped p-bits.
    CLAMP_VALUE = 0x3000, Write;
    /// Window, 4 words per lane: generator state, least significant word first.
    SEED = 0x4000, Write;
    /// Window, one word per replica: the table it uses.
    TABLE_SELECT = 0x5000, Write;
    /// Window, replica * slots + slot, of the block that ran last: bit l is the spin of lane l. Refused while busy.
    SPINS = 0x6000, ReadWrite;
    /// Window, output slot * lanes + lane: readout sums, sign-extended. Refused while busy.
    SUMS = 0x8000, Read;
    /// Window, one word per output slot: bit l is the sign of lane l's sum (1 up). Refused while busy.
    SIGNS = 0xa000, Read;
    /// Window, with an encoder on the device: word w holds pixels 4w .. 4w + 3, the first in bits 7 to 0; buffer 1 at +0x800.
    PIXELS = 0xb000, Write;
    /// Window, with a decoder on the device: the score of every class, sign-extended. Refused while busy.
    SCORES = 0xc000, Read;
    /// Window, with energies on the device: the energy of every replica's state, sign-extended. Refused while busy.
    ENERGY = 0xd000, Read;
    /// Window, with energies on the device: the lowest energy that every replica had after a sweep, sign-extended. Refused while busy.
    BEST_ENERGY = 0xd100, Read;
    /// Window, with energies on the device: the sweep after which every replica had it first, modulo 2^32. Refused while busy.
    BEST_SWEEP = 0xd200, Read;
    /// Window, with a ladder: the replica that stands at every place. Refused while busy.
    LADDER = 0xd300, Read;
    /// Window, with a ladder: exchanges of every rung with the next one that the last run tried, over all ladders, modulo 2^32. Refused while busy.
    LADDER_TRIED = 0xd400, Read;
    /// Window, with a ladder: those of them that were made. Refused while busy.
    LADDER_MADE = 0xd500, Read;
    /// Window, with energies on the device: as `SPINS`, the state that had this energy. Refused while busy.
    BEST_SPINS = 0xe000, Read;
}

/// A named number: a command, a state, a mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value {
    /// Name in headers.
    pub name: &'static str,
    /// The number.
    pub value: u32,
    /// One line for people.
    pub doc: &'static str,
}

macro_rules! values {
    ($($(#[doc = $module_doc:literal])+ $module:ident { $($(#[doc = $doc:literal])+ $name:ident = $value:expr;)* })*) => {$(
        $(#[doc = $module_doc])+
        pub mod $module {
            $($(#[doc = $doc])+ pub const $name: u32 = $value;)*
            /// All of them, in order.
            pub const ALL: &[super::Value] =
                &[$(super::Value { name: stringify!($name), value: $value, doc: concat!($($doc),+) },)*];
        }
    )*};
}

values! {
    /// Values of `CONTROL_COMMAND`.
    command {
        /// Start a run.
        RUN = 1;
        /// Stop at the next sweep boundary.
        STOP = 2;
        /// Request a swap to the target banks.
        SWAP = 3;
        /// Request a swap to the previous banks.
        ROLL_BACK = 4;
        /// Zero the error counters.
        CLEAR_ERRORS = 5;
        /// Forget a pending swap.
        CANCEL_SWAP = 6;
    }
    /// Values of `LOAD_COMMAND`.
    load_command {
        /// Begin an upload.
        BEGIN = 1;
        /// Check it and make the bank valid.
        COMMIT = 2;
        /// Give it up.
        ABORT = 3;
    }
    /// Bits of `CONTROL_STATUS`.
    status {
        /// A run is going on.
        BUSY = 1 << 0;
        /// The last run ended.
        DONE = 1 << 1;
        /// It was ended by a stop command.
        STOPPED = 1 << 2;
        /// A swap waits for the next sweep boundary.
        SWAP_PENDING = 1 << 3;
        /// The self-test passed; until the next configuration of the chip.
        SELF_TEST_PASSED = 1 << 4;
        /// It failed: no bank of the bitstream is valid; until the next configuration of the chip.
        SELF_TEST_FAILED = 1 << 5;
    }
    /// Bits of `INTERRUPT_ENABLE` and `INTERRUPT_PENDING`.
    interrupt {
        /// A run has ended.
        DONE = 1 << 0;
    }
    /// Bits of `IDENT_CAPABILITIES`.
    capability {
        /// layered
        LAYERED = 1 << 0;
        /// spin readout
        SPIN_READOUT = 1 << 1;
        /// field readout
        FIELD_READOUT = 1 << 2;
        /// clamp
        CLAMP = 1 << 3;
        /// host start
        HOST_START = 1 << 4;
        /// several tables
        SEVERAL_TABLES = 1 << 5;
        /// upload of tables alone
        TABLE_UPLOAD = 1 << 6;
        /// convolution
        CONVOLUTION = 1 << 7;
        /// several blocks
        SEVERAL_BLOCKS = 1 << 8;
        /// encoder
        ENCODER = 1 << 9;
        /// decoder
        DECODER = 1 << 10;
        /// two input buffers
        TWO_INPUT_BUFFERS = 1 << 11;
        /// wired
        WIRED = 1 << 12;
        /// addressed
        ADDRESSED = 1 << 13;
        /// beta schedule
        BETA_SCHEDULE = 1 << 14;
        /// banks from the bitstream
        POWER_ON = 1 << 15;
        /// energies and best states
        ENERGY = 1 << 16;
        /// ladder
        LADDER = 1 << 17;
        /// self-test
        SELF_TEST = 1 << 18;
    }
}

impl Register {
    /// Words of a window, more than any machine has; 1 for a single register.
    pub fn words(&self) -> u32 {
        if !self.doc.trim_start().starts_with("Window") {
            return 1;
        }
        let next =
            ALL.iter().map(|register| u32::from(register.address)).find(|next| *next > self.address.into());
        next.unwrap_or(0x1_0000) - u32::from(self.address)
    }

    /// Its named bits; none where the word is one number.
    pub fn bits(&self) -> &'static [Value] {
        match self.address {
            IDENT_CAPABILITIES => capability::ALL,
            CONTROL_STATUS => status::ALL,
            INTERRUPT_ENABLE | INTERRUPT_PENDING => interrupt::ALL,
            _ => &[],
        }
    }

    /// The numbers that it takes; none where any number may be written.
    pub fn codes(&self) -> &'static [Value] {
        match self.address {
            CONTROL_COMMAND => command::ALL,
            LOAD_COMMAND => load_command::ALL,
            _ => &[],
        }
    }
}

/// Host frames on the UART (8N1, least significant bit first).
pub mod frame {
    /// First byte of a request.
    pub const REQUEST_SYNC: u8 = 0x5a;
    /// First byte of a response.
    pub const RESPONSE_SYNC: u8 = 0xa5;
    /// Read `count` words from consecutive addresses.
    pub const READ: u8 = 1;
    /// Write `count` words to consecutive addresses.
    pub const WRITE: u8 = 2;
    /// Write `count` words to one address.
    pub const WRITE_FIXED: u8 = 3;
    /// Word 0 goes to `LOAD_SEQUENCE`, the others to `LOAD_DATA`.
    pub const LOAD: u8 = 4;
    /// Most words in a frame.
    pub const MAX_WORDS: usize = 64;
    /// Silence, in character times, after which a partial frame is dropped.
    pub const TIMEOUT_CHARACTERS: u32 = 64;
    /// Status: done.
    pub const OK: u8 = 0;
    /// Status: the request's CRC was wrong; nothing was done.
    pub const BAD_CRC: u8 = 1;
    /// Status: unknown opcode or bad count; nothing was done.
    pub const BAD_FORMAT: u8 = 2;
    /// Status: an address does not exist or not in that direction; words before it were done.
    pub const BAD_ADDRESS: u8 = 3;
    /// Status: refused in the present state; words before it were done.
    pub const REFUSED: u8 = 4;
}
