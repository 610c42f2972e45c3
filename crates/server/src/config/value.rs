//! A value of a setting, as a file, the environment or a flag gives it, and the ways to read it.

mod attestation;
mod message;

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use http::HeaderName;
use url::Url;
use web::Colour;

/// A value before it is known what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Text in a file.
    Text(String),
    /// A whole number in a file.
    Integer(i64),
    /// A truth value in a file.
    Boolean(bool),
    /// An array in a file.
    List(Vec<Self>),
    /// A table in a file, within a list.
    Table(Vec<(String, Self)>),
    /// Anything else that TOML knows, by its name.
    Other(&'static str),
    /// What a flag or the environment holds: text that may stand for any of these.
    Untyped(String),
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// It is of another type.
    #[error("must be {expected}, not {actual}")]
    WrongType {
        expected: &'static str,
        actual: &'static str,
    },
    /// It has the right type and the wrong form.
    #[error("must be {expected}")]
    WrongForm { expected: &'static str },
    /// A number or a duration is too small or too large.
    #[error("must be between {least} and {most}")]
    OutOfRange { least: String, most: String },
    /// It is not one of the names that there are.
    #[error("must be one of {names}{}", suggestion.map(|it| format!("; did you mean \"{it}\"?")).unwrap_or_default())]
    NotOneOf {
        names: String,
        suggestion: Option<&'static str>,
    },
    /// It names a file or directory that is not there.
    #[error("names a {what} that is not there: {path}")]
    Missing { what: &'static str, path: String },
    /// It is not a URL that will do.
    #[error("{0}")]
    Url(&'static str),
    /// It is not a filter for the log.
    #[error("is not a log filter such as \"info\" or \"info,countersign=debug\"")]
    Filter,
}

impl Value {
    fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Untyped(_) => "text",
            Self::Integer(_) => "a number",
            Self::Boolean(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(name) => name,
        }
    }

    fn wrong_type(&self, expected: &'static str) -> Fault {
        let actual = self.type_name();
        Fault::WrongType { expected, actual }
    }

    fn as_text(&self, expected: &'static str) -> Result<&str, Fault> {
        match self {
            Self::Text(text) | Self::Untyped(text) => Ok(text),
            _ => Err(self.wrong_type(expected)),
        }
    }

    fn parsed<T: std::str::FromStr>(&self, expected: &'static str) -> Result<T, Fault> {
        let text = self.as_text(expected)?;
        text.parse().map_err(|_| Fault::WrongForm { expected })
    }

    /// Text that is not empty.
    pub(crate) fn text(&self) -> Result<String, Fault> {
        let expected = "text that is not empty";
        match self.as_text(expected)?.trim() {
            "" => Err(Fault::WrongForm { expected }),
            text => Ok(text.to_owned()),
        }
    }

    /// True or false.
    pub(crate) fn boolean(&self) -> Result<bool, Fault> {
        match self {
            Self::Boolean(value) => Ok(*value),
            Self::Untyped(_) => self.parsed("true or false"),
            _ => Err(self.wrong_type("true or false")),
        }
    }

    /// A whole number in a range.
    pub(crate) fn integer<T>(&self, range: RangeInclusive<T>) -> Result<T, Fault>
    where
        T: TryFrom<i64> + PartialOrd + std::fmt::Display,
    {
        let number: i64 = match self {
            Self::Integer(number) => *number,
            Self::Untyped(_) => self.parsed("a whole number")?,
            _ => return Err(self.wrong_type("a whole number")),
        };
        let within = T::try_from(number).ok().filter(|n| range.contains(n));
        within.ok_or_else(|| Fault::OutOfRange {
            least: range.start().to_string(),
            most: range.end().to_string(),
        })
    }

    /// A list of texts; in the environment they are separated by commas.
    pub(crate) fn texts(&self) -> Result<Vec<String>, Fault> {
        match self {
            Self::List(values) => values.iter().map(Self::text).collect(),
            Self::Untyped(text) => Ok(text
                .split(',')
                .map(|part| part.trim().to_owned())
                .filter(|part| !part.is_empty())
                .collect()),
            _ => Err(self.wrong_type("a list of texts")),
        }
    }

    /// A list whose members parse.
    pub(crate) fn list<T: std::str::FromStr>(
        &self,
        expected: &'static str,
    ) -> Result<Vec<T>, Fault> {
        self.texts()?
            .iter()
            .map(|text| text.parse().map_err(|_| Fault::WrongForm { expected }))
            .collect()
    }

    /// An address to listen on.
    pub(crate) fn address(&self) -> Result<SocketAddr, Fault> {
        self.parsed("an address and a port such as \"127.0.0.1:9031\" or \"[::1]:9031\"")
    }

    /// One of some names.
    pub(crate) fn one_of<T: Copy>(&self, choices: &[(&'static str, T)]) -> Result<T, Fault> {
        let text = self.as_text("text")?;
        let found = choices.iter().find(|(name, _)| *name == text);
        found
            .map(|(_, choice)| *choice)
            .ok_or_else(|| Fault::NotOneOf {
                names: choices
                    .iter()
                    .map(|(name, _)| format!("\"{name}\""))
                    .collect::<Vec<_>>()
                    .join(", "),
                suggestion: super::mistake::nearest(text, choices.iter().map(|(name, _)| *name)),
            })
    }

    /// A list of some names.
    pub(crate) fn list_of<T: Copy>(&self, choices: &[(&'static str, T)]) -> Result<Vec<T>, Fault> {
        let names = self.texts()?.into_iter();
        names.map(|name| Self::Text(name).one_of(choices)).collect()
    }

    /// A length of time such as `90s`, `15m`, `8h` or `30d`, in a range.
    pub(crate) fn duration(&self, range: RangeInclusive<Duration>) -> Result<Duration, Fault> {
        let expected = "a duration such as \"60s\", \"15m\", \"8h\" or \"30d\"";
        let duration = read_duration(self.as_text(expected)?);
        let duration = duration.ok_or(Fault::WrongForm { expected })?;
        if range.contains(&duration) {
            return Ok(duration);
        }
        Err(Fault::OutOfRange {
            least: duration_text(*range.start()),
            most: duration_text(*range.end()),
        })
    }

    /// A number of bytes such as `512KiB` or `1MiB`, in a range.
    pub(crate) fn size(&self, range: RangeInclusive<usize>) -> Result<usize, Fault> {
        let expected = "a size such as \"64KiB\" or \"1MiB\"";
        let size = read_size(self.as_text(expected)?).ok_or(Fault::WrongForm { expected })?;
        if range.contains(&size) {
            return Ok(size);
        }
        Err(Fault::OutOfRange {
            least: size_text(*range.start()),
            most: size_text(*range.end()),
        })
    }

    /// A path, whether or not something is there.
    pub(crate) fn path(&self) -> Result<PathBuf, Fault> {
        self.text().map(PathBuf::from)
    }

    /// A file that is there.
    pub(crate) fn file(&self) -> Result<PathBuf, Fault> {
        self.existing("file", std::path::Path::is_file)
    }

    /// A directory that is there.
    pub(crate) fn directory(&self) -> Result<PathBuf, Fault> {
        self.existing("directory", std::path::Path::is_dir)
    }

    fn existing(
        &self,
        what: &'static str,
        test: fn(&std::path::Path) -> bool,
    ) -> Result<PathBuf, Fault> {
        let path = self.path()?;
        if test(&path) {
            return Ok(path);
        }
        let path = path.display().to_string();
        Err(Fault::Missing { what, path })
    }

    /// An absolute http or https URL.
    pub(crate) fn url(&self) -> Result<Url, Fault> {
        let url: Url = self.parsed("a URL such as \"https://id.example.com\"")?;
        match url.scheme() {
            "http" | "https" => Ok(url),
            _ => Err(Fault::Url("must be a URL that begins with https or http")),
        }
    }

    /// A URL that identifies the server.
    pub(crate) fn issuer(&self) -> Result<Url, Fault> {
        let url = self.url()?;
        // RFC 8414 §2: the issuer is "a URL that uses the "https" scheme and has no query or fragment components".
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Fault::Url("must have no query and no fragment"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Fault::Url("must have no user name and no password"));
        }
        Ok(url)
    }

    /// The name of a header.
    pub(crate) fn header(&self) -> Result<HeaderName, Fault> {
        self.parsed("the name of a header such as \"X-Client-Cert\"")
    }

    /// A filter for the log.
    pub(crate) fn log_filter(&self) -> Result<String, Fault> {
        super::log_filter::read(&self.text()?)
    }

    /// A colour.
    pub(crate) fn colour(&self) -> Result<Colour, Fault> {
        self.parsed("a colour such as \"#0a5bd3\"")
    }
}

const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

fn read_duration(text: &str) -> Option<Duration> {
    let (unit, seconds) = UNITS.iter().find(|(unit, _)| text.ends_with(unit))?;
    let digits = text.strip_suffix(unit)?;
    let count: u64 = digits.parse().ok().filter(|_| !digits.starts_with('+'))?;
    count.checked_mul(*seconds).map(Duration::from_secs)
}

/// A length of time as a setting writes it.
fn duration_text(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let fits = |unit: &&(&str, u64)| seconds > 0 && seconds.is_multiple_of(unit.1);
    let (unit, length) = UNITS.iter().find(fits).unwrap_or(&("s", 1));
    format!("{}{unit}", seconds / length)
}

const SIZES: [(&str, usize); 3] = [("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

fn read_size(text: &str) -> Option<usize> {
    let (unit, bytes) = SIZES.iter().find(|(unit, _)| text.ends_with(unit))?;
    let digits = text.strip_suffix(unit)?.trim_end();
    let count: usize = digits.parse().ok().filter(|_| !digits.starts_with('+'))?;
    count.checked_mul(*bytes)
}

fn size_text(size: usize) -> String {
    let (unit, bytes) = SIZES
        .iter()
        .find(|(_, bytes)| size.is_multiple_of(*bytes))
        .unwrap_or(&("B", 1));
    format!("{}{unit}", size / bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn durations_are_written_with_a_unit() {
        let any = Duration::ZERO..=Duration::MAX;
        for (written, seconds) in [
            ("60s", 60),
            ("15m", 900),
            ("8h", 28_800),
            ("30d", 2_592_000),
        ] {
            let duration = text(written).duration(any.clone()).unwrap();
            assert_eq!(duration, Duration::from_secs(seconds));
        }
        assert_eq!(duration_text(Duration::from_mins(15)), "15m");
        assert_eq!(duration_text(Duration::from_secs(90)), "90s");
        for wrong in [
            "",
            "15",
            "m",
            "1.5h",
            "-1s",
            "+1s",
            "15 m",
            "99999999999999999999d",
        ] {
            assert!(text(wrong).duration(any.clone()).is_err(), "{wrong}");
        }
        assert!(Value::Integer(60).duration(any).is_err());
    }

    #[test]
    fn a_duration_out_of_range_is_told_the_range() {
        let range = Duration::from_mins(1)..=Duration::from_hours(24);
        let fault = text("30s").duration(range).unwrap_err();
        assert_eq!(fault.to_string(), "must be between 1m and 1d");
    }

    #[test]
    fn sizes_are_written_with_a_unit() {
        assert_eq!(text("64KiB").size(0..=1 << 20).unwrap(), 65_536);
        assert_eq!(text("1MiB").size(0..=1 << 20).unwrap(), 1 << 20);
        let fault = text("2MiB").size(1024..=1 << 20).unwrap_err();
        assert_eq!(fault.to_string(), "must be between 1KiB and 1MiB");
        assert!(text("64kb").size(0..=1 << 20).is_err());
    }

    #[test]
    fn the_environment_may_hold_any_type() {
        let untyped = |text: &str| Value::Untyped(text.to_owned());
        assert_eq!(untyped("5").integer(1..=10_u32), Ok(5));
        assert_eq!(untyped("true").boolean(), Ok(true));
        assert_eq!(untyped("a, b,").texts().unwrap(), ["a", "b"]);
        assert!(text("5").integer(1..=10_u32).is_err());
        assert!(text("true").boolean().is_err());
    }

    #[test]
    fn rfc8414_2_an_issuer_has_no_query_and_no_fragment() {
        assert!(text("https://id.example.com/tenant").issuer().is_ok());
        for wrong in [
            "https://id.example.com/?a=b",
            "https://id.example.com/#top",
            "https://user@id.example.com",
            "ftp://id.example.com",
            "id.example.com",
        ] {
            assert!(text(wrong).issuer().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_colour_is_one_that_the_pages_can_show() {
        assert_eq!(text("#0A5bd3").colour(), Ok("#0a5bd3".parse().unwrap()));
        for wrong in ["#fff", "0a5bd3", "blue"] {
            assert!(text(wrong).colour().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_nearest() {
        let fault = text("jsno").one_of(&[("human", 0), ("json", 1)]);
        let message = fault.unwrap_err().to_string();
        assert_eq!(
            message,
            "must be one of \"human\", \"json\"; did you mean \"json\"?"
        );
    }
}
