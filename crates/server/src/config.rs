//! The configuration: defaults, a file, the environment and flags, each over the one before.

mod example;
mod file;
mod log_filter;
pub(crate) mod message;
mod mistake;
mod rule;
mod rules;
mod section;
mod table;
mod value;

use std::collections::BTreeMap;
use std::path::Path;

pub(crate) use example::example;
pub(crate) use mistake::{Mistake, Origin};
pub(crate) use section::{
    Config, Limits, Log, LogFormat, Reach, Recognize, SignOn, Telemetry, Tls, Tokens,
};
pub(crate) use value::Value;

use mistake::Deed;
use table::{Setting, settings};

/// The environment variables that are read besides those of the settings.
pub(crate) const OTHER_VARIABLES: [&str; 3] = [
    "COUNTERSIGN_CONFIG",
    "COUNTERSIGN_MASTER_KEY",
    "COUNTERSIGN_ADMIN_PASSWORD",
];

/// A configuration, and which environment variables look like settings and are none.
pub(crate) struct Loaded {
    pub(crate) config: Config,
    pub(crate) warnings: Vec<String>,
}

/// What a flag sets: the setting's name with its section (`server.listen`), the flag, the value.
pub(crate) struct FlagValue {
    pub(crate) setting: &'static str,
    pub(crate) flag: &'static str,
    pub(crate) value: String,
}

/// From where a configuration is put together.
#[derive(Default)]
pub(crate) struct Sources<'a> {
    pub(crate) file: Option<&'a Path>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) flags: Vec<FlagValue>,
}

/// Puts a configuration together, or tells everything that is wrong with it.
pub(crate) fn load(sources: Sources<'_>) -> Result<Loaded, Vec<Mistake>> {
    let mut draft = Draft::default();
    if let Some(path) = sources.file {
        draft.read_file(path);
    }
    let warnings = draft.read_environment(&sources.environment);
    for flag in sources.flags {
        let setting = settings().find(|it| it.name() == flag.setting);
        let value = Value::Untyped(flag.value);
        if let Some(setting) = setting {
            draft.set(setting, &value, Origin::Flag(flag.flag));
        }
    }
    let config = draft.finish()?;
    Ok(Loaded { config, warnings })
}

/// A configuration in the making.
#[derive(Default)]
struct Draft {
    config: Config,
    origins: BTreeMap<String, Origin>,
    mistakes: Vec<Mistake>,
}

impl Draft {
    fn read_file(&mut self, path: &Path) {
        match std::fs::read_to_string(path) {
            Ok(text) => file::read(&text, self),
            Err(error) => self.mistake(Origin::File, Deed::Unreadable(error.to_string())),
        }
    }

    fn read_environment(&mut self, environment: &[(String, String)]) -> Vec<String> {
        let mut warnings = Vec::new();
        for (name, value) in environment {
            if !name.starts_with("COUNTERSIGN_") || OTHER_VARIABLES.contains(&name.as_str()) {
                continue;
            }
            match settings().find(|it| it.variable() == *name) {
                Some(setting) => {
                    let value = Value::Untyped(value.clone());
                    self.set(setting, &value, Origin::Variable(name.clone()));
                }
                None => warnings.push(name.clone()),
            }
        }
        warnings
    }

    fn set(&mut self, setting: &Setting, value: &Value, origin: Origin) {
        let name = setting.name();
        match (setting.take)(&mut self.config, value) {
            Ok(()) => {
                self.origins.insert(name, origin);
            }
            Err(fault) => {
                let setting = setting.key.to_owned();
                self.mistake(origin, Deed::Value { setting, fault });
            }
        }
    }

    fn mistake(&mut self, origin: Origin, deed: Deed) {
        self.mistakes.push(Mistake { origin, deed });
    }

    fn finish(mut self) -> Result<Config, Vec<Mistake>> {
        rules::check(&mut self);
        self.mistakes.sort_by(|a, b| a.origin.cmp(&b.origin));
        if self.mistakes.is_empty() {
            Ok(self.config)
        } else {
            Err(self.mistakes)
        }
    }
}

#[cfg(test)]
mod tests;
