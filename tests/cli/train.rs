//! `spinwright train` on the drawn digits.

use crate::support::{folder, json, refused, run, write};

#[test]
fn a_model_is_a_folder_with_three_files_and_the_same_for_any_number_of_threads() {
    let folder = folder();
    let summary = json(folder.path(), "train --digits --epochs 1 --threads 1 --out a");
    json(folder.path(), "train --digits --epochs 1 --threads 3 --out b");
    let mut names: Vec<String> = std::fs::read_dir(folder.path().join("a"))
        .expect("the model")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    assert_eq!(names, ["machine.json", "model.json", "model.safetensors"]);
    for name in names {
        let read = |model: &str| std::fs::read(folder.path().join(model).join(&name)).expect("a file");
        assert!(read("a") == read("b"), "{name} depends on the number of threads");
    }
    assert_eq!(summary["weights"], 5632);
    assert_eq!(summary["epochs"], 1);
    let control = summary["validation"]["control"].as_f64().expect("a number");
    assert!((0.5..1.0).contains(&control), "the control classifies: {control}");
}

#[test]
fn another_seed_gives_another_model() {
    let folder = folder();
    for seed in [1, 2] {
        json(folder.path(), &format!("train --digits --epochs 1 --seed {seed} --out s{seed}"));
    }
    let read =
        |name: &str| std::fs::read(folder.path().join(name).join("model.safetensors")).expect("weights");
    assert!(read("s1") != read("s2"));
}

#[test]
fn ctrl_c_leaves_a_checkpoint_and_resume_ends_in_the_same_model() {
    let folder = folder();
    let arguments = "train --digits --epochs 12 --out interrupted";
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_spinwright"))
        .args(arguments.split(' '))
        .current_dir(folder.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    // The checkpoint of the first epoch says that training is under way.
    let checkpoint = folder.path().join("interrupted/checkpoint.safetensors");
    while !checkpoint.exists() {
        assert!(child.try_wait().expect("its state").is_none(), "it ended before its first checkpoint");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let interrupt = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.expect("kill starts").success());
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("interrupted in epoch") && said.contains("--resume"), "{said}");
    assert!(!folder.path().join("interrupted/model.json").exists(), "no half-trained model");

    assert_eq!(run(folder.path(), &format!("{arguments} --resume")).code, 0);
    assert_eq!(run(folder.path(), &arguments.replace("interrupted", "whole")).code, 0);
    for name in ["model.safetensors", "model.json"] {
        let read = |model: &str| std::fs::read(folder.path().join(model).join(name)).expect("a file");
        assert!(read("interrupted") == read("whole"), "{name} remembers the interruption");
    }
    assert!(!checkpoint.exists(), "a finished model needs no checkpoint");
}

#[test]
fn there_is_nothing_to_resume() {
    insta::assert_snapshot!(
        "nothing_to_resume",
        refused(folder().path(), "train --digits --resume --out model")
    );
}

#[test]
fn a_recipe_with_an_unknown_key() {
    let folder = folder();
    write(folder.path(), "recipe.json", "{\"seed\": 1,\n \"lerning_rate\": 2}\n");
    let message = refused(folder.path(), "train --digits --config recipe.json --out model");
    insta::assert_snapshot!("recipe_unknown_key", message);
}

#[test]
fn an_output_folder_that_cannot_be_written() {
    let folder = folder();
    write(folder.path(), "model", "a file where the folder should be");
    insta::assert_snapshot!(
        "output_not_writable",
        refused(folder.path(), "train --digits --epochs 1 --out model")
    );
}
