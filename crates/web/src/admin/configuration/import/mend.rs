//! A foreign object made fit for this server, where that takes no decision.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::path::{removed, value_at};
use crate::admin::configuration::{Configuration, Loaded, Refusal};
use crate::admin::resource::Resource;
use crate::admin::schema::{Document, Problem, SEALED_ELSEWHERE, UNKNOWN_FIELD};

/// How many random bytes are in the place of a secret: enough for every algorithm.
const PLACEHOLDER: usize = 64;
/// How often an object is read: mending one mistake can show another.
const TRIES: usize = 16;

/// An object that has become fit.
pub(super) struct Mended {
    /// It, read and settled.
    pub(super) document: Document,
    /// What is changed in it.
    pub(super) notes: Vec<String>,
}

/// Why an object cannot be taken: a sentence each.
type Reasons = Vec<String>;

impl Configuration<'_> {
    /// An object as this server can have it: without members that nobody knows here, and with
    /// something in the place of secrets that only the other server can open.
    pub(super) fn mended(
        &self,
        resource: &Resource,
        item: &Value,
        before: Option<&Loaded>,
    ) -> Result<Result<Mended, Reasons>, Refusal> {
        let (mut item, mut notes) = (item.clone(), Vec::new());
        for _ in 0..TRIES {
            let problems = match self.settled(resource, &item, before) {
                Ok(document) => return Ok(Ok(Mended { document, notes })),
                Err(Refusal::Invalid(problems)) => problems,
                Err(other) => return Err(other),
            };
            let (mut reasons, mut mended) = (Vec::new(), Vec::new());
            // From the end, so that what is removed from a list does not move what is yet to come.
            for problem in problems.iter().rev() {
                match self.mend(&mut item, problem, before) {
                    Some(note) => mended.push(format!("{}: {note}", problem.field_path)),
                    None => reasons.push(problem.to_string()),
                }
            }
            notes.extend(mended.into_iter().rev());
            if !reasons.is_empty() {
                reasons.reverse();
                return Ok(Err(reasons));
            }
        }
        Ok(Err(vec!["It has too many mistakes.".to_owned()]))
    }

    /// Mends one mistake, if that can be done; says how.
    fn mend(&self, item: &mut Value, problem: &Problem, before: Option<&Loaded>) -> Option<String> {
        let path = problem.field_path.as_str();
        if problem.error_id == SEALED_ELSEWHERE {
            return self.replaced_secret(item, path, before);
        }
        let is_empty = value_at(item, path).is_some_and(|value| value == "");
        if problem.error_id == UNKNOWN_FIELD || is_empty {
            let value = removed(item, path)?;
            return Some(match is_empty {
                true => "It is empty here, and left out.".to_owned(),
                false => format!("{value} is left out: this server has no such setting."),
            });
        }
        None
    }

    /// Puts something in the place of a secret that cannot be opened.
    fn replaced_secret(
        &self,
        item: &mut Value,
        path: &str,
        before: Option<&Loaded>,
    ) -> Option<String> {
        const SEALED: &str = "It was sealed by another server and cannot be opened.";
        if let Some((retained, _)) = path.split_once("].").filter(|_| is_retained(path)) {
            removed(item, &format!("{retained}]"))?;
            return Some(format!("{SEALED} A replaced secret is left out."));
        }
        removed(item, path)?;
        let (parent, sealed_name) = path.rsplit_once('.').unwrap_or(("", path));
        let name = clear_name(sealed_name)?;
        let clear = match parent {
            "" => name.clone(),
            parent => format!("{parent}.{name}"),
        };
        // An element of a list may be another one than that which is here at the same place.
        let known = before.filter(|_| !path.contains('['));
        let known = known.map(|it| Value::Object(it.document.clone()));
        let known = known.and_then(|it| value_at(&it, &clear).cloned());
        let told = match known {
            Some(_) => format!("{SEALED} The one that is here already stays."),
            None => format!(
                "{SEALED} A random one is in its place until you give the right one: write it in \
                 clear as {name} in the file, and import again."
            ),
        };
        let parent = match parent {
            "" => Some(item),
            parent => super::path::value_at_mut(item, parent),
        };
        let secret = known.unwrap_or_else(|| json!(self.placeholder()));
        parent?.as_object_mut()?.insert(name, secret);
        Some(told)
    }

    fn placeholder(&self) -> String {
        let mut bytes = [0; PLACEHOLDER];
        self.random.fill(&mut bytes);
        BASE64URL_NOPAD.encode(&bytes)
    }
}

/// Whether a secret is one that was replaced and still serves for a while.
fn is_retained(path: &str) -> bool {
    path.starts_with("clientAuth.secondarySecrets[")
}

/// The name of the member that is shown sealed under another one.
fn clear_name(sealed_name: &str) -> Option<String> {
    let mut letters = sealed_name.strip_prefix("encrypted")?.chars();
    let first = letters.next()?.to_ascii_lowercase();
    Some(format!("{first}{}", letters.as_str()))
}
