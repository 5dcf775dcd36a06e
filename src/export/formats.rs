//! The five file formats. What each tool expects stands at its function.

use super::Memory;
use std::fmt::Write;

/// A file format for the contents of one memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Verilog `$readmemh` text (Verilator, Icarus, Yosys, Vivado).
    Mem,
    /// Intel HEX as Quartus reads it: one record per word, word addresses.
    Hex,
    /// Memory initialization file (Quartus).
    Mif,
    /// Coefficient file (Vivado, ISE).
    Coe,
    /// Plain bytes, every word little-endian.
    Bin,
}

impl Format {
    /// Extension of the files.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Mem => "mem",
            Format::Hex => "hex",
            Format::Mif => "mif",
            Format::Coe => "coe",
            Format::Bin => "bin",
        }
    }

    /// The bytes of a file that holds `memory`.
    pub fn encode(self, memory: &Memory) -> Vec<u8> {
        match self {
            Format::Mem => mem(memory).into_bytes(),
            Format::Hex => intel_hex(memory).into_bytes(),
            Format::Mif => mif(memory).into_bytes(),
            Format::Coe => coe(memory).into_bytes(),
            Format::Bin => bin(memory),
        }
    }
}

fn digits(memory: &Memory) -> usize {
    memory.width.div_ceil(4) as usize
}

/// IEEE 1364 `$readmemh`: hexadecimal words apart by white space, `//` comments, `@` sets the address.
fn mem(memory: &Memory) -> String {
    let digits = digits(memory);
    let mut text = format!("// {}: {} words of {} bits\n@0\n", memory.name, memory.words.len(), memory.width);
    for word in &memory.words {
        writeln!(text, "{word:0digits$x}").expect("writing to a String");
    }
    text
}

/// Intel HEX in Quartus's dialect: the address counts words, a record holds one word, most significant byte first, its length
/// the memory's width in bytes; type 04 sets the upper half of the address; line feeds end the lines.
fn intel_hex(memory: &Memory) -> String {
    let bytes = memory.width.div_ceil(8) as usize;
    let mut text = String::new();
    let mut record = |address: u16, kind: u8, data: &[u8]| {
        let mut bytes = vec![data.len() as u8, (address >> 8) as u8, address as u8, kind];
        bytes.extend_from_slice(data);
        let sum = bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        bytes.push(sum.wrapping_neg());
        text.push(':');
        for byte in bytes {
            write!(text, "{byte:02X}").expect("writing to a String");
        }
        text.push('\n');
    };
    for (address, word) in memory.words.iter().enumerate() {
        if address > 0 && address.is_multiple_of(1 << 16) {
            record(0, 4, &((address >> 16) as u16).to_be_bytes());
        }
        record(address as u16, 0, &word.to_be_bytes()[4 - bytes..]);
    }
    record(0, 1, &[]);
    text
}

/// Altera MIF: depth and width first, then `address : data;` between BEGIN and END.
fn mif(memory: &Memory) -> String {
    let digits = digits(memory);
    let mut text = format!(
        "-- {}\nDEPTH = {};\nWIDTH = {};\nADDRESS_RADIX = HEX;\nDATA_RADIX = HEX;\nCONTENT\nBEGIN\n",
        memory.name,
        memory.words.len(),
        memory.width
    );
    for (address, word) in memory.words.iter().enumerate() {
        writeln!(text, "{address:x} : {word:0digits$x};").expect("writing to a String");
    }
    text + "END;\n"
}

/// Xilinx COE: radix, then one vector, apart by commas and ended by a semicolon.
fn coe(memory: &Memory) -> String {
    let digits = digits(memory);
    let mut text =
        format!("; {}\nmemory_initialization_radix=16;\nmemory_initialization_vector=\n", memory.name);
    for (address, word) in memory.words.iter().enumerate() {
        let end = if address + 1 == memory.words.len() { ";" } else { "," };
        writeln!(text, "{word:0digits$x}{end}").expect("writing to a String");
    }
    text
}

/// Every word in as many bytes as its width needs, least significant first.
fn bin(memory: &Memory) -> Vec<u8> {
    let bytes = memory.width.div_ceil(8) as usize;
    memory.words.iter().flat_map(|word| word.to_le_bytes().into_iter().take(bytes)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Format, Memory};

    fn memory() -> Memory {
        Memory { name: "table_hidden".into(), width: 12, words: vec![0x800, 0xa, 0xfff] }
    }

    fn text(format: Format) -> String {
        String::from_utf8(format.encode(&memory())).expect("these formats are text")
    }

    #[test]
    fn mem_is_readmemh_text() {
        assert_eq!(text(Format::Mem), "// table_hidden: 3 words of 12 bits\n@0\n800\n00a\nfff\n");
    }

    #[test]
    fn hex_has_one_record_per_word_and_right_checksums() {
        // 02+00+00+00+08+00 = 0x0a, checksum 0xf6; 02+01+0a = 0x0d, f3; 02+02+0f+ff = 0x112, ee.
        assert_eq!(text(Format::Hex), ":020000000800F6\n:02000100000AF3\n:020002000FFFEE\n:00000001FF\n");
    }

    #[test]
    fn hex_sets_the_upper_address_after_65536_words() {
        let long = Memory { name: "long".into(), width: 8, words: vec![1; 65537] };
        let text = String::from_utf8(Format::Hex.encode(&long)).expect("text");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[65536], ":020000040001F9");
        assert_eq!(lines[65537], ":0100000001FE");
    }

    #[test]
    fn mif_states_depth_and_width() {
        let expected = "-- table_hidden\nDEPTH = 3;\nWIDTH = 12;\nADDRESS_RADIX = HEX;\nDATA_RADIX = HEX;\nCONTENT\n\
                        BEGIN\n0 : 800;\n1 : 00a;\n2 : fff;\nEND;\n";
        assert_eq!(text(Format::Mif), expected);
    }

    #[test]
    fn coe_ends_its_vector_with_a_semicolon() {
        let expected = "; table_hidden\nmemory_initialization_radix=16;\nmemory_initialization_vector=\n800,\n00a,\nfff;\n";
        assert_eq!(text(Format::Coe), expected);
    }

    #[test]
    fn bin_is_little_endian_in_whole_bytes() {
        assert_eq!(Format::Bin.encode(&memory()), [0x00, 0x08, 0x0a, 0x00, 0xff, 0x0f]);
    }
}
