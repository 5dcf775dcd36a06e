//! Operator-level mutants of emitted modules: small faults that a good test must notice.

use crate::verilog::VerilogFile;

/// A module with one fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// What was changed, such as `"+" to "-"`, with the line's code.
    pub description: String,
    /// File name of the module.
    pub file: String,
    /// Line of the change, from 1.
    pub line: usize,
    /// The whole changed file.
    pub text: String,
}

/// Every mutant of a module that the operators below produce, in the order of lines and columns.
///
/// Operators: arithmetic, comparison, bitwise, logic and shift operators exchanged; literals one up and one
/// down; conditions negated; inversions and reductions removed or exchanged; slices moved by one bit;
/// assignments dropped or stuck; registers stuck; case labels exchanged. Ports, declarations and simulation-only
/// text are left alone. The result depends on the text alone.
pub fn mutants(file: &VerilogFile) -> Vec<Mutant> {
    let lines: Vec<&str> = file.text.lines().collect();
    let mut out = vec![];
    let mut in_module = false;
    let mut simulation_only = false;
    let mut in_instance = false;
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim();
        match code {
            _ if code.starts_with("//") => continue,
            "`ifndef SYNTHESIS" => simulation_only = true,
            "`endif" => simulation_only = false,
            ");" if !in_module => {
                in_module = true;
                continue;
            }
            "endmodule" => in_module = false,
            _ => {}
        }
        if code.starts_with("module ") && code.ends_with(';') {
            in_module = true;
            continue;
        }
        if !in_module || simulation_only || code.is_empty() || code.starts_with("wire unused") {
            continue;
        }
        if is_instance_start(code) {
            in_instance = true;
        }
        if in_instance {
            in_instance = code != ");";
            continue;
        }
        let mut push = |description: String, changed: String| {
            let mut all: Vec<&str> = lines.clone();
            all[at] = &changed;
            out.push(Mutant {
                description: format!("{description} in `{code}`"),
                file: file.file_name.clone(),
                line: at + 1,
                text: all.join("\n") + "\n",
            });
        };
        mutate_line(line, &mut push);
    }
    out
}

fn is_instance_start(code: &str) -> bool {
    let mut words = code.split(' ');
    let named =
        |w: Option<&str>| w.is_some_and(|w| w.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    code.ends_with(" (") && named(words.next()) && named(words.next()) && words.next() == Some("(")
}

fn mutate_line(line: &str, push: &mut impl FnMut(String, String)) {
    let code = line.trim();
    let memory = code.contains(" mem [");
    let declaration = code.starts_with("reg ") || code.starts_with("wire ") || memory;
    if declaration && !code.contains(" = ") {
        return;
    }
    let value_at = value_start(line);
    if !declaration && !code.starts_with("localparam") {
        operators(line, value_at, push);
        conditions(line, push);
        unary(line, value_at, push);
        slices(line, value_at, push);
        assignments(line, value_at, push);
    }
    literals(line, value_at, push);
    if let Some(label) = code.strip_suffix(": begin")
        && label.contains('\'')
    {
        // Labels with a literal; enum labels are reached through their localparams.
        literals(line, 0, push);
    }
}

/// Byte where the right-hand side or the condition begins.
fn value_start(line: &str) -> usize {
    let assignment = line.find(" <= ").into_iter().chain(line.find(" = ")).min();
    match assignment {
        // In `if (a <= b) begin` the operator is a comparison.
        Some(at) if !line.trim_start().starts_with("if (") && !line.contains("end else if (") => at + 3,
        _ => line.find('(').unwrap_or(0),
    }
}

fn operators(line: &str, from: usize, push: &mut impl FnMut(String, String)) {
    const SWAPS: &[(&str, &[&str])] = &[
        (" + ", &[" - "]),
        (" - ", &[" + "]),
        (" < ", &[" <= ", " > "]),
        (" <= ", &[" < ", " > "]),
        (" > ", &[" >= ", " < "]),
        (" >= ", &[" > ", " < "]),
        (" == ", &[" != "]),
        (" != ", &[" == "]),
        (" & ", &[" | ", " ^ "]),
        (" | ", &[" & ", " ^ "]),
        (" ^ ", &[" | ", " & "]),
        (" && ", &[" || "]),
        (" || ", &[" && "]),
        (" << ", &[" >> "]),
        (" >> ", &[" << "]),
    ];
    for start in from..line.len() {
        for (operator, others) in SWAPS {
            if line.is_char_boundary(start) && line[start..].starts_with(operator) {
                for other in *others {
                    let changed = format!("{}{other}{}", &line[..start], &line[start + operator.len()..]);
                    push(format!("\"{}\" to \"{}\"", operator.trim(), other.trim()), changed);
                }
            }
        }
    }
}

fn conditions(line: &str, push: &mut impl FnMut(String, String)) {
    let Some(open) = line.find("if (") else { return };
    let condition = &line[open + 4..];
    let mut depth = 1;
    for (at, byte) in condition.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let (inner, rest) = (&condition[..at], &condition[at + 1..]);
            push("condition negated".into(), format!("{}if (!({inner})){rest}", &line[..open]));
            push("condition always true".into(), format!("{}if (1'b1){rest}", &line[..open]));
            return;
        }
    }
}

