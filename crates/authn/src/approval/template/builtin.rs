//! The texts that are there before anyone writes any.

mod rows;

use std::sync::LazyLock;

use self::rows::{ROWS, Row};

use super::{Content, Method, Pattern, PushCategory};

/// The variant of `transaction` that shows everything that was sent, line by line, whatever it is.
pub(in crate::approval) const DETAILS: &str = "details";

/// The texts of every method, made from the rows.
pub(super) static BUILTIN: LazyLock<Vec<Content>> = LazyLock::new(|| {
    let texts = ROWS
        .iter()
        .flat_map(|row| Method::ALL.map(|method| content(row, method)));
    texts.flatten().collect()
});

/// `None` for a row that cannot be read; a test counts them.
fn content(row: &Row, method: Method) -> Option<Content> {
    let has_title = !matches!(method, Method::Sms | Method::Voice);
    let has_code = !matches!(method, Method::Push | Method::Page) && !row.code.is_empty();
    let body = match (has_code, method) {
        (false, _) => row.text.to_owned(),
        (true, Method::Email) => format!("{}\n\n{}", row.text, row.code),
        (true, _) => format!("{} {}", row.text, row.code),
    };
    Some(Content {
        template: row.template.to_owned(),
        locale: row.locale.to_owned(),
        method,
        variant: row.variant.map(str::to_owned),
        title: match has_title {
            true => Some(Pattern::parse(row.title).ok()?),
            false => None,
        },
        body: Pattern::parse(body).ok()?,
        from: None,
        reply_to: None,
        is_html: false,
        push_category: (method == Method::Push).then(PushCategory::default),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_can_be_read_and_is_within_the_limits() {
        assert_eq!(BUILTIN.len(), ROWS.len() * Method::ALL.len());
        for content in BUILTIN.iter() {
            let value = serde_json::to_value(content).unwrap();
            let read: Content = serde_json::from_value(value).unwrap();
            assert_eq!(&read, content);
        }
    }

    #[test]
    fn a_code_is_where_someone_must_type_it_and_nowhere_else() {
        for content in BUILTIN.iter() {
            let is_sent = !matches!(content.method, Method::Push | Method::Page);
            let notices = [
                "account_exists",
                "new_device_paired",
                "sign_on_blocked",
                "username_recovery",
            ];
            let expected = is_sent && !notices.contains(&content.template.as_str());
            assert_eq!(content.body.has_code(), expected, "{content:?}");
        }
    }
}
