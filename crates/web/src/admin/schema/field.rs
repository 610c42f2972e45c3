//! The words in which tables are written.

use std::ops::RangeInclusive;

use super::{Field, Format, Literal, Object, Presence, Shape, Type};

const NO: Presence = Presence::Or(Literal::Flag(false));
const EMPTY_LIST: Presence = Presence::Or(Literal::Texts(&[]));
const EMPTY_MAP: Presence = Presence::Or(Literal::EmptyMap);

const fn field(name: &'static str, shape: Shape, presence: Presence) -> Field {
    Field {
        name,
        shape,
        presence,
        about: "",
    }
}

const fn one(name: &'static str, of: Type) -> Field {
    field(name, Shape::One(of), Presence::Optional)
}

/// True or false; false unless given.
pub(crate) const fn flag(name: &'static str) -> Field {
    field(name, Shape::One(Type::Flag), NO)
}

/// A whole number within bounds.
pub(crate) const fn integer(name: &'static str, range: RangeInclusive<i64>) -> Field {
    one(name, Type::Integer(*range.start(), *range.end()))
}

/// A text of a format.
pub(crate) const fn text(name: &'static str, format: &'static Format) -> Field {
    one(name, Type::Text(format))
}

/// Texts of a format, in an order.
pub(crate) const fn texts(name: &'static str, format: &'static Format) -> Field {
    field(name, Shape::List(Type::Text(format)), EMPTY_LIST)
}

/// Texts of a format, none twice.
pub(crate) const fn set_of_texts(name: &'static str, format: &'static Format) -> Field {
    field(name, Shape::Set(Type::Text(format)), EMPTY_LIST)
}

/// One of a few words.
pub(crate) const fn word(name: &'static str, words: &'static [&'static str]) -> Field {
    one(name, Type::Word(words))
}

/// Some of a few words, none twice.
pub(crate) const fn set_of_words(name: &'static str, words: &'static [&'static str]) -> Field {
    field(name, Shape::Set(Type::Word(words)), EMPTY_LIST)
}

/// A time.
pub(crate) const fn time(name: &'static str) -> Field {
    one(name, Type::Time)
}

/// A secret.
pub(crate) const fn secret(name: &'static str) -> Field {
    one(name, Type::Secret)
}

/// A text that is a secret when the member `beside` is one of `among`.
pub(crate) const fn secret_beside(
    name: &'static str,
    beside: &'static str,
    among: &'static [&'static str],
) -> Field {
    one(name, Type::SecretBeside { beside, among })
}

/// A reference to something in the collection at `path`.
pub(crate) const fn reference(name: &'static str, path: &'static str) -> Field {
    one(name, Type::Reference(path))
}

/// References to things in the collection at `path`.
pub(crate) const fn references(name: &'static str, path: &'static str) -> Field {
    field(name, Shape::List(Type::Reference(path)), EMPTY_LIST)
}

/// The member `by` of something in one of the collections at `paths`.
pub(crate) const fn name_of(
    name: &'static str,
    paths: &'static [&'static str],
    by: &'static str,
) -> Field {
    one(name, Type::Name { paths, by })
}

/// The member `by` of things in the collections at `paths`, none twice.
pub(crate) const fn names_of(
    name: &'static str,
    paths: &'static [&'static str],
    by: &'static str,
) -> Field {
    field(name, Shape::Set(Type::Name { paths, by }), EMPTY_LIST)
}

/// An object.
pub(crate) const fn object(name: &'static str, object: &'static Object) -> Field {
    one(name, Type::Object(object))
}

/// An object of whose members at most one is given.
pub(crate) const fn choice(name: &'static str, object: &'static Object) -> Field {
    one(name, Type::Choice(object))
}

/// Objects, in an order.
pub(crate) const fn objects(name: &'static str, object: &'static Object) -> Field {
    field(name, Shape::List(Type::Object(object)), EMPTY_LIST)
}

/// Objects by name.
pub(crate) const fn map_of_objects(name: &'static str, object: &'static Object) -> Field {
    field(name, Shape::Map(Type::Object(object)), EMPTY_MAP)
}

/// Objects by the ids of things in the collections at `paths`.
pub(crate) const fn map_by(
    name: &'static str,
    paths: &'static [&'static str],
    object: &'static Object,
) -> Field {
    field(name, Shape::MapBy(Type::Object(object), paths), EMPTY_MAP)
}

/// Texts of a format by name.
pub(crate) const fn map_of_texts(name: &'static str, format: &'static Format) -> Field {
    field(name, Shape::Map(Type::Text(format)), EMPTY_MAP)
}

/// Any JSON.
pub(crate) const fn json(name: &'static str) -> Field {
    one(name, Type::Json)
}

impl Field {
    const fn present(self, presence: Presence) -> Self {
        Self { presence, ..self }
    }

    /// The field, which has to be given.
    pub(crate) const fn required(self) -> Self {
        self.present(Presence::Required)
    }

    /// The field, which is omitted when it is not given.
    pub(crate) const fn optional(self) -> Self {
        self.present(Presence::Optional)
    }

    /// The field, which the server sets.
    pub(crate) const fn read_only(self) -> Self {
        self.present(Presence::ReadOnly)
    }

    /// The field, which the server makes unless it is given.
    pub(crate) const fn made(self) -> Self {
        self.present(Presence::Made)
    }

    /// The flag, true unless given.
    pub(crate) const fn or_yes(self) -> Self {
        self.present(Presence::Or(Literal::Flag(true)))
    }

    /// The field with this number unless given.
    pub(crate) const fn or(self, number: i64) -> Self {
        self.present(Presence::Or(Literal::Number(number)))
    }

    /// The field with this word or text unless given.
    pub(crate) const fn or_text(self, text: &'static str) -> Self {
        self.present(Presence::Or(Literal::Text(text)))
    }

    /// The object with what its own table fills in, unless given.
    pub(crate) const fn or_filled(self) -> Self {
        self.present(Presence::Or(Literal::Filled))
    }

    /// The field, which stays as it is unless given; in a new object it is as it would be otherwise.
    pub(crate) const fn kept(self) -> Self {
        match self.presence {
            Presence::Or(literal) => self.present(Presence::KeptOr(literal)),
            _ => self,
        }
    }

    /// The reference, shown as `{}` when it is not given.
    pub(crate) const fn shown_empty(self) -> Self {
        self.present(Presence::ShownEmpty)
    }

    /// The field with a sentence that says what it means.
    pub(crate) const fn about(self, about: &'static str) -> Self {
        Self { about, ..self }
    }
}
