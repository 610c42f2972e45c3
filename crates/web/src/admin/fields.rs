//! Reads a resource field by field, so that nothing in it is silently dropped.
//!
//! Whoever reads asks for each field that it knows; [`Fields::finish`] then refuses by name what
//! nobody asked for. Every mistake is noted, not only the first.

use serde_json::{Map, Value};

use super::api_result::Problem;

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// Notes a mistake in the field at `path`.
    pub(crate) fn add(&mut self, error_id: &'static str, path: &str, message: impl Into<String>) {
        let field_path = path.to_owned();
        self.0.push(Problem {
            error_id,
            message: message.into(),
            field_path,
            unreadable: false,
        });
    }

    fn unreadable(&mut self, error_id: &'static str, path: &str, message: impl Into<String>) {
        self.add(error_id, path, message);
        if let Some(problem) = self.0.last_mut() {
            problem.unreadable = true;
        }
    }

    /// `Ok` with `value` when there are no mistakes.
    pub(crate) fn check<T>(self, value: T) -> Result<T, Vec<Problem>> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self.0)
        }
    }

    /// Whether a mistake was noted.
    pub(crate) fn any(&self) -> bool {
        !self.0.is_empty()
    }
}

/// The fields of one JSON object.
pub(crate) struct Fields<'a> {
    object: &'a Map<String, Value>,
    path: String,
    asked: Vec<&'static str>,
    pub(crate) problems: &'a mut Problems,
}

impl<'a> Fields<'a> {
    /// The fields of `value`, which is the root of a resource.
    pub(crate) fn of(value: &'a Value, problems: &'a mut Problems) -> Option<Self> {
        let Value::Object(object) = value else {
            problems.unreadable("wrong_type", "", "The body must be a JSON object.");
            return None;
        };
        Some(Self {
            object,
            path: String::new(),
            asked: Vec::new(),
            problems,
        })
    }

    /// The path of a field from the root of the resource.
    pub(crate) fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// Notes a mistake in a field.
    pub(crate) fn wrong(&mut self, error_id: &'static str, name: &str, message: impl Into<String>) {
        let path = self.path_of(name);
        self.problems.add(error_id, &path, message);
    }

    /// A field's value; JSON `null` counts as left out.
    pub(crate) fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        self.asked.push(name);
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// A text.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<&'a str> {
        let value = self.value(name)?;
        let text = value.as_str();
        self.typed(name, text, "a string")
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, name: &'static str) -> Option<bool> {
        let value = self.value(name)?;
        let flag = value.as_bool();
        self.typed(name, flag, "true or false")
    }

    /// A whole number within `range`.
    pub(crate) fn integer(
        &mut self,
        name: &'static str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Option<i64> {
        let value = self.value(name)?;
        let number = self.typed(name, value.as_i64(), "a whole number")?;
        if !range.contains(&number) {
            let (least, most) = range.into_inner();
            self.wrong(
                "invalid_value",
                name,
                format!("{name} must be between {least} and {most}."),
            );
            return None;
        }
        Some(number)
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, name: &'static str) -> Option<Vec<&'a str>> {
        let value = self.value(name)?;
        let texts = value
            .as_array()
            .and_then(|list| list.iter().map(Value::as_str).collect());
        self.typed(name, texts, "an array of strings")
    }

    /// A list.
    pub(crate) fn list(&mut self, name: &'static str) -> Option<&'a [Value]> {
        let value = self.value(name)?;
        self.typed(name, value.as_array().map(Vec::as_slice), "an array")
    }

    /// One of a few words, as what it stands for.
    pub(crate) fn choice<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)]) -> Option<T> {
        let word = self.text(name)?;
        self.choose(name, word, words)
    }

    /// What `word` in the field `name` stands for.
    pub(crate) fn choose<T: Copy>(
        &mut self,
        name: &str,
        word: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let chosen = words
            .iter()
            .find(|(known, _)| *known == word)
            .map(|(_, meaning)| *meaning);
        if chosen.is_none() {
            let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
            let path = self.path_of(name);
            let message = format!("{name} must be one of {}.", known.join(", "));
            self.problems.unreadable("invalid_value", &path, message);
        }
        chosen
    }

    /// The fields of an object within.
    pub(crate) fn object(&mut self, name: &'static str) -> Option<Fields<'_>> {
        let value = self.value(name)?;
        let object = self.typed(name, value.as_object(), "an object")?;
        Some(Fields {
            object,
            path: self.path_of(name),
            asked: Vec::new(),
            problems: self.problems,
        })
    }

    /// The fields of one object of a list within.
    pub(crate) fn element<'s>(
        &'s mut self,
        name: &str,
        position: usize,
        value: &'s Value,
    ) -> Option<Fields<'s>> {
        let path = format!("{}[{position}]", self.path_of(name));
        let Value::Object(object) = value else {
            self.problems
                .unreadable("wrong_type", &path, format!("{path} must be an object."));
            return None;
        };
        Some(Fields {
            object,
            path,
            asked: Vec::new(),
            problems: self.problems,
        })
    }

    /// A field whose effect this server does not have yet: only the value that asks for nothing is
    /// accepted.
    pub(crate) fn without_effect(&mut self, name: &'static str, neutral: &Value) {
        if self.value(name).is_some_and(|value| value != neutral) {
            let message = format!("{name} is not supported yet with a value other than {neutral}.");
            self.wrong("not_supported", name, message);
        }
    }

    /// A field that the server sets itself: what a client sends back is ignored.
    pub(crate) fn read_only(&mut self, name: &'static str) {
        self.asked.push(name);
    }

    /// Refuses by name every field that was not asked for.
    pub(crate) fn finish(self) {
        for name in self
            .object
            .keys()
            .filter(|name| !self.asked.contains(&name.as_str()))
        {
            let shown: String = name.chars().take(80).flat_map(char::escape_debug).collect();
            let path = self.path_of(&shown);
            let message = format!("The field {shown} is unknown or not supported yet.");
            self.problems.unreadable("unknown_field", &path, message);
        }
    }

    fn typed<T>(&mut self, name: &str, value: Option<T>, expected: &str) -> Option<T> {
        if value.is_none() {
            let path = self.path_of(name);
            self.problems
                .unreadable("wrong_type", &path, format!("{name} must be {expected}."));
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_mistake_is_named_with_its_path() {
        let value =
            json!({"name": 5, "inner": {"flag": "yes", "extra": 1}, "size": 9, "ünknown": 0});
        let mut problems = Problems::default();
        let mut fields = Fields::of(&value, &mut problems).unwrap();
        assert_eq!(fields.text("name"), None);
        assert_eq!(fields.integer("size", 1..=5), None);
        let mut inner = fields.object("inner").unwrap();
        assert_eq!(inner.flag("flag"), None);
        inner.finish();
        fields.finish();
        let problems = problems.check(()).unwrap_err();
        let paths: Vec<&str> = problems.iter().map(|p| p.field_path.as_str()).collect();
        assert_eq!(
            paths,
            ["name", "size", "inner.flag", "inner.extra", "ünknown"]
        );
    }

    #[test]
    fn null_counts_as_left_out_and_neutral_values_are_accepted() {
        let value = json!({"name": null, "requireDpop": false, "requireSignedRequests": true});
        let mut problems = Problems::default();
        let mut fields = Fields::of(&value, &mut problems).unwrap();
        assert_eq!(fields.text("name"), None);
        fields.without_effect("requireDpop", &json!(false));
        fields.without_effect("requireSignedRequests", &json!(false));
        fields.finish();
        let problems = problems.check(()).unwrap_err();
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].error_id, "not_supported");
    }
}
