//! `spinwright board` and the Python package on a simulated board behind a pseudo-terminal.

use crate::support::{folder, json, program, project, python, refused, run, succeeds, write};
use serde_json::Value;
use spinwright_contract::{Readout, Schedule, ValidConfig};
use spinwright_reference::layout::BankLayout;
use spinwright_sim::compare::random_contents;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const WIRES: &str = include_str!("../../sim/tests/faults/wires.json");
const LAYERS: &str = include_str!("../../sim/tests/faults/layers.json");

/// `spinwright simulate` and the path that it printed.
struct Simulated {
    child: Child,
    port: String,
}

impl Simulated {
    fn start(folder: &Path, machine: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_spinwright"))
            .args(["simulate", machine, "--json", "--idle", "120", "--link", "board"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line).expect("a line");
        let said: Value = serde_json::from_str(&line).expect("one JSON object");
        Self { child, port: said["port"].as_str().expect("a path").to_owned() }
    }

    /// Ctrl-C.
    fn interrupt(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill starts").success());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A model on every coupling of a machine, in the COO format.
fn model(machine: &str, salt: usize) -> String {
    let machine: Value = serde_json::from_str(machine).expect("JSON");
    let mut text = String::from("# vartype=SPIN\n");
    for (i, neighbors) in machine["neighbors"].as_array().expect("lists").iter().enumerate() {
        text += &format!("{i} {i} {}\n", ((i * 7 + salt) % 5) as f64 * 0.25 - 0.5);
        for j in neighbors.as_array().expect("a list").iter().filter_map(Value::as_u64) {
            if (i as u64) < j {
                text += &format!(
                    "{i} {j} {}\n",
                    if (i + j as usize + salt).is_multiple_of(3) { 0.5 } else { -0.25 }
                );
            }
        }
    }
    text
}

/// Runs a command that must fail with exit code 1 and a help line.
fn fails(folder: &Path, arguments: &str) -> String {
    let ran = run(folder, arguments);
    assert_eq!(ran.code, 1, "`{arguments}` said: {}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("help: "), "a message without help: {}", ran.stderr);
    ran.stderr
}

fn python_agrees(folder: &Path, kind: &str, port: &str, image: &str) {
    // The script finds this build of the program.
    let script = folder.join("check.sh");
    let options = format!("{} {kind} {port} machine.json {image}", project("tests/board_python.py"));
    std::fs::write(
        &script,
        format!(
            "import os, runpy, sys\nos.environ['SPINWRIGHT'] = {:?}\nsys.argv = sys.argv[1:]\nrunpy.run_path(sys.argv[0], run_name='__main__')\n",
            env!("CARGO_BIN_EXE_spinwright")
        ),
    )
    .expect("written");
    let output = python("board", folder, &script.display().to_string(), &options);
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("all is well"), "{said}{errors}");
}

#[test]
fn a_wired_board_is_identified_loaded_swapped_run_and_read() {
    let folder = folder();
    let f = folder.path();
    write(f, "machine.json", WIRES);
    for (name, salt) in [("first", 0), ("second", 1)] {
        write(f, &format!("{name}.coo"), model(WIRES, salt));
        let beta = "--beta 0.5,1.0 --burn-in 2 --retained 11";
        succeeds(f, &format!("compile {name}.coo --machine machine.json {beta} --out {name}.image"));
    }
    let board = Simulated::start(f, "machine.json");
    let port = format!("--port {}", board.port);

    let identity = json(f, &format!("board identify machine.json {port}"));
    assert_eq!(
        (&identity["machine"], &identity["kind"]),
        (&Value::from("fault_wires"), &Value::from("wired"))
    );
    let other = fails(f, &format!("board identify {} {port}", project("examples/digits")));
    assert!(other.contains("is not the machine `digits`"), "{other}");
    let nothing = fails(f, &format!("board run machine.json {port}"));
    assert!(nothing.contains("refused"), "{nothing}");

    // Fresh banks are filled in place; a second model goes beside the first.
    let loaded = json(f, &format!("board load machine.json --image first.image --swap {port}"));
    assert_eq!((&loaded["coupling_bank"], &loaded["swapped"]), (&Value::from(0), &Value::from(true)));
    let compared = |image: &str, more: &str| {
        let value =
            json(f, &format!("board run machine.json --image {image} --images 3 --compare {more} {port}"));
        assert_eq!(value["equal"], 3, "{image} {more}");
        value
    };
    compared("first.image", "--seed 5");
    let loaded = json(f, &format!("board load machine.json --image second.image {port}"));
    assert_eq!((&loaded["coupling_bank"], &loaded["swapped"]), (&Value::from(1), &Value::from(false)));
    compared("first.image", "--clamp 0=1,3=0 --table-select 1,0,1");
    let swapped = json(f, &format!("board swap --coupling-bank 1 --bias-bank 1 {port}"));
    assert_eq!(swapped["pending"], false);
    let second = compared("second.image", "--burn-in 1 --retained 6 --readout field");
    assert_eq!(second["schedules"][0]["retained"], 6);
    let left = json(f, &format!("board read machine.json {port}"));
    assert_eq!((&left["sums"], &left["retained"]), (&second["results"][2]["sums"], &Value::from(6)));
    assert_eq!(left["spins"].as_array().expect("a list").len(), 3);
    let different = fails(f, &format!("board run machine.json --image first.image --compare {port}"));
    assert!(different.contains("not the reference's"), "{different}");
    let back = json(f, &format!("board roll-back {port}"));
    assert_eq!((&back["coupling_bank"], &back["pending"]), (&Value::from(0), &Value::from(false)));
    compared("first.image", "");

    // Clamps that last; what is refused; what is not there.
    assert_eq!(json(f, &format!("board clamp machine.json --hold 2=1 {port}"))["held"], 1);
    let held = json(f, &format!("board run machine.json --keep-clamps {port}"));
    let signs = u64::from_str_radix(held["results"][0]["signs"].as_str().expect("hexadecimal"), 16);
    assert_eq!(signs.expect("a number") >> 2 & 1, 1);
    let active = fails(f, &format!("board load machine.json --image second.image --coupling-bank 0 {port}"));
    assert!(active.contains("BankActive"), "{active}");
    let absent = fails(f, &format!("board swap --coupling-bank 9 --bias-bank 0 {port}"));
    assert!(absent.contains("refused"), "{absent}");
    succeeds(f, &format!("board stop {port}"));
    let status = json(f, &format!("board status --clear-errors {port}"));
    assert_eq!(
        (&status["busy"], &status["valid_coupling_banks"]),
        (&false.into(), &serde_json::json!([0, 1]))
    );
    assert!(
        status["errors"]["refused"].as_u64().expect("a number") >= 3 && status["errors"]["frame_crc"] == 0
    );
    assert_eq!(json(f, &format!("board status {port}"))["errors"]["refused"], 0);

    python_agrees(f, "wired", &board.port, "first.image");
    let example = project("examples/python/example.py");
    let options = format!("--port {} --machine machine.json --reads 6", board.port);
    let path = std::env::join_paths(
        [Path::new(env!("CARGO_BIN_EXE_spinwright")).parent().expect("a folder").to_path_buf()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").expect("a search path"))),
    );
    let shown = Command::new(std::env::var_os("SPINWRIGHT_PYTHON_BOARD").unwrap_or_else(|| "python3".into()))
        .arg(&example)
        .args(options.split_whitespace())
        .current_dir(f)
        .env("PATH", path.expect("a search path"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("Python starts");
    let said = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(
        shown.status.success() && said.contains("6 samples"),
        "{said}{}",
        String::from_utf8_lossy(&shown.stderr)
    );

    assert!(f.join("board").is_symlink());
    assert_eq!(board.interrupt(), Some(0), "Ctrl-C ends it in good order");
    assert!(!f.join("board").is_symlink(), "the link is removed");
}

#[test]
fn a_layered_board_runs_pictures_of_input_spins() {
    let folder = folder();
    let f = folder.path();
    write(f, "machine.json", LAYERS);
    let machine = ValidConfig::read(&f.join("machine.json")).unwrap_or_else(|e| panic!("{e}"));
    let schedule = Schedule { burn_in: 3, retained: 17, readout: Readout::Spin };
    let image = BankLayout::place(&machine, random_contents(&machine, 3, &[schedule])).expect("it fits");
    image.into_image().write(&f.join("some.image")).unwrap_or_else(|e| panic!("{e}"));
    write(f, "inputs", "1a5\n000\n1ff\n");
    let board = Simulated::start(f, "machine.json");
    // The link is as good as the terminal.
    json(f, "board load machine.json --image some.image --swap --port board");
    let run = "board run machine.json --image some.image --inputs inputs --seed 77 --compare --port board";
    let made = json(f, run);
    assert_eq!((&made["equal"], &made["images"]), (&Value::from(3), &Value::from(3)));
    let told: Value = json(f, "run machine.json --image some.image --inputs inputs --seed 77");
    for k in 0..3 {
        assert_eq!(made["results"][k]["sums"], told["results"][k]["sums"]);
        assert_eq!(made["results"][k]["signs"], told["results"][k]["signs"]);
    }
    python_agrees(f, "layered", &board.port, "some.image");
}

/// An addressed machine of 2 x 4 places, and a ring of seven p-bits for it.
const ADDRESSED: &str = r#"{"contract": 1, "name": "board_rows", "kind": "addressed", "lanes": 2, "replicas": 2, "weight_bits": 4,
    "bias_bits": 5, "field_bits": 5, "draw_bits": 12, "random_source": "lfsr64", "coupling_banks": 2, "bias_banks": 2, "tables": 2,
    "max_sweeps": 64, "slots": 6, "taps": 2, "degree": 4, "group": 2, "timing": {}}"#;

#[test]
fn an_addressed_board_runs_the_graph_of_its_image() {
    let folder = folder();
    let f = folder.path();
    write(f, "machine.json", ADDRESSED);
    for (name, nodes) in [("ring", 7), ("path", 5)] {
        let coupling = |i: usize| format!("{i} {} {}\n", (i + 1) % nodes, if i == 2 { -0.5 } else { 0.25 });
        let bias = |i: usize| format!("{i} {i} {}\n", i as f64 * 0.25 - 0.5);
        let last = if name == "ring" { nodes } else { nodes - 1 };
        let text = (0..last).map(coupling).chain((0..nodes).map(bias)).collect::<String>();
        write(f, &format!("{name}.coo"), format!("# vartype=SPIN\n{text}"));
        let options = "--beta 0.5,1.0 --burn-in 2 --retained 9";
        succeeds(f, &format!("compile {name}.coo --machine machine.json {options} --out {name}.image"));
    }
    let board = Simulated::start(f, "machine.json");
    let port = format!("--port {}", board.port);
    assert_eq!(json(f, &format!("board identify machine.json {port}"))["kind"], "addressed");
    let without = refused(f, &format!("board run machine.json {port}"));
    assert!(without.contains("--image"), "{without}");
    refused(f, &format!("board clamp machine.json --hold 7=1 --image ring.image {port}"));
    for name in ["ring", "path"] {
        json(f, &format!("board load machine.json --image {name}.image --swap {port}"));
        let run = format!("board run machine.json --image {name}.image --images 3 --compare");
        assert_eq!(json(f, &format!("{run} --seed 5 {port}"))["equal"], 3, "{name}");
        let more = "--clamp 0=1,3=0 --table-select 1,0 --readout field";
        let made = json(f, &format!("{run} {more} {port}"));
        assert_eq!(made["equal"], 3, "{name} {more}");
        let left = json(f, &format!("board read machine.json --image {name}.image {port}"));
        assert_eq!(left["sums"], made["results"][2]["sums"]);
        for spins in left["spins"].as_array().expect("a list") {
            let spins = u64::from_str_radix(spins.as_str().expect("hexadecimal"), 16).expect("a number");
            assert_eq!((spins & 1, spins >> 3 & 1), (1, 0), "the held p-bits");
        }
        let held = format!("board clamp machine.json --image {name}.image --hold 4=0 {port}");
        assert_eq!(json(f, &held)["held"], 1);
        json(f, &format!("board run machine.json --image {name}.image --keep-clamps {port}"));
        let left = json(f, &format!("board read machine.json --image {name}.image {port}"));
        for spins in left["spins"].as_array().expect("a list") {
            let spins = u64::from_str_radix(spins.as_str().expect("hexadecimal"), 16).expect("a number");
            assert_eq!(spins >> 4 & 1, 0, "the held p-bit");
        }
    }
    // The other graph is not what the banks hold.
    let different = fails(f, &format!("board run machine.json --image ring.image --seed 3 --compare {port}"));
    assert!(different.contains("not the reference's"), "{different}");
}

#[test]
fn a_board_with_a_ladder_says_its_energies_and_exchanges() {
    let folder = folder();
    let f = folder.path();
    let coupling = |i: usize| format!("{i} {} {}\n", (i + 1) % 6, if i == 2 { -0.5 } else { 0.5 });
    write(f, "ring.coo", format!("# vartype=SPIN\n{}", (0..6).map(coupling).collect::<String>()));
    let options = "--lanes 3 --replicas 4 --energy --ladder --tables 2 --out machine.json";
    succeeds(f, &format!("place ring.coo {options}"));
    let options = "--beta 0.5,1.5 --every 1 --burn-in 0 --retained 20";
    succeeds(f, &format!("compile ring.coo --machine machine.json {options} --out ring.image"));
    let board = Simulated::start(f, "machine.json");
    let port = format!("--port {}", board.port);
    json(f, &format!("board load machine.json --image ring.image --swap {port}"));
    let made = json(f, &format!("board run machine.json --image ring.image --seed 3 --compare {port}"));
    assert_eq!(made["equal"], 1);
    let told = json(f, "run machine.json --image ring.image --seed 3");
    for key in ["energies", "exchanges"] {
        assert_eq!(made["results"][0][key], told["results"][0][key], "{key}");
    }
    assert_eq!(made["results"][0]["energies"].as_array().expect("a list").len(), 4);
    // The only pair of two ladders, after every second sweep.
    assert_eq!(made["results"][0]["exchanges"]["tried"], serde_json::json!([20]));
    // Without the image the steps of the fields are the unit.
    let left = json(f, &format!("board read machine.json {port}"));
    let (known, raw) = (&made["results"][0]["energies"][0], &left["energies"][0]);
    let steps =
        raw["best_energy"].as_f64().expect("a number") / known["best_energy"].as_f64().expect("a number");
    assert!(steps >= 1.0 && steps.log2().fract() == 0.0, "{steps}");
    assert_eq!(raw["best_spins"], known["best_spins"]);
    python_agrees(f, "ladder", &board.port, "ring.image");
}

#[test]
fn ports_and_images_that_cannot_be_used_are_refused() {
    let folder = folder();
    let f = folder.path();
    write(f, "machine.json", LAYERS);
    write(f, "bad.image", b"no image");
    let missing = refused(f, "board status --port /dev/no_such_port");
    assert!(missing.contains("simulate"), "{missing}");
    refused(f, "board status --port machine.json");
    refused(f, "board load machine.json --image bad.image --port /dev/no_such_port");
    refused(f, "board streams machine.json --image bad.image --out streams.json");
    refused(f, "simulate machine.json --link machine.json");
    // A terminal where nobody answers.
    let silent = serialport::TTYPort::pair().expect("a pseudo-terminal");
    let path = serialport::SerialPort::name(&silent.1).expect("its path");
    let error = fails(f, &format!("board status --port {path} --timeout-ms 30"));
    assert!(error.contains("did not answer") && error.contains("cable"), "{error}");
    assert!(program(f).args(["board"]).output().expect("it starts").status.code() == Some(2));
}

/// The package's annotations, as `mypy --strict` reads them.
#[test]
fn the_python_package_is_typed() {
    let output = python(
        "board",
        Path::new(&project("examples/python")),
        "-m",
        "mypy --cache-dir=/dev/null spinwright",
    );
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
