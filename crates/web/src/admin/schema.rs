//! What the objects of the configuration are like: one table for each.
//!
//! A table reads like the contract, and everything follows from it: what is accepted, with the path
//! of every mistake ([`read`](mod@read)), what is left out and what is filled in, how an object is shown
//! ([`write`](mod@write)), what it refers to, how two versions of it differ, and its description for
//! tools.
//!
//! ```ignore
//! const SCOPE: Object = Object {
//!     name: "ScopeEntry",
//!     about: "A scope that clients may ask for.",
//!     fields: &[
//!         text("name", &SCOPE_VALUE).required().about("The scope value."),
//!         text("description", &PROSE).or_text("").about("What it allows, for people."),
//!         flag("dynamic").about("Whether * in the name stands for any characters."),
//!     ],
//! };
//! ```
//!
//! A document is an object as it is stored: checked, with everything filled in, secrets in clear.
//!
//! A flag is false unless it is given or [`Field::or_yes`]; a list or a map is empty; all else is
//! omitted when it is not given, unless the table says otherwise.

mod complete;
mod describe;
mod difference;
mod field;
mod format;
#[cfg(test)]
pub(crate) mod generate;
mod problem;
mod read;
mod reference;
#[cfg(test)]
mod tests;
mod write;

pub(crate) use complete::complete;
pub(crate) use describe::{describe, schema_of};
pub(crate) use difference::difference;
pub(crate) use field::*;
pub(crate) use format::*;
pub use problem::Problem;
pub(crate) use problem::{Problems, shortened};
pub(crate) use read::{Reading, SEALED_ELSEWHERE, UNKNOWN_FIELD, read};
pub(crate) use reference::{Mention, may_mention, mentions, texts_at};
pub(crate) use write::{Writing, write};

/// An object as it is stored.
pub(crate) type Document = serde_json::Map<String, serde_json::Value>;

/// The most members of a list or a map.
const MAX_MEMBERS: usize = 1000;

/// What an object of the configuration is like.
#[derive(Debug)]
pub(crate) struct Object {
    /// Its name in the API's description.
    pub(crate) name: &'static str,
    /// One sentence that says what it is.
    pub(crate) about: &'static str,
    /// Its members, in the order in which they are checked.
    pub(crate) fields: &'static [Field],
}

/// A member of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    /// Its name.
    pub(crate) name: &'static str,
    /// What its value is like.
    pub(crate) shape: Shape,
    /// Whether it is there.
    pub(crate) presence: Presence,
    /// One sentence that says what it means; empty where the name does.
    pub(crate) about: &'static str,
}

/// What a value is like: one, or many of a type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// One.
    One(Type),
    /// Several in an order.
    List(Type),
    /// Several of which none is the same as another.
    Set(Type),
    /// Several by name.
    Map(Type),
    /// Several by the ids of things in the collections at these paths.
    MapBy(Type, &'static [&'static str]),
}

/// What a single value is like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Type {
    /// True or false.
    Flag,
    /// A whole number from the first to the second.
    Integer(i64, i64),
    /// A text of a format.
    Text(&'static Format),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A time, with milliseconds and Z.
    Time,
    /// A secret text: written in clear or sealed, shown sealed only, under another name
    /// ([`sealed_name`]).
    Secret,
    /// A text that is a [`Type::Secret`] when the member `beside` is one of `among`.
    SecretBeside {
        /// The other member of the same object.
        beside: &'static str,
        /// Its values that make this one secret.
        among: &'static [&'static str],
    },
    /// A text that is the member `by` of something in one of the collections at `paths`.
    Name {
        /// The paths of the collections.
        paths: &'static [&'static str],
        /// The member of their objects.
        by: &'static str,
    },
    /// An object with the `id` of something in the collection at this path, and its `location`.
    Reference(&'static str),
    /// An object.
    Object(&'static Object),
    /// An object of whose members at most one is given.
    Choice(&'static Object),
    /// Any JSON, within bounds.
    Json,
}

/// Whether a member is there.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Presence {
    /// It has to be given.
    Required,
    /// It may be given, and is omitted otherwise.
    Optional,
    /// It may be given, and has this value otherwise.
    Or(Literal),
    /// It may be given, and stays as it is otherwise; in a new object it has this value.
    KeptOr(Literal),
    /// A reference that may be given, and is shown as `{}` otherwise.
    ShownEmpty,
    /// An identifier that the server makes unless it is given.
    Made,
    /// The server sets it; what is given is ignored.
    ReadOnly,
}

/// A value that a table gives.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Literal {
    /// True or false.
    Flag(bool),
    /// A number.
    Number(i64),
    /// A text or a word.
    Text(&'static str),
    /// A list with these texts.
    Texts(&'static [&'static str]),
    /// An empty map.
    EmptyMap,
    /// An object with what its own table fills in.
    Filled,
}

/// The name under which the member `name` is shown sealed.
pub(crate) fn sealed_name(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    let first = first.map(String::from).unwrap_or_default();
    format!("encrypted{first}{}", letters.as_str())
}

/// The path of the member `name` of the object at `path`.
pub(crate) fn below(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    }
}

impl Object {
    /// The member of this name.
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Object {
    /// The names of its members, for a sentence.
    fn names(&self) -> String {
        let names: Vec<&str> = self.fields.iter().map(|field| field.name).collect();
        names.join(", ")
    }
}

impl Shape {
    /// What each of the values is like.
    pub(crate) const fn of(self) -> Type {
        match self {
            Self::One(of) | Self::List(of) | Self::Set(of) | Self::Map(of) | Self::MapBy(of, _) => {
                of
            }
        }
    }
}

impl Type {
    /// What the object is like, if it is one.
    pub(crate) const fn object(self) -> Option<&'static Object> {
        match self {
            Self::Object(object) | Self::Choice(object) => Some(object),
            _ => None,
        }
    }
}

impl Literal {
    /// The value; of an object, without what its table fills in.
    fn value(self) -> serde_json::Value {
        match self {
            Self::Flag(flag) => flag.into(),
            Self::Number(number) => number.into(),
            Self::Text(text) => text.into(),
            Self::Texts(texts) => texts.into(),
            Self::EmptyMap | Self::Filled => Document::new().into(),
        }
    }
}
