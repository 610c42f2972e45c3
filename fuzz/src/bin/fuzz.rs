//! The long run of one target, guided by coverage: `COUNTERSIGN_FUZZ` names it, `COUNTERSIGN_SEEDS` is
//! the folder into which its seeds are written first, and the arguments are those of libFuzzer.
#![no_main]

use std::path::Path;
use std::sync::LazyLock;

use countersign_fuzz::Target;
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("COUNTERSIGN_FUZZ").unwrap_or_default();
    Target::named(&name).unwrap_or_else(|| panic!("COUNTERSIGN_FUZZ names no target: {name:?}"))
});

fuzz_target!(init: write_seeds(), |input: &[u8]| {
    (TARGET.run)(input);
});

/// The code as it is makes the seeds, so that they never grow old.
fn write_seeds() {
    let Some(folder) = std::env::var_os("COUNTERSIGN_SEEDS") else {
        return;
    };
    for (number, seed) in (TARGET.seeds)().iter().enumerate() {
        let path = Path::new(&folder).join(format!("seed-{number:03}"));
        std::fs::write(path, seed).expect("a seed can be written");
    }
}
