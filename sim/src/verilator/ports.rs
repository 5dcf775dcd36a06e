//! `ports.h`: what the C++ side must know about one machine.

use super::build::HarnessKind;
use super::sources::Sources;
use super::tool::SimError;
use spinwright_contract::{ValidConfig, ValidSparse};
use spinwright_hdl::addressed::AddressedShape;
use spinwright_hdl::wired::WiredShape;
use std::fmt::Write;

/// Text of a module, from its header to its end.
fn module_text<'a>(sources: &'a Sources, module: &str) -> Result<&'a str, SimError> {
    let start = format!("module {module}");
    sources
        .files
        .iter()
        .find_map(|(_, text)| {
            let at = text
                .match_indices(&start)
                .find(|(i, _)| {
                    !text[i + start.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
                })?
                .0;
            text[at..].split("endmodule").next()
        })
        .ok_or_else(|| SimError::Harness(format!("the generated Verilog has no module `{module}`")))
}

/// What the harness must know about a machine of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortShape {
    lanes: usize,
    clock_hz: u64,
    baud: u64,
    field_bits: u32,
    sum_bits: u32,
    kind: PortKind,
}

/// How a kind of machine shows its spins and sums.
#[derive(Debug, Clone, PartialEq, Eq)]
enum PortKind {
    /// All lanes on one port; every contribution to a sum.
    Layered { blocks: usize, encoder: bool },
    /// So many lanes on a port; the sums after a sweep.
    Clusters(Vec<usize>),
    /// Spins and sums position by position.
    Positions,
}

impl From<&ValidConfig> for PortShape {
    fn from(machine: &ValidConfig) -> Self {
        Self {
            lanes: machine.lanes(),
            clock_hz: machine.timing().clock_hz,
            baud: machine.timing().baud,
            field_bits: machine.field_bits(),
            sum_bits: machine.sum_bits(),
            kind: PortKind::Layered { blocks: machine.block_count(), encoder: machine.encoder().is_some() },
        }
    }
}

impl From<&ValidSparse> for PortShape {
    fn from(machine: &ValidSparse) -> Self {
        let wired = WiredShape::of(machine);
        let addressed = AddressedShape::of(machine);
        let sum_bits = wired.as_ref().map(|s| s.sum_bits).or(addressed.map(|s| s.sum_bits));
        Self {
            lanes: machine.lanes(),
            clock_hz: machine.timing().clock_hz,
            baud: machine.timing().baud,
            field_bits: machine.field_bits(),
            sum_bits: sum_bits.expect("a machine is wired or addressed") as u32,
            kind: wired.map_or(PortKind::Positions, |shape| PortKind::Clusters(shape.clusters())),
        }
    }
}

/// Writes the header. Ports that the interface leaves open (whether sums come with their own valid) are looked up in the text.
pub(super) fn header(
    machine: &PortShape,
    sources: &Sources,
    kind: HarnessKind,
    trace: bool,
) -> Result<String, SimError> {
    let top = &kind.top(sources);
    let quiet = matches!(kind, HarnessKind::Quiet | HarnessKind::Board);
    // Nothing but the register bus, or the pins, is there.
    let text = if quiet { "" } else { module_text(sources, top)? };
    let has = |port: &str| text.contains(port);
    let mut h = String::from("#pragma once\n");
    let mut line = |s: String| writeln!(h, "{s}").expect("writing to a String");
    line(format!("#include \"V{top}.h\""));
    line(format!("#define MODEL V{top}"));
    line(format!("#define LANES {}", machine.lanes));
    line(format!("#define CLOCK_HZ {}ull", machine.clock_hz));
    line(format!("#define BAUD {}ull", machine.baud));
    line(format!("// FST: {trace}"));
    // The core's error strobes belong to the UART bridge; without it they stay low.
    let strobes: Vec<String> = ["count_frame_crc", "count_frame_format", "count_frame_timeout", "count_uart"]
        .iter()
        .filter(|p| kind == HarnessKind::Fast && has(p))
        .map(|p| format!("(m).{p} = 0;"))
        .collect();
    line(format!("#define SILENCE_SIDE_INPUTS(m) do {{ {} }} while (0)", strobes.join(" ")));
    line(format!("#define OBSERVED {}", u8::from(!quiet)));
    if quiet {
        return Ok(h);
    }
    let lane_ports = |name: &str| -> Vec<String> {
        (0..machine.lanes).map(|lane| format!("m.observe_{name}_{lane}")).collect()
    };
    copy(&mut line, "int16_t", "fields", &lane_ports("field"), Some(machine.field_bits));
    copy(&mut line, "uint32_t", "draws", &lane_ports("draw"), None);
    // Only machines with energies have these ports.
    line("template <typename F> inline void energies(const MODEL& m, F found) {".into());
    if has("observe_energy_valid") {
        line("    if (m.observe_energy_valid_0) found(m.observe_energy_replica_0, int32_t(m.observe_energy_0));".into());
    } else {
        line("    (void)m;\n    (void)found;".into());
    }
    line("}".into());
    // And these only machines with ladders.
    line("template <typename F> inline void exchanges(const MODEL& m, F found) {".into());
    if has("observe_exchange_valid") {
        let port = |name: &str| format!("m.observe_exchange_{name}_0");
        let values = [port("place"), port("lower"), port("upper"), port("made")].join(", ");
        line(format!("    if ({}) found({values});", port("valid")));
    } else {
        line("    (void)m;\n    (void)found;".into());
    }
    line("}".into());
    match &machine.kind {
        PortKind::Layered { blocks, encoder } => {
            copy(&mut line, "uint32_t", "spins", &["m.observe_spin".to_string()], None);
            copy(&mut line, "int32_t", "sums", &lane_ports("sum"), Some(machine.sum_bits));
            line("template <typename F> inline void stored_sums(const MODEL&, F) {}".into());
            line("template <typename F> inline void words(const MODEL&, F) {}".into());
            layered(&mut line, &has, top, *blocks, *encoder)?;
        }
        PortKind::Clusters(clusters) => {
            sparse(&mut line);
            line("template <typename F> inline void words(const MODEL&, F) {}".into());
            clustered(&mut line, clusters, machine.sum_bits);
        }
        PortKind::Positions => {
            sparse(&mut line);
            positions(&mut line, machine.lanes, machine.sum_bits);
        }
    }
    Ok(h)
}