fn unary(line: &str, from: usize, push: &mut impl FnMut(String, String)) {
    for (at, byte) in line.bytes().enumerate().skip(from) {
        let before = line.as_bytes().get(at.wrapping_sub(1)).copied().unwrap_or(b' ');
        let after = line.as_bytes().get(at + 1).copied().unwrap_or(b' ');
        if !matches!(before, b'(' | b' ') || after == b' ' || after == b'=' || after == byte {
            continue;
        }
        let replaced = |with: &str| format!("{}{with}{}", &line[..at], &line[at + 1..]);
        match byte {
            b'!' | b'~' | b'-' => push(format!("\"{}\" removed", byte as char), replaced("")),
            b'|' => push("any to all".into(), replaced("&")),
            b'&' => push("all to any".into(), replaced("|")),
            b'^' => push("parity to any".into(), replaced("|")),
            _ => {}
        }
    }
}

/// `[7:4]` to `[6:3]` or `[8:5]`; `[3]` to `[2]`. Never below 0; above is left to the signal's top only downward.
fn slices(line: &str, from: usize, push: &mut impl FnMut(String, String)) {
    let mut at = from;
    while let Some(open) = line[at..].find('[').map(|o| at + o) {
        let Some(close) = line[open..].find(']').map(|c| open + c) else { return };
        let inner = &line[open + 1..close];
        at = close;
        let numbers: Option<Vec<usize>> = inner.split(':').map(|n| n.parse().ok()).collect();
        let Some(numbers) = numbers else { continue };
        let low = numbers.last().copied().unwrap_or(0);
        // Downward if there is room, else upward, which stays inside because the slice was narrower.
        let moved: Vec<String> =
            numbers.iter().map(|n| if low > 0 { n - 1 } else { n + 1 }.to_string()).collect();
        let moved = moved.join(":");
        push(format!("[{inner}] to [{moved}]"), format!("{}[{moved}{}", &line[..open], &line[close..]));
    }
}

fn literals(line: &str, from: usize, push: &mut impl FnMut(String, String)) {
    let bytes = line.as_bytes();
    for quote in (from..line.len()).filter(|&i| bytes[i] == b'\'') {
        let start = line[..quote].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |i| i + 1);
        let Ok(width) = line[start..quote].parse::<u32>() else { continue };
        let signed = bytes.get(quote + 1) == Some(&b's');
        let base_at = quote + 1 + signed as usize;
        let radix = match bytes.get(base_at) {
            Some(b'd') => 10,
            Some(b'h') => 16,
            Some(b'b') => 2,
            _ => continue,
        };
        let end = line[base_at + 1..]
            .find(|c: char| !c.is_ascii_hexdigit())
            .map_or(line.len(), |e| base_at + 1 + e);
        let Ok(value) = u64::from_str_radix(&line[base_at + 1..end], radix) else { continue };
        // Padding zeros of a concatenation stay.
        if line[..start].ends_with('{') && value == 0 {
            continue;
        }
        let all = if width >= 64 { u64::MAX } else { (1 << width) - 1 };
        let sign = if signed { "s" } else { "" };
        let mut values = vec![value.wrapping_add(1) & all, value.wrapping_sub(1) & all];
        values.dedup();
        for other in values {
            let changed = format!("{width}'{sign}h{other:x}");
            push(
                format!("{} to {changed}", &line[start..end]),
                format!("{}{changed}{}", &line[..start], &line[end..]),
            );
        }
    }
}

fn assignments(line: &str, value_at: usize, push: &mut impl FnMut(String, String)) {
    let code = line.trim();
    if !code.ends_with(';') || code.starts_with("localparam") {
        return;
    }
    let value = line[value_at..].trim_end_matches(';');
    if let Some(rest) = code.strip_prefix("assign ") {
        let Some((target, _)) = rest.split_once(" = ") else { return };
        for stuck in ["0", "1"] {
            // An unsized fill of the target's width: {N{1'b1}} without knowing N.
            let fill = if stuck == "0" { format!("({value}) & 0") } else { format!("~(({value}) & 0)") };
            push(format!("{target} stuck at {stuck}"), format!("{} {fill};", line[..value_at].trim_end()));
        }
        return;
    }
    let prefix = &line[..line.len() - code.len()];
    if let Some(rest) = code.strip_prefix("always @(posedge") {
        if let Some((head, statement)) = rest.split_once(") ")
            && let Some((register, _)) = statement.split_once(" <= ")
        {
            push(
                format!("register {register} stuck"),
                format!("{prefix}always @(posedge{head}) {register} <= {register};"),
            );
        }
        return;
    }
    if code.contains(" = ") || code.contains(" <= ") {
        push("assignment dropped".into(), format!("{prefix};"));
    }
}
