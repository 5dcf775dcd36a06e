//! `spinwright generate`: the same bytes every time, and a check that notices everything.

use crate::support::{folder_with_digits, json, read, run, succeeds, write};

#[test]
fn regenerating_changes_nothing_and_every_change_is_noticed() {
    let folder = folder_with_digits();
    let summary = json(folder.path(), "generate digits --out verilog");
    let manifest: serde_json::Value =
        serde_json::from_slice(&read(folder.path(), "verilog/manifest.json")).expect("JSON");
    assert_eq!(manifest["top"], summary["top"]);
    assert_eq!((&manifest["p_bits"], &summary["p_bits"]), (&64.into(), &64.into()));
    let files = manifest["files"].as_array().expect("files");
    assert!(files.len() > 5 && files.len() as u64 == summary["files"].as_u64().expect("a number"));

    let check = "generate digits --out verilog --check";
    assert!(succeeds(folder.path(), check).contains("up to date"));

    let name = format!("verilog/{}", files[0]["file"].as_str().expect("a name"));
    let original = read(folder.path(), &name);
    let notices = |expected: &str| {
        let ran = run(folder.path(), check);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
        assert!(
            ran.stderr.contains("help: run `spinwright generate digits --out verilog`"),
            "{}",
            ran.stderr
        );
    };
    write(folder.path(), &name, [&original[..], b"// edited\n"].concat());
    notices("differs");
    write(folder.path(), &name, [b"// edited\n", &original[..]].concat());
    notices("differs");
    std::fs::remove_file(folder.path().join(&name)).expect("removed");
    notices("No such file");
    write(folder.path(), &name, original);
    write(folder.path(), "verilog/other.v", "module other; endmodule\n");
    notices("other.v is not generated any more");
    std::fs::remove_file(folder.path().join("verilog/other.v")).expect("removed");
    succeeds(folder.path(), check);
}

#[test]
fn every_verilog_file_has_licence_and_a_module_of_its_own() {
    let folder = folder_with_digits();
    succeeds(folder.path(), "generate digits --out verilog");
    let manifest: serde_json::Value =
        serde_json::from_slice(&read(folder.path(), "verilog/manifest.json")).expect("JSON");
    for file in manifest["files"].as_array().expect("files") {
        let (name, module) =
            (file["file"].as_str().expect("a name"), file["module"].as_str().expect("a module"));
        let text = String::from_utf8(read(folder.path(), &format!("verilog/{name}"))).expect("text");
        assert!(text.contains("SPDX-License-Identifier: MIT OR Apache-2.0"), "{name} has no licence");
        assert_eq!(name, format!("{module}.v"));
        assert_eq!(text.matches("\nmodule ").count(), 1, "{name}");
        assert!(text.contains(&format!("\nmodule {module}")), "{name} holds another module");
    }
}
