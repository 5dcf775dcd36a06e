//! `spinwright report` on the example of the drawn digits.

use crate::support::{folder_with_digits, read, refused, succeeds};

#[test]
fn the_page_has_every_part() {
    let folder = folder_with_digits();
    let options = "--images 200 --sweeps 4,8,9 --delta 0.5,1 --pictures 3 --out out/page.html";
    let said = succeeds(folder.path(), &format!("report digits {options}"));
    assert!(said.contains("report: out/page.html"), "{said}");
    let page = String::from_utf8(read(folder.path(), "out/page.html")).expect("text");
    for part in [
        "spin readout",
        "field readout",
        "What a picture costs",
        "control",
        "<td>divergences</td><td class=\"number\">0</td>",
    ] {
        assert!(page.contains(part), "{part} is missing");
    }
    // 9 sweeps cannot be shared by 4 replicas: they are the column of 8.
    assert_eq!(page.matches("<th>4</th><th>8</th></tr>").count(), 2, "two heat maps of two columns");
}

#[test]
fn bad_input_leaves_no_page() {
    let folder = folder_with_digits();
    let none = refused(folder.path(), "report digits --sweeps 1,2,3 --out page.html");
    assert!(none.contains("choose 4 or more"), "{none}");
    let schedule = refused(folder.path(), "report digits --schedule nowhere --out page.html");
    assert!(schedule.contains("nowhere"), "{schedule}");
}
