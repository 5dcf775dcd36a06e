//! `learn` and `complete` on the command line.

use crate::support::{copy, folder, idx, json, program, read, refused, run, succeeds, write};
use std::path::Path;
use tempfile::TempDir;

/// A graph of four visible and three hidden p-bits, its machine, and rows: the first two p-bits agree, the others do not.
fn small() -> TempDir {
    let folder = folder();
    let path = folder.path();
    succeeds(path, "graph --family picture --rows 2 --columns 2 --hidden 3 --degree 3 --to gset --out g.rud");
    succeeds(path, "place g.rud --lanes 3 --replicas 4 --field-bits 9 --out m/machine.json");
    write(path, "rows.txt", "# a b c d\n1101\n1 1 1 0\n0,0,0,1\n0010\n");
    folder
}

#[test]
fn learning_ends_on_the_machines_grid() {
    let folder = small();
    let path = folder.path();
    write(
        path,
        "recipe.json",
        "{\"copies\": 32, \"batch\": 4, \"rate\": 0.1, \"final_rate\": 0.01, \"deviation\": 0.5}",
    );
    let report =
        json(path, "learn g.rud --data rows.txt --machine m --config recipe.json --epochs 400 --out model");
    let likelihood = report["log_likelihood"].as_f64().unwrap();
    // Four rows of sixteen: at best ln 1/4 = -1.386, coin tosses have -2.773.
    assert!(likelihood > -1.6, "{likelihood}");
    assert_eq!((report["visible"].as_u64(), report["hidden"].as_u64()), (Some(4), Some(3)));
    assert_eq!(read(path, "model/machine.json"), read(path, "m/machine.json"));
    let compiled =
        json(path, "compile model/graph.json --machine model --field-fraction 4 --out model.image");
    assert_eq!((compiled["largest_error"].as_f64(), compiled["saturated"].as_u64()), (Some(0.0), Some(0)));
    succeeds(path, "run model --image model.image --clamp 0=1");
    assert!(!path.join("model/checkpoint.safetensors").exists());
}

#[test]
fn threads_and_seeds() {
    let folder = small();
    let path = folder.path();
    let learn = |options: &str| {
        succeeds(path, &format!("learn g.rud --data rows.txt --epochs 30 --out model {options}"));
        ["graph.json", "model.safetensors", "learning.json"].map(|name| read(path, &format!("model/{name}")))
    };
    let first = learn("--threads 1");
    assert_eq!(learn("--threads 3"), first);
    assert_ne!(learn("--threads 1 --seed 2"), first);
    let by_machine = learn("--machine m --sampler machine --threads 1");
    assert_eq!(learn("--machine m --sampler machine --threads 2"), by_machine);
}

/// Ctrl-C after the first lines of progress; the same command with --resume ends in the same bytes.
#[cfg(unix)]
#[test]
fn an_interrupted_run_goes_on() {
    let folder = small();
    let path = folder.path();
    let command = "learn g.rud --data rows.txt --epochs 3000 --batch 1 --method contrastive";
    succeeds(path, &format!("{command} --out whole"));
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_spinwright"))
        .current_dir(path)
        .args(format!("{command} --out parts").split_whitespace())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // The checkpoint of the first epoch is the sign that it has begun.
    while !path.join("parts/checkpoint.safetensors").exists() {
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert!(child.try_wait().unwrap().is_none(), "it ended before it could be interrupted");
    }
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(!path.join("parts/learning.json").exists());
    assert!(refused(path, &format!("{command} --seed 9 --resume --out parts")).contains("another recipe"));
    succeeds(path, &format!("{command} --resume --out parts"));
    for name in ["graph.json", "model.safetensors", "learning.json"] {
        assert_eq!(read(path, &format!("parts/{name}")), read(path, &format!("whole/{name}")), "{name}");
    }
}

