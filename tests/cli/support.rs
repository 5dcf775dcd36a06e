//! Starting the program in a folder of its own, and writing small inputs for it.

use assert_cmd::Command;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// What a run of the program left.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A folder of its own for one test.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The program, to be started in `folder`.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spinwright"));
    command.current_dir(folder).timeout(Duration::from_secs(300));
    command
}

/// Starts the program with these arguments, apart by spaces.
pub fn run(folder: &Path, arguments: &str) -> Ran {
    let output = program(folder).args(arguments.split_whitespace()).output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
    Ran {
        code: output.status.code().expect("it ended by itself"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Starts the program, which must refuse its input with exit code 2, and gives its message; it must have a help line and
/// leave `folder` as it was.
pub fn refused(folder: &Path, arguments: &str) -> String {
    let before = listing(folder);
    let ran = run(folder, arguments);
    assert_eq!(ran.code, 2, "exit code of `{arguments}`; it said: {}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.stdout, "", "nothing on standard output");
    assert!(ran.stderr.contains("help: "), "a message without help: {}", ran.stderr);
    assert_eq!(listing(folder), before, "nothing is written on bad input");
    format!("$ spinwright {arguments}\n{}", ran.stderr)
}

/// Starts the program, which must succeed, and gives its standard output.
pub fn succeeds(folder: &Path, arguments: &str) -> String {
    let ran = run(folder, arguments);
    assert_eq!(ran.code, 0, "exit code of `{arguments}`; it said: {}{}", ran.stdout, ran.stderr);
    ran.stdout
}

/// Starts the program with `--json`, which must succeed, and parses its output.
pub fn json(folder: &Path, arguments: &str) -> serde_json::Value {
    serde_json::from_str(&succeeds(folder, &format!("{arguments} --json"))).expect("the output is JSON")
}

/// Every file below a folder with its length, sorted.
fn listing(folder: &Path) -> Vec<(String, u64)> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).expect("a readable folder") {
            let path = entry.expect("an entry").path();
            let kept = std::fs::symlink_metadata(&path).expect("its metadata");
            files.push((path.display().to_string(), if kept.is_file() { kept.len() } else { 0 }));
            if kept.is_dir() {
                open.push(path);
            }
        }
    }
    files.sort();
    files
}

/// Writes a file and its folder.
pub fn write(folder: &Path, name: &str, contents: impl AsRef<[u8]>) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    std::fs::write(path, contents).expect("a written file");
}

/// Copies the files of one of the project's folders into `folder/name`.
pub fn copy(project_folder: &str, folder: &Path, name: &str) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(project_folder);
    for entry in std::fs::read_dir(&source).expect("a folder of the project") {
        let path = entry.expect("an entry").path();
        let file = path.file_name().expect("a name").to_string_lossy().into_owned();
        write(folder, &format!("{name}/{file}"), std::fs::read(&path).expect("a file"));
    }
}

/// A folder that holds the example model of the drawn digits as `digits`.
pub fn folder_with_digits() -> TempDir {
    let folder = folder();
    copy("examples/digits", folder.path(), "digits");
    folder
}

/// The bytes of a file.
pub fn read(folder: &Path, name: &str) -> Vec<u8> {
    std::fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The machine of `examples/digits` with one JSON value replaced.
pub fn digits_machine(change: impl FnOnce(&mut serde_json::Value)) -> String {
    let mut value: serde_json::Value =
        serde_json::from_str(include_str!("../../examples/digits/machine.json")).expect("valid JSON");
    change(&mut value);
    serde_json::to_string_pretty(&value).expect("JSON") + "\n"
}

/// An IDX file of bytes: the magic number, then the dimensions, then the bytes.
pub fn idx(dimensions: &[u32], bytes: &[u8]) -> Vec<u8> {
    let mut file = (0x0800 + dimensions.len() as u32).to_be_bytes().to_vec();
    dimensions.iter().for_each(|d| file.extend(d.to_be_bytes()));
    file.extend(bytes);
    file
}

/// The path of a file of the project.
pub fn project(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name).display().to_string()
}

/// Runs a script with the Python that has a framework: the one that `./test` made and named in `SPINWRIGHT_PYTHON_PYTORCH` or
/// `SPINWRIGHT_PYTHON_JAX` (or `_BOARD`: with dimod and mypy), else `python3`.
pub fn python(framework: &str, folder: &Path, script: &str, options: &str) -> std::process::Output {
    let variable = format!("SPINWRIGHT_PYTHON_{}", framework.to_uppercase());
    let program = std::env::var_os(&variable).unwrap_or_else(|| "python3".into());
    let mut command = std::process::Command::new(program);
    command.arg(script).args(options.split_whitespace()).current_dir(folder);
    command.env("PYTHONDONTWRITEBYTECODE", "1").output().expect("Python starts")
}
