//! From what an administrator has written to a document: checked whole, with every mistake named,
//! and with everything filled in that was left out.

use domain::port::Random;
use domain::{Secret, TimeId, Timestamp};
use serde_json::{Value, json};

use super::problem::shortened;
use super::{
    Document, Field, Literal, MAX_MEMBERS, Object, Presence, Problem, Problems, Shape, Type, below,
    sealed_name,
};
use crate::admin::export_key::ExportKey;

/// The most bytes of a secret.
const MAX_SECRET: usize = 512;
/// The most characters of a name in a map, and of an id that is referred to.
const MAX_NAME: usize = 256;

/// The kind of mistake that a member is which the table does not have.
pub(crate) const UNKNOWN_FIELD: &str = "unknown_field";

/// The kind of mistake that a secret is which only another server can open.
pub(crate) const SEALED_ELSEWHERE: &str = "sealed_elsewhere";

/// What an object is read against.
pub(crate) struct Reading<'a> {
    /// Opens what is given sealed.
    pub(crate) export_key: &'a ExportKey,
    /// The document that is replaced, if there is one.
    pub(crate) existing: Option<&'a Document>,
    /// The time now.
    pub(crate) now: Timestamp,
    /// Makes identifiers.
    pub(crate) random: &'a dyn Random,
}

/// Reads an object: the document to be stored, with secrets in clear. Members that the server sets
/// are as they were in the document that is replaced.
///
/// # Errors
/// The mistakes, all of them.
pub(crate) fn read(
    object: &Object,
    given: &Value,
    context: &Reading<'_>,
) -> Result<Document, Vec<Problem>> {
    let mut reader = Reader {
        context,
        problems: Problems::default(),
    };
    let Value::Object(given) = given else {
        let message = "The body must be a JSON object.";
        reader.problems.unreadable("wrong_type", "", message);
        return reader.problems.check(Document::new());
    };
    let document = reader.object(object, given, context.existing, "");
    reader.problems.check(document)
}

struct Reader<'a> {
    context: &'a Reading<'a>,
    problems: Problems,
}

/// A member that is being read.
#[derive(Clone, Copy)]
struct Member<'a> {
    given: Option<&'a Value>,
    existing: Option<&'a Value>,
    path: &'a str,
    /// The members of the object that it belongs to.
    siblings: &'a Document,
}

/// Nothing was given.
struct Absent;