#[test]
fn what_cannot_be_learned_is_refused() {
    let folder = small();
    let path = folder.path();
    write(path, "ragged.txt", "101\n10\n");
    write(path, "long.txt", "10101010\n");
    write(path, "recipe.json", "{\"sweeeps\": 3}");
    write(path, "line.rud", "7 1\n6 7 1\n");
    write(path, "layered.json", include_str!("../../examples/digits/machine.json"));
    for (arguments, expected) in [
        ("learn g.rud --data ragged.txt --out x", "line 2"),
        ("learn g.rud --data long.txt --out x", "rows have 8 spins; the graph has 7 p-bits"),
        ("learn g.rud --data rows.txt --visible 1,2,3,9 --out x", "label 9"),
        ("learn g.rud --data rows.txt --visible 1,2,3,3 --out x", "named twice"),
        ("learn g.rud --data rows.txt --batch 0 --out x", "key batch"),
        ("learn g.rud --data rows.txt --config recipe.json --out x", "sweeeps"),
        ("learn g.rud --data rows.txt --machine layered.json --out x", "layered machine"),
        ("learn g.rud --data rows.txt --sampler machine --out x", "--sampler machine needs one"),
        ("learn g.rud --data rows.txt --resume --out x", "nothing to resume"),
        ("learn g.rud --data nothing.txt --out x", "nothing.txt"),
        ("learn g.rud --digits --out x", "rows have 144 spins"),
        ("complete m --digits", "learning.json"),
    ] {
        let message = refused(path, arguments);
        assert!(message.contains(expected), "{arguments}: {message}");
    }
    // A machine without a wire between p-bits that the graph couples.
    succeeds(path, "place line.rud --lanes 7 --out line/machine.json");
    let message = refused(path, "learn g.rud --data rows.txt --machine line --out x");
    assert!(message.contains("no neighbors in graph"), "{message}");
    succeeds(path, "learn g.rud --data rows.txt --machine m --epochs 1 --out model");
    assert!(refused(path, "complete model --digits").contains("not learned from pictures"));
}

/// IDX files with the same pictures to train and to test: 4 x 4 pixels, left and right half equal.
fn mirrored(path: &Path) {
    let pictures: Vec<u8> = (0..256u32)
        .flat_map(|k| {
            (0..16u32).map(move |pixel| if k >> (pixel / 4 * 2 + pixel % 2) & 1 == 1 { 200 } else { 50 })
        })
        .collect();
    for name in ["train", "t10k"] {
        write(path, &format!("data/{name}-images-idx3-ubyte"), idx(&[256, 4, 4], &pictures));
        write(path, &format!("data/{name}-labels-idx1-ubyte"), idx(&[256], &[0; 256]));
    }
}

/// Every pixel is random, and its partner two columns away is equal: the machine must complete nearly all, and the baselines none.
#[test]
fn halves_are_completed() {
    let folder = folder();
    let path = folder.path();
    mirrored(path);
    succeeds(path, "graph --family picture --rows 4 --columns 4 --reach 2 --to gset --out g.rud");
    succeeds(path, "place g.rud --lanes 6 --replicas 4 --field-bits 9 --out m/machine.json");
    succeeds(path, "learn g.rud --data data --machine m --epochs 30 --batch 32 --rate 0.1 --out model");
    let options = "complete model --data data --hide right --burn-in 10 --retained 20";
    let report = json(path, &format!("{options} --out a.svg"));
    let part = |key: &str| report[key].as_f64().unwrap();
    assert_eq!((report["images"].as_u64(), report["hidden_pixels"].as_u64()), (Some(256), Some(256 * 8)));
    assert!(part("error") < 0.02, "{report}");
    assert!(part("mean_picture") > 0.4 && part("no_couplings") > 0.4, "{report}");
    assert_eq!(part("nearest_picture"), 0.0, "the training pictures hold every test picture");
    assert_eq!(json(path, &format!("{options} --threads 1"))["error"], report["error"]);
    let drawn = String::from_utf8(read(path, "a.svg")).unwrap();
    assert!(drawn.starts_with("<svg") && drawn.ends_with("</svg>\n"));
    let text = run(path, &format!("{options} --images 2")).stdout;
    assert!(text.contains("nearest training picture"), "{text}");
}

/// The shipped model is what docs/learning.md says: its numbers lie on its machine's grid, its image is the one that `compile` makes.
#[test]
fn the_shipped_completion_is_whole() {
    let folder = folder();
    let path = folder.path();
    copy("examples/completion", path, "completion");
    let shown = json(path, "inspect completion/completion.image --machine completion");
    assert!(!shown["contents"].is_null());
    let compiled = json(
        path,
        "compile completion/graph.json --machine completion --field-fraction 4 --burn-in 50 --retained 50 --out c.image",
    );
    assert_eq!((compiled["largest_error"].as_f64(), compiled["saturated"].as_u64()), (Some(0.0), Some(0)));
    assert_eq!(read(path, "c.image"), read(path, "completion/completion.image"));
    let ended = program(path)
        .args(
            "complete completion --digits --images 20 --hide random --burn-in 20 --retained 30 --json"
                .split(' '),
        )
        .output()
        .unwrap();
    let report: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
    // 0.115 and 0.19 over many pictures; these are 1,440 hidden pixels.
    let part = |key: &str| report[key].as_f64().unwrap();
    assert!(part("error") < 0.75 * part("mean_picture"), "{report}");
}
