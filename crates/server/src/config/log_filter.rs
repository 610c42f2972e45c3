//! How much the log notes: a level, and others for single modules.

use super::value::{Fault, Value};

/// The levels, and nothing at all.
const LEVELS: &[(&str, &str)] = &[
    ("error", "error"),
    ("warn", "warn"),
    ("info", "info"),
    ("debug", "debug"),
    ("trace", "trace"),
    ("off", "off"),
];

/// A filter such as `info` or `info,countersign=debug`, as `tracing_subscriber` takes it.
///
/// That takes more: to it, a level that is misspelt is a module, of which alone everything is
/// noted. So nothing else would be, and nobody told.
pub(super) fn read(text: &str) -> Result<String, Fault> {
    let directives = text.split(',').map(|it| directive(it.trim()));
    let directives: Vec<String> = directives.collect::<Result<_, Fault>>()?;
    Ok(directives.join(","))
}

fn directive(text: &str) -> Result<String, Fault> {
    match text.split_once('=') {
        None => level(text).map(str::to_owned),
        Some((module, word)) if is_module(module) => Ok(format!("{module}={}", level(word)?)),
        Some(_) => Err(Fault::Filter),
    }
}

fn level(word: &str) -> Result<&'static str, Fault> {
    Value::Text(word.to_ascii_lowercase()).one_of(LEVELS)
}

fn is_module(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_:-".contains(&byte);
    !name.is_empty() && name.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::EnvFilter;

    use super::*;

    #[test]
    fn a_filter_has_a_level_for_everything_and_others_for_modules() {
        for (written, read_as) in [
            ("info", "info"),
            ("WARN", "warn"),
            ("off", "off"),
            ("info, countersign=debug", "info,countersign=debug"),
            ("countersign_web::door=trace", "countersign_web::door=trace"),
        ] {
            assert_eq!(read(written).unwrap(), read_as);
            assert!(read_as.parse::<EnvFilter>().is_ok(), "{read_as}");
        }
    }

    #[test]
    fn a_level_that_is_misspelt_is_no_module() {
        // What it is to the library that filters: no mistake.
        assert!("inof".parse::<EnvFilter>().is_ok());
        let told = read("inof").unwrap_err().to_string();
        assert!(told.ends_with("did you mean \"info\"?"), "{told}");
        for wrong in [
            "info,countersign=inof",
            "countersign",
            "info,",
            "3",
            "info info",
        ] {
            let told = read(wrong).unwrap_err().to_string();
            assert!(told.starts_with("must be one of \"error\""), "{told}");
        }
        for wrong in ["=debug", "a b=debug", "countersign[span]=debug"] {
            assert_eq!(read(wrong), Err(Fault::Filter), "{wrong}");
        }
    }
}