impl Reader<'_> {
    fn object(
        &mut self,
        object: &Object,
        given: &Document,
        existing: Option<&Document>,
        path: &str,
    ) -> Document {
        let mut read = Document::new();
        for field in object.fields {
            let path = below(path, field.name);
            let member = Member {
                // JSON null counts as left out.
                given: given.get(field.name).filter(|value| !value.is_null()),
                existing: existing.and_then(|existing| existing.get(field.name)),
                path: &path,
                siblings: given,
            };
            if let Some(value) = self.member(field, member) {
                read.insert(field.name.to_owned(), value);
            }
        }
        for name in given.keys().filter(|name| !is_known(object, name)) {
            let shown = shortened(name);
            let message = format!("The field {shown} is unknown.");
            let path = below(path, &shown);
            self.problems.unreadable(UNKNOWN_FIELD, &path, message);
        }
        read
    }

    fn member(&mut self, field: &Field, member: Member<'_>) -> Option<Value> {
        if matches!(field.presence, Presence::ReadOnly) {
            return member.existing.cloned();
        }
        let given = self.given(field.shape, member);
        let Err(Absent) = given else {
            return given.ok().flatten();
        };
        match field.presence {
            Presence::Required => {
                let message = format!("{} is required.", field.name);
                self.problems.add("required", member.path, message);
                None
            }
            Presence::Or(literal) => Some(self.filled(literal, field.shape, member)),
            Presence::KeptOr(literal) => match member.existing {
                Some(existing) => Some(existing.clone()),
                None => Some(self.filled(literal, field.shape, member)),
            },
            Presence::Made => Some(member.existing.cloned().unwrap_or_else(|| {
                json!(TimeId::new(self.context.now, self.context.random).to_string())
            })),
            Presence::Optional | Presence::ShownEmpty | Presence::ReadOnly => None,
        }
    }

    /// The value that is given; `Ok(None)` if it is wrong.
    fn given(&mut self, shape: Shape, member: Member<'_>) -> Result<Option<Value>, Absent> {
        match shape {
            Shape::One(Type::Secret) => return self.secret(member),
            Shape::One(Type::SecretBeside { beside, among }) => {
                let beside = member.siblings.get(beside).and_then(Value::as_str);
                return match beside.is_some_and(|beside| among.contains(&beside)) {
                    true => self.secret(member),
                    false => self.clear(member),
                };
            }
            _ => {}
        }
        let of = shape.of();
        let given = member.given.ok_or(Absent)?;
        match shape {
            Shape::One(_) if is_nothing(of, given) => Err(Absent),
            Shape::One(_) => Ok(self.one(of, given, member)),
            Shape::List(_) => Ok(self.list(of, given, member)),
            Shape::Set(_) => Ok(self.list(of, given, member).map(without_repetition)),
            Shape::Map(_) | Shape::MapBy(..) => Ok(self.map(of, given, member)),
        }
    }

    fn one(&mut self, of: Type, given: &Value, member: Member<'_>) -> Option<Value> {
        let path = member.path;
        match of {
            Type::Flag => {
                let flag = given.as_bool().map(Value::Bool);
                self.typed(flag, path, "true or false")
            }
            Type::Integer(least, most) => {
                let number = self.typed(whole(given), path, "a whole number")?;
                let message = || format!("It must be between {least} and {most}.");
                self.valid((least..=most).contains(&number), path, message)?;
                Some(json!(number))
            }
            Type::Text(format) => {
                let text = self.typed(given.as_str(), path, "a string")?;
                let checked = format.check(text);
                let message = || checked.clone().err().unwrap_or_default();
                self.valid(checked.is_ok(), path, message)?;
                Some(json!(text))
            }
            Type::Word(words) => self.word(words, given, path),
            Type::Time => {
                let text = self.typed(given.as_str(), path, "a string")?;
                let time = text.parse::<Timestamp>().ok();
                let message = || "A time looks like 2024-01-30T20:22:16.054Z.".to_owned();
                self.valid(time.is_some(), path, message)?;
                time.map(|time| json!(time.to_string()))
            }
            Type::Name { .. } => {
                let id = self.typed(given.as_str(), path, "a string")?;
                self.valid(is_name(id), path, not_a_name)?;
                Some(json!(id))
            }
            Type::Reference(_) => self.reference(given, path),
            Type::Object(object) | Type::Choice(object) => {
                let given = self.typed(given.as_object(), path, "an object")?;
                let existing = member.existing.and_then(Value::as_object);
                let read = self.object(object, given, existing, path);
                let is_one = !matches!(of, Type::Choice(_)) || read.len() <= 1;
                let message = || format!("Give only one of {}.", object.names());
                self.valid(is_one, path, message)?;
                Some(Value::Object(read))
            }
            Type::Json => Some(given.clone()),
            // A secret is never an element: `given` has taken it.
            Type::Secret | Type::SecretBeside { .. } => None,
        }
    }

    fn word(&mut self, words: &[&str], given: &Value, path: &str) -> Option<Value> {
        let word = self.typed(given.as_str(), path, "a string")?;
        if !words.contains(&word) {
            let message = format!("It must be one of {}.", words.join(", "));
            self.problems.unreadable("invalid_value", path, message);
            return None;
        }
        Some(json!(word))
    }

    /// `{"id": …}`, with a `location` that says nothing new.
    fn reference(&mut self, given: &Value, path: &str) -> Option<Value> {
        let given = self.typed(given.as_object(), path, "an object with an id")?;
        for name in given.keys().filter(|name| !is_of_a_reference(name)) {
            let path = below(path, &shortened(name));
            let message = "A reference has an id, and nothing else but its location.";
            self.problems.unreadable(UNKNOWN_FIELD, &path, message);
        }
        let path = below(path, "id");
        let id = self.typed(given.get("id").and_then(Value::as_str), &path, "a string")?;
        self.valid(is_name(id), &path, not_a_name)?;
        Some(json!({ "id": id }))
    }

    fn list(&mut self, of: Type, given: &Value, member: Member<'_>) -> Option<Value> {
        let given = self.typed(given.as_array(), member.path, "an array")?;
        self.bounded(given.len(), member.path)?;
        let mut read = Vec::with_capacity(given.len());
        for (position, given) in given.iter().enumerate() {
            let path = format!("{}[{position}]", member.path);
            let element = Member {
                existing: None,
                path: &path,
                ..member
            };
            read.extend(self.one(of, given, element));
        }
        Some(Value::Array(read))
    }

    fn map(&mut self, of: Type, given: &Value, member: Member<'_>) -> Option<Value> {
        let given = self.typed(given.as_object(), member.path, "an object")?;
        self.bounded(given.len(), member.path)?;
        let mut read = Document::new();
        for (name, given) in given {
            let path = below(member.path, &shortened(name));
            let element = Member {
                existing: None,
                path: &path,
                ..member
            };
            let legal = self.valid(is_name(name), &path, not_a_name);
            if let Some(value) = legal.and_then(|()| self.one(of, given, element)) {
                read.insert(name.clone(), value);
            }
        }
        Some(Value::Object(read))
    }

    /// A text that is not a secret, although it could have been.
    fn clear(&mut self, member: Member<'_>) -> Result<Option<Value>, Absent> {
        let given = member.given.ok_or(Absent)?;
        Ok(self.one(Type::Text(&super::PROSE), given, member))
    }

    /// A secret, given in clear or sealed by this server.
    fn secret(&mut self, member: Member<'_>) -> Result<Option<Value>, Absent> {
        let (_, name) = member.path.rsplit_once('.').unwrap_or(("", member.path));
        let sealed_name = sealed_name(name);
        let sealed = member.siblings.get(&sealed_name);
        let secret = match (member.given, sealed.filter(|sealed| !sealed.is_null())) {
            (None, None) => return Err(Absent),
            (Some(_), Some(_)) => {
                let message = format!("Give either {name} or {sealed_name}, not both.");
                self.problems.invalid(member.path, message);
                return Ok(None);
            }
            (Some(clear), None) => self
                .typed(clear.as_str(), member.path, "a string")
                .map(Secret::new),
            (None, Some(sealed)) => self.opened(sealed, member.path),
        };
        let Some(secret) = secret else {
            return Ok(None);
        };
        let text = secret.expose();
        let legal = (1..=MAX_SECRET).contains(&text.len()) && !text.chars().any(char::is_control);
        let message = || format!("A secret has 1 to {MAX_SECRET} bytes and no control characters.");
        let checked = self.valid(legal, member.path, message);
        Ok(checked.map(|()| json!(text)))
    }

    /// The secret that is sealed under the other name of the member at `path`.
    fn opened(&mut self, sealed: &Value, path: &str) -> Option<Secret> {
        let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
        let path = below(parent, &sealed_name(name));
        let sealed = self.typed(sealed.as_str(), &path, "a string")?;
        let secret = self.context.export_key.open(sealed);
        if secret.is_none() {
            let message =
                format!("It was not sealed with this server's master key: give {name} in clear.");
            self.problems.add(SEALED_ELSEWHERE, &path, message);
        }
        secret
    }

    fn filled(&mut self, literal: Literal, shape: Shape, member: Member<'_>) -> Value {
        match (literal, shape) {
            (Literal::Filled, Shape::One(Type::Object(object) | Type::Choice(object))) => {
                let existing = member.existing.and_then(Value::as_object);
                Value::Object(self.object(object, &Document::new(), existing, member.path))
            }
            (literal, _) => literal.value(),
        }
    }

    fn typed<T>(&mut self, value: Option<T>, path: &str, expected: &str) -> Option<T> {
        if value.is_none() {
            let message = format!("It must be {expected}.");
            self.problems.unreadable("wrong_type", path, message);
        }
        value
    }

    fn valid(&mut self, legal: bool, path: &str, message: impl Fn() -> String) -> Option<()> {
        if !legal {
            self.problems.invalid(path, message());
        }
        legal.then_some(())
    }

    fn bounded(&mut self, length: usize, path: &str) -> Option<()> {
        let message = || format!("It has at most {MAX_MEMBERS} members.");
        self.valid(length <= MAX_MEMBERS, path, message)
    }
}

