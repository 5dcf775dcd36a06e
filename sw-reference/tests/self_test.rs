//! The self-test's signature, computed a second time by a script that knows only the contract.

use spinwright_contract::ValidConfig;
use spinwright_reference::image::BankImage;
use spinwright_reference::sampler::self_test_signature;
use std::path::Path;
use std::process::Command;

#[test]
fn the_independent_script_computes_the_same_signatures() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    // Dense, wide, with both random sources, of several blocks, with an encoder and a decoder on the device.
    let names = [
        "lfsr_spin",
        "lfsr_classes",
        "xoshiro_skip_field",
        "xoshiro_wide",
        "conv_blocks",
        "conv_skip",
        "conv_pixels",
    ];
    let expected: String = names
        .iter()
        .map(|name| {
            let folder = tests.join("golden").join(name);
            let config = ValidConfig::read(&folder).expect("a machine");
            let image = BankImage::read(&folder.join("image.bank"), &config).expect("its image");
            let signature = self_test_signature(&config, &image, 0).expect("it runs");
            format!("{name}: signature {signature:08x}\n")
        })
        .collect();
    let output = Command::new("python3")
        .arg("-B")
        .arg(tests.join("contract_check_self_test.py"))
        .args(names.iter().map(|name| tests.join("golden").join(name)))
        .output()
        .expect("python3 is needed: apt-get install python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
}
