//! Writes the Kotlin and the Swift that call the library:
//!
//! ```sh
//! target/debug/examples/generate target/debug/libcountersign_recognize.so crates/bindings/uniffi.toml target/bindings
//! ```
//!
//! The second file says what the generated code is called.

use uniffi::{GenerateOptions, TargetLanguage, generate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let [Some(library), Some(configuration), Some(directory)] = [(); 3].map(|()| arguments.next())
    else {
        return Err("usage: generate LIBRARY CONFIGURATION DIRECTORY".into());
    };
    for (language, name) in [
        (TargetLanguage::Kotlin, "kotlin"),
        (TargetLanguage::Swift, "swift"),
    ] {
        generate(GenerateOptions {
            languages: vec![language],
            source: library.clone().into(),
            out_dir: format!("{directory}/{name}").into(),
            config_override: Some(configuration.clone().into()),
            format: false,
            crate_filter: Some("countersign_recognize".to_owned()),
            metadata_no_deps: true,
        })?;
    }
    Ok(())
}
