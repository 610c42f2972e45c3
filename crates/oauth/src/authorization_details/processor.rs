//! What checks details of a type, and says them in words.
//!
//! To administrators it is an instance of a plug-in, with these fields and tables:
//!
//! | name | what |
//! |---|---|
//! | `JSON Schema` | what the details are like; the members of RFC 9396 §2.2, if it is left out |
//! | `Consent Template` | what a person is told, for every language without a translation |
//! | `Approved With A Factor` | whether people approve them with a factor that is bound to them (`true`) |
//! | table `Translations`: `Language`, `Consent Template` | the same in one language (`de`) |
//! | table `Words`: `Value`, `Words`, optional `Language` | words for values, in one language or in all |

use std::collections::BTreeMap;

use domain::AuthorizationDetail;
use serde::Deserialize;
use serde_json::Value;

use super::schema::Schema;
use super::words::{Template, Told, Vocabulary};

/// What is wrong with a processor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct ProcessorMistake {
    /// Where, as administrators name it.
    pub path: String,
    /// What, in a sentence.
    pub message: String,
}

/// What checks details of a type, and says them in words.
pub struct Processor {
    schema: Schema,
    /// By language; under no language, for all others.
    templates: BTreeMap<String, Template>,
    vocabulary: Vocabulary,
    /// Whether people approve them with a factor that is bound to them.
    pub(super) approved_with_factor: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Instance {
    configuration: Configuration,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Configuration {
    fields: Vec<Field>,
    tables: Vec<Table>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Table {
    name: String,
    rows: Vec<Row>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Row {
    fields: Vec<Field>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Field {
    name: String,
    value: Option<String>,
}

impl Processor {
    /// Reads a processor as administrators write it.
    pub fn read(instance: &Value) -> Result<Self, ProcessorMistake> {
        let instance = Instance::deserialize(instance);
        let instance = instance.map_err(|_| mistake("configuration", "It cannot be read."))?;
        let Configuration { fields, tables } = instance.configuration;
        let at = |name| position(&fields, name, "configuration.fields");
        let schema = match at("JSON Schema") {
            Some((path, text)) => Schema::compile(text).map_err(|it| mistake(&path, &it)),
            None => Schema::common().map_err(|it| mistake("configuration", &it)),
        };
        let mut processor = Self {
            schema: schema?,
            templates: BTreeMap::new(),
            vocabulary: Vocabulary::default(),
            approved_with_factor: at("Approved With A Factor").is_some_and(|it| it.1 == "true"),
        };
        if let Some((path, text)) = at("Consent Template") {
            processor.add_template("", &path, text)?;
        }
        for (place, table) in tables.iter().enumerate() {
            for (number, row) in table.rows.iter().enumerate() {
                let path = format!("configuration.tables[{place}].rows[{number}]");
                processor.add_row(&table.name, row, &path)?;
            }
        }
        Ok(processor)
    }

    /// Whether the details are as they should be.
    pub(super) fn accepts(&self, detail: &AuthorizationDetail) -> bool {
        self.schema.accepts(detail.members())
    }

    /// What is told about the details in a language.
    pub(super) fn told(
        &self,
        detail: &AuthorizationDetail,
        description: &str,
        language: &str,
    ) -> Told {
        let template = self.templates.get(language);
        let template = template.or_else(|| self.templates.get(""));
        let told = template.and_then(|it| it.fill(detail, &self.vocabulary, language));
        told.unwrap_or_else(|| Told::plain(detail, description))
    }

    fn add_template(
        &mut self,
        language: &str,
        path: &str,
        text: &str,
    ) -> Result<(), ProcessorMistake> {
        let template = Template::parse(text).map_err(|it| mistake(path, &it))?;
        self.templates.insert(language.to_owned(), template);
        Ok(())
    }

    fn add_row(&mut self, table: &str, row: &Row, path: &str) -> Result<(), ProcessorMistake> {
        let fields = format!("{path}.fields");
        let at = |name: &str| position(&row.fields, name, &fields);
        let needed = |name: &'static str| {
            let missing = || mistake(path, &format!("{name:?} is required."));
            at(name).ok_or_else(missing)
        };
        match table {
            "Translations" => {
                let (_, language) = needed("Language")?;
                let (path, text) = needed("Consent Template")?;
                self.add_template(language, &path, text)
            }
            "Words" => {
                let (_, value) = needed("Value")?;
                let (_, words) = needed("Words")?;
                let language = at("Language").map_or("", |(_, language)| language);
                self.vocabulary.add(value, language, words);
                Ok(())
            }
            _ => Err(mistake(
                path,
                "The tables are \"Translations\" and \"Words\".",
            )),
        }
    }
}

/// The place and the value of a field, if it is not empty.
fn position<'a>(fields: &'a [Field], name: &str, path: &str) -> Option<(String, &'a str)> {
    let place = fields.iter().position(|field| field.name == name)?;
    let value = fields.get(place)?.value.as_deref()?;
    let path = format!("{path}[{place}].value");
    (!value.trim().is_empty()).then_some((path, value))
}

fn mistake(path: &str, message: &str) -> ProcessorMistake {
    ProcessorMistake {
        path: path.to_owned(),
        message: message.to_owned(),
    }
}
