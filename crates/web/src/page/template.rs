//! The templates: ours, and an operator's in their place.

use std::path::{Path, PathBuf};

use fluent_bundle::FluentArgs;
use minijinja::value::Kwargs;
use minijinja::{AutoEscape, Environment, ErrorKind, State, UndefinedBehavior, Value, context};

use super::locale::{Locale, Locales, fluent_value};
use crate::asset;

/// An operator's template cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplatesError {
    /// The file cannot be read.
    #[error("the template {path} cannot be read: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file is not a template.
    #[error("the template {name} is faulty: {cause}")]
    Faulty {
        /// Its name.
        name: String,
        /// What is wrong, and on which line.
        cause: String,
    },
}

/// The longest template that is read from an operator's directory, in bytes.
const MAX_TEMPLATE: u64 = 256 * 1024;

/// Steps that rendering one page may take: far more than any page needs, and an end to a loop.
const FUEL: u64 = 2_000_000;

/// The templates by name.
pub struct Templates(Environment<'static>);

impl Templates {
    /// Our own templates.
    ///
    /// # Errors
    /// None of them is faulty; a test renders each.
    pub fn embedded() -> Result<Self, TemplatesError> {
        Self::with_overrides(None)
    }

    /// Our own templates, with those of the same name in `directory` in their place.
    ///
    /// # Errors
    /// A file in the directory cannot be read, or is not a template.
    pub fn with_overrides(directory: Option<&Path>) -> Result<Self, TemplatesError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        environment.set_fuel(Some(FUEL));
        environment.add_function("t", translate);
        for (name, source) in asset::TEMPLATES {
            let own = directory
                .map(|d| d.join(name))
                .filter(|path| path.is_file());
            let source = match own {
                Some(path) => read(&path)?,
                None => (*source).to_owned(),
            };
            let added = environment.add_template_owned(*name, source);
            added.map_err(|error| faulty(name, &error))?;
        }
        Ok(Self(environment))
    }

    /// The template `name` filled with `shown`.
    ///
    /// # Errors
    /// The template asks for something that it is not given.
    pub fn render(
        &self,
        name: &str,
        locales: &Locales,
        locale: Locale,
        shown: Value,
    ) -> Result<String, TemplatesError> {
        let words = Value::from_object(Words {
            locales: locales.clone(),
            locale,
        });
        let template = self
            .0
            .get_template(name)
            .map_err(|error| faulty(name, &error))?;
        let filled = template.render(context! { __words => words, ..shown });
        filled.map_err(|error| faulty(name, &error))
    }
}

/// What `t` needs to know, carried through a rendering.
#[derive(Clone)]
struct Words {
    locales: Locales,
    locale: Locale,
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.locale.tag())
    }
}

impl minijinja::value::Object for Words {}

/// `t("message-id", name=value)`: the message in the page's language.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature of template functions"
)]
fn translate(
    state: &State<'_, '_>,
    id: String,
    arguments: Kwargs,
) -> Result<String, minijinja::Error> {
    let words = state.lookup("__words").ok_or(ErrorKind::UndefinedError)?;
    let words = words
        .downcast_object_ref::<Words>()
        .ok_or(ErrorKind::InvalidOperation)?;
    let mut filled = FluentArgs::new();
    for name in arguments.args() {
        filled.set(
            name.to_owned(),
            fluent_value(&arguments.get::<Value>(name)?),
        );
    }
    arguments.assert_all_used()?;
    Ok(words.locales.text(words.locale, &id, &filled))
}

fn read(path: &Path) -> Result<String, TemplatesError> {
    let unreadable = |cause| TemplatesError::Unreadable {
        path: path.to_owned(),
        cause,
    };
    let length = std::fs::metadata(path).map_err(unreadable)?.len();
    if length > MAX_TEMPLATE {
        return Err(unreadable(std::io::Error::other(
            "it is longer than 256 KiB",
        )));
    }
    std::fs::read_to_string(path).map_err(unreadable)
}

fn faulty(name: &str, error: &minijinja::Error) -> TemplatesError {
    TemplatesError::Faulty {
        name: name.to_owned(),
        cause: error.to_string(),
    }
}
