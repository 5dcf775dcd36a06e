//! The manual as a book: every page is in its table of contents, and every link of a page leads somewhere.

use pulldown_cmark::{Event, Parser, Tag};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Markdown files below a folder.
fn pages(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("a folder of the manual") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(pages(&path));
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.insert(path);
        }
    }
    found
}

/// Targets of a page's links that are files of the project, without anchors.
fn links(page: &Path) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(page).expect("a page");
    let folder = page.parent().expect("a folder");
    let targets = Parser::new(&text).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.to_string()),
        _ => None,
    });
    let ours = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    ours.map(|target| folder.join(target.split('#').next().expect("the part before an anchor"))).collect()
}

fn real(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

#[test]
fn every_page_is_in_the_table_of_contents_once() {
    let docs = root().join("docs");
    let summary = docs.join("SUMMARY.md");
    let listed: Vec<PathBuf> =
        links(&summary).iter().map(|page| real(page).expect("a page that exists")).collect();
    let mut all = pages(&docs);
    all.remove(&summary);
    let all: BTreeSet<PathBuf> = all.iter().filter_map(|page| real(page)).collect();
    let missing: Vec<&PathBuf> = all.iter().filter(|page| !listed.contains(page)).collect();
    assert!(missing.is_empty(), "add to docs/SUMMARY.md: {missing:?}");
    assert_eq!(listed.len(), all.len(), "a page stands twice in docs/SUMMARY.md, or is none of the manual's");
}

#[test]
fn every_link_leads_to_a_file() {
    let mut checked = 0;
    for page in
        pages(&root().join("docs")).into_iter().chain([root().join("README.md"), root().join("CHANGELOG.md")])
    {
        for link in links(&page) {
            assert!(link.exists(), "{}: nothing is at {}", page.display(), link.display());
            checked += 1;
        }
    }
    assert!(checked > 200, "{checked} links only: the pages were not read");
}

#[test]
fn every_generated_module_has_a_page() {
    let blocks = root().join("docs/blocks");
    let mut seen = 0;
    for machine in std::fs::read_dir(root().join("generated")).expect("golden files") {
        let machine = machine.expect("an entry").path();
        let manifest = std::fs::read_to_string(machine.join("manifest.json")).expect("a manifest");
        let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
        let name = manifest["name"].as_str().expect("a name");
        let prefix = format!("{name}_");
        for file in std::fs::read_dir(&machine).expect("a folder") {
            let file = file.expect("an entry").file_name().to_string_lossy().into_owned();
            let Some(module) = file.strip_suffix(".v").and_then(|m| m.strip_prefix(&prefix)) else {
                continue;
            };
            // Copies of other sizes are numbered; memories are named by their size; the top is the manual's first page.
            let kind =
                module.trim_end_matches(|c: char| c.is_ascii_digit() || c == 'x').trim_end_matches('_');
            let memory = ["ram", "lut_ram", "masked_ram"].iter().any(|memory| kind.starts_with(memory));
            if memory || kind == "top" {
                continue;
            }
            let there = [module, kind].iter().any(|page| blocks.join(format!("{page}.md")).exists());
            assert!(there, "{name}: module {module} has no page in docs/blocks");
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen} modules only: the golden files were not read");
}