/// What only layered machines show.
fn layered(
    line: &mut impl FnMut(String),
    has: &impl Fn(&str) -> bool,
    top: &str,
    blocks: usize,
    encoder: bool,
) -> Result<(), SimError> {
    let own = has("observe_sum_valid");
    let sum = |own_port: &str, update: &str| if own { own_port.to_string() } else { update.to_string() };
    line(format!(
        "#define SUM_VALID(m) ({})",
        sum("(m).observe_sum_valid", "(m).observe_valid && (m).observe_retained")
    ));
    for (name, port) in [("SWEEP", "sweep"), ("SLOT", "slot"), ("REPLICA", "replica")] {
        let port = sum(&format!("(m).observe_sum_{port}"), &format!("(m).observe_{port}"));
        line(format!("#define SUM_{name}(m) ({port})"));
    }
    // A machine of one block has no number of it to show, and one without an encoder nothing encoded.
    for (port, needed) in [("observe_block", blocks > 1), ("observe_encoded_valid", encoder)] {
        if needed && !has(port) {
            return Err(SimError::Harness(format!("`{top}` has no port `{port}`")));
        }
    }
    let or_zero = |exists: bool, port: &str| if exists { format!("(m).{port}") } else { "0".into() };
    line(format!("#define UPDATE_BLOCK(m) ({})", or_zero(has("observe_block"), "observe_block")));
    for (name, port) in
        [("VALID", "observe_encoded_valid"), ("SLOT", "observe_encoded_slot"), ("SPINS", "observe_encoded")]
    {
        line(format!("#define ENCODED_{name}(m) ({})", or_zero(encoder, port)));
    }
    Ok(())
}

/// What sparse machines do not show.
fn sparse(line: &mut impl FnMut(String)) {
    line("static inline void take_sums(const MODEL&, int32_t*) {}".into());
    for name in ["UPDATE_BLOCK", "SUM_VALID", "SUM_SWEEP", "SUM_SLOT", "SUM_REPLICA"] {
        line(format!("#define {name}(m) (0)"));
    }
    for name in ["VALID", "SLOT", "SPINS"] {
        line(format!("#define ENCODED_{name}(m) (0)"));
    }
}

/// Spins and sums of a machine that shows them position by position: slot x lanes + lane.
fn positions(line: &mut impl FnMut(String), lanes: usize, sum_bits: u32) {
    let place = |port: &str| format!("m.{port} % {lanes}, m.{port} / {lanes}");
    line("static inline void take_spins(const MODEL&, uint32_t*) {}".into());
    line("template <typename F> inline void words(const MODEL& m, F found) {".into());
    let at = place("observe_word_position");
    line(format!("    if (m.observe_word_valid) found({at}, uint64_t(m.observe_word));"));
    line("}".into());
    line("template <typename F> inline void stored_sums(const MODEL& m, F found) {".into());
    let (at, sum) = (place("observe_sum_position"), extended("m.observe_sum", "int32_t", Some(sum_bits)));
    line(format!("    if (m.observe_sum_valid) found({at}, {sum});"));
    line("}".into());
}

/// Spins and sums of a machine whose lanes stand in clusters: a power of two of them each, the last one may be smaller.
fn clustered(line: &mut impl FnMut(String), clusters: &[usize], sum_bits: u32) {
    let unit = clusters[0];
    line("static inline void take_spins(const MODEL& m, uint32_t* to) {".into());
    for first in (0..clusters.len()).step_by(32 / unit) {
        let parts: Vec<String> = (first..clusters.len().min(first + 32 / unit))
            .map(|c| format!("uint32_t(m.observe_spin_{c}) << {}", (c - first) * unit))
            .collect();
        line(format!("    to[{}] = {};", first * unit / 32, parts.join(" | ")));
    }
    line("}".into());
    line("template <typename F> inline void stored_sums(const MODEL& m, F found) {".into());
    for c in 0..clusters.len() {
        let sum = extended(&format!("m.observe_sum_{c}"), "int32_t", Some(sum_bits));
        let lane = format!("{} + m.observe_sum_lane_{c}", c * unit);
        line(format!("    if (m.observe_sum_valid_{c}) found({lane}, m.observe_sum_slot_{c}, {sum});"));
    }
    line("}".into());
}

/// A port's value; signed ones are sign-extended from their width.
fn extended(port: &str, kind: &str, signed_bits: Option<u32>) -> String {
    match signed_bits {
        Some(bits) if bits < 32 => format!("{kind}(int32_t(uint32_t({port}) << {0}) >> {0})", 32 - bits),
        _ => format!("{kind}({port})"),
    }
}

/// A function `take_<name>` that copies ports to an array.
fn copy(line: &mut impl FnMut(String), kind: &str, name: &str, ports: &[String], signed_bits: Option<u32>) {
    line(format!("static inline void take_{name}(const MODEL& m, {kind}* to) {{"));
    for (i, port) in ports.iter().enumerate() {
        line(format!("    to[{i}] = {};", extended(port, kind, signed_bits)));
    }
    line("}".into());
}
