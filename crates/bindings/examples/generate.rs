//! Writes the Kotlin and the Swift that call the library:
//!
//! ```sh
//! target/debug/examples/generate target/debug/libcountersign_recognize.so target/bindings
//! ```

use uniffi::{GenerateOptions, TargetLanguage, generate};

/// What the generated code is called.
const CONFIGURATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/uniffi.toml");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(library), Some(directory)) = (arguments.next(), arguments.next()) else {
        return Err("usage: generate LIBRARY DIRECTORY".into());
    };
    for (language, name) in [
        (TargetLanguage::Kotlin, "kotlin"),
        (TargetLanguage::Swift, "swift"),
    ] {
        generate(GenerateOptions {
            languages: vec![language],
            source: library.clone().into(),
            out_dir: format!("{directory}/{name}").into(),
            config_override: Some(CONFIGURATION.into()),
            format: false,
            crate_filter: Some("countersign_recognize".to_owned()),
            metadata_no_deps: true,
        })?;
    }
    Ok(())
}