/// A whole number, also if it is written with a fraction of nothing, as JSON Schema's integers may be.
fn whole(given: &Value) -> Option<i64> {
    /// Up to here every whole number is a number of its own (RFC 8259 §6).
    const EXACT: f64 = 9_007_199_254_740_991.0;
    let written = || {
        let number = given.as_f64()?;
        (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number)
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is whole, and far from the bounds"
    )]
    given
        .as_i64()
        .or_else(|| written().map(|number| number as i64))
}

/// Whether a value stands for none: an empty text where texts have something in them, a reference
/// to nothing.
fn is_nothing(of: Type, given: &Value) -> bool {
    match (of, given) {
        (Type::Text(format), Value::String(text)) => text.is_empty() && !format.may_be_empty,
        (Type::Name { .. }, Value::String(text)) => text.is_empty(),
        (Type::Reference(_), Value::Object(reference)) => {
            let id = reference.get("id").filter(|id| !id.is_null());
            id.is_none_or(|id| id == "") && reference.keys().all(|name| is_of_a_reference(name))
        }
        _ => false,
    }
}

fn is_of_a_reference(name: &str) -> bool {
    name == "id" || name == "location"
}

fn is_known(object: &Object, name: &str) -> bool {
    object.fields.iter().any(|field| match field.shape {
        Shape::One(Type::Secret | Type::SecretBeside { .. }) => {
            field.name == name || sealed_name(field.name) == name
        }
        _ => field.name == name,
    })
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().count() <= MAX_NAME && !text.chars().any(char::is_control)
}

fn not_a_name() -> String {
    format!("A name has 1 to {MAX_NAME} characters and no control characters.")
}

fn without_repetition(list: Value) -> Value {
    let Value::Array(elements) = list else {
        return list;
    };
    let mut seen: Vec<Value> = Vec::with_capacity(elements.len());
    for element in elements {
        if !seen.contains(&element) {
            seen.push(element);
        }
    }
    Value::Array(seen)
}
