//! The README's commands, run exactly as they are printed.
//!
//! Blocks marked `sh` are run one after the other in a folder that holds `examples/` and `generated/`, with this build of the program on
//! the search path. Blocks marked `console` need a toolchain, a data set or more time and are run by people.

use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../README.md");

/// The commands of all `sh` blocks, in order; a backslash at a line's end continues it.
fn commands() -> Vec<String> {
    let mut commands = Vec::new();
    let mut inside = false;
    for line in README.lines() {
        match line.trim_end() {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside && !line.trim().is_empty() => commands.push(line.to_owned()),
            _ => {}
        }
    }
    commands
}

fn copy(source: &Path, target: &Path) {
    std::fs::create_dir_all(target).expect("a folder");
    for entry in std::fs::read_dir(source).expect("a folder of the project") {
        let path = entry.expect("an entry").path();
        let name = target.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &name);
        } else {
            std::fs::copy(&path, &name).expect("a copy");
        }
    }
}

#[test]
fn every_command_in_an_sh_block_works() {
    let commands = commands();
    assert!(commands.len() >= 8, "the tour has shrunk: {commands:?}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["examples", "generated"] {
        copy(&project.join(name), &folder.path().join(name));
    }
    let program = Path::new(env!("CARGO_BIN_EXE_spinwright"));
    let mut paths = vec![program.parent().expect("a folder").to_path_buf()];
    paths.extend(std::env::split_paths(&std::env::var_os("PATH").expect("a search path")));
    let paths = std::env::join_paths(paths).expect("a search path");
    for command in commands {
        let output = Command::new("sh")
            .args(["-c", &command])
            .current_dir(folder.path())
            .env("PATH", &paths)
            .output()
            .expect("sh starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`{command}` failed:\n{said}");
    }
}

#[test]
fn every_command_of_the_program_is_in_the_manual() {
    let manual = include_str!("../docs/cli.md");
    let commands = [
        "demo", "train", "draw", "import", "compile", "generate", "run", "evaluate", "schedule", "report",
        "verify", "synth", "export", "inspect", "doctor", "graph", "sample", "anneal", "place", "sparsify",
        "learn", "complete", "patch", "extract",
    ];
    for command in commands {
        assert!(manual.contains(&format!("\n## {command}\n\n`spinwright {command} ")), "{command}");
        let help =
            Command::new(env!("CARGO_BIN_EXE_spinwright")).args([command, "--help"]).output().expect("help");
        let help = String::from_utf8(help.stdout).expect("text");
        for word in help.split_whitespace().filter(|word| word.starts_with("--")) {
            let option = word.trim_end_matches(|c: char| !c.is_ascii_lowercase());
            if !["--help", "--version"].contains(&option) {
                assert!(manual.contains(option), "{command} {option} is not in docs/cli.md");
            }
        }
    }
}
