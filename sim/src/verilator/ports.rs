//! `ports.h`: what the C++ side must know about one machine.

use super::build::HarnessKind;
use super::sources::Sources;
use super::tool::SimError;
use spinwright_contract::ValidConfig;
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

/// Writes the header. Ports that the interface leaves open (whether sums come with their own valid) are looked up in the text.
pub(super) fn header(
    machine: &ValidConfig,
    sources: &Sources,
    kind: HarnessKind,
    trace: bool,
) -> Result<String, SimError> {
    let top = match kind {
        HarnessKind::Fast => &sources.core,
        HarnessKind::Host => &sources.host,
    };
    let text = module_text(sources, top)?;
    let has = |port: &str| text.contains(port);
    let lanes = machine.lanes();
    let mut h = String::from("#pragma once\n");
    let mut line = |s: String| writeln!(h, "{s}").expect("writing to a String");
    line(format!("#include \"V{top}.h\""));
    line(format!("#define MODEL V{top}"));
    line(format!("#define LANES {lanes}"));
    line(format!("#define CLOCK_HZ {}ull", machine.timing().clock_hz));
    line(format!("#define BAUD {}ull", machine.timing().baud));
    line(format!("// FST: {trace}"));
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
    let needed = [
        ("observe_block", machine.block_count() > 1),
        ("observe_encoded_valid", machine.encoder().is_some()),
    ];
    for (port, needed) in needed {
        if needed && !has(port) {
            return Err(SimError::Harness(format!("`{top}` has no port `{port}`")));
        }
    }
    let or_zero = |exists: bool, port: &str| if exists { format!("(m).{port}") } else { "0".into() };
    line(format!("#define UPDATE_BLOCK(m) ({})", or_zero(has("observe_block"), "observe_block")));
    let encoded = machine.encoder().is_some();
    for (name, port) in
        [("VALID", "observe_encoded_valid"), ("SLOT", "observe_encoded_slot"), ("SPINS", "observe_encoded")]
    {
        line(format!("#define ENCODED_{name}(m) ({})", or_zero(encoded, port)));
    }
    // The core's error strobes belong to the UART bridge; without it they stay low.
    let strobes: Vec<String> = ["count_frame_crc", "count_frame_format", "count_frame_timeout", "count_uart"]
        .iter()
        .filter(|p| kind == HarnessKind::Fast && has(p))
        .map(|p| format!("(m).{p} = 0;"))
        .collect();
    line(format!("#define SILENCE_SIDE_INPUTS(m) do {{ {} }} while (0)", strobes.join(" ")));
    accessor(&mut line, "int32_t", "field", lanes, Some(machine.field_bits()));
    accessor(&mut line, "uint32_t", "draw", lanes, None);
    accessor(&mut line, "int32_t", "sum", lanes, Some(machine.sum_bits()));
    Ok(h)
}

/// A function that reads one lane's port; signed ones are sign-extended from their width.
fn accessor(line: &mut impl FnMut(String), kind: &str, name: &str, lanes: usize, signed_bits: Option<u32>) {
    line(format!("static inline {kind} {name}_of_lane(const MODEL& m, int lane) {{"));
    line("    uint32_t v = 0;".into());
    line("    switch (lane) {".into());
    for lane in 0..lanes {
        line(format!("        case {lane}: v = uint32_t(m.observe_{name}_{lane}); break;"));
    }
    line("    }".into());
    match signed_bits {
        Some(bits) if bits < 32 => line(format!("    return int32_t(v << {0}) >> {0};", 32 - bits)),
        _ => line(format!("    return {kind}(v);")),
    }
    line("}".into());
}
