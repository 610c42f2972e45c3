//! As much of HTML as it takes to submit a form like a browser.
//!
//! The pages are ours and well-formed, so tags are found by scanning; what the scanner does not
//! understand fails a test.

/// A form of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Where it leads.
    pub action: String,
    /// `post` or `get`.
    pub method: String,
    /// What it sends, in order: hidden fields, prefilled fields, checked boxes.
    pub fields: Vec<(String, String)>,
    /// Its submit buttons by id, with what each sends.
    pub buttons: Vec<(String, (String, String))>,
    /// The names of the boxes and fields that a person can fill in.
    pub inputs: Vec<String>,
}

impl Form {
    /// The form with this id in a page.
    pub fn find(page: &str, id: &str) -> Option<Self> {
        let mut rest = page;
        loop {
            let (_, after) = rest.split_once("<form ")?;
            let (contents, remaining) = after.split_once("</form>")?;
            let (tag, contents) = contents.split_once('>')?;
            if attribute(tag, "id").as_deref() == Some(id) {
                return Some(Self::read(tag, contents));
            }
            rest = remaining;
        }
    }

    /// The ids of all forms in a page.
    pub fn ids(page: &str) -> Vec<String> {
        let tags = page.split("<form ").skip(1);
        tags.filter_map(|tag| attribute(tag.split('>').next()?, "id"))
            .collect()
    }

    /// The value that the form sends for `name`.
    pub fn value(&self, name: &str) -> Option<&str> {
        let mut named = self.fields.iter().filter(|(known, _)| known == name);
        named.next().map(|(_, value)| value.as_str())
    }

    fn read(tag: &str, contents: &str) -> Self {
        let mut form = Self {
            action: attribute(tag, "action").unwrap_or_default(),
            method: attribute(tag, "method").unwrap_or_else(|| "get".to_owned()),
            fields: Vec::new(),
            buttons: Vec::new(),
            inputs: Vec::new(),
        };
        for tag in contents
            .split('<')
            .filter_map(|rest| rest.split('>').next())
        {
            if let Some(tag) = tag.strip_prefix("input ") {
                form.input(tag);
            } else if let Some(tag) = tag.strip_prefix("button ") {
                form.button(tag);
            }
        }
        form
    }

    fn input(&mut self, tag: &str) {
        let Some(name) = attribute(tag, "name").filter(|_| !flag(tag, "disabled")) else {
            return;
        };
        let kind = attribute(tag, "type").unwrap_or_default();
        if kind != "hidden" {
            self.inputs.push(name.clone());
        }
        let sent = !matches!(kind.as_str(), "checkbox" | "radio") || flag(tag, "checked");
        if sent {
            let value = attribute(tag, "value").unwrap_or_default();
            self.fields.push((name, value));
        }
    }

    fn button(&mut self, tag: &str) {
        if attribute(tag, "type").as_deref() == Some("button") {
            return;
        }
        let [id, name, value] =
            ["id", "name", "value"].map(|name| attribute(tag, name).unwrap_or_default());
        self.buttons.push((id, (name, value)));
    }
}

/// The value of an attribute of a tag.
pub fn attribute(tag: &str, name: &str) -> Option<String> {
    let marks = [format!(" {name}=\""), format!("\n{name}=\"")];
    let from_start = format!("{name}=\"");
    let rest = tag.strip_prefix(&from_start).or_else(|| {
        marks
            .iter()
            .find_map(|mark| tag.split_once(mark.as_str()).map(|(_, rest)| rest))
    })?;
    rest.split_once('"').map(|(value, _)| unescape(value))
}

fn flag(tag: &str, name: &str) -> bool {
    tag.split_whitespace().any(|word| word == name)
}

/// Text without the escapes that our templates make.
pub fn unescape(text: &str) -> String {
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&#x2f;", "/"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (escape, plain)| {
        text.replace(escape, plain)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_sends_what_a_browser_would_send() {
        let page = r#"<form id="other" action="/x"></form>
            <form id="consent" method="post" action="/as/1?a=b&amp;c=d">
            <input type="hidden" name="csrf_token" value="t&quot;">
            <input class="check" type="checkbox" id="scope-openid" checked disabled>
            <input class="check" type="checkbox" name="scope" value="email" checked>
            <input class="check" type="checkbox" name="scope" value="phone">
            <input class="input" id="username" name="username" type="text" value="alice" required>
            <button class="b" id="allow" type="submit" name="action" value="allow">Allow</button>
            <button class="b" type="button">Show</button></form>"#;
        let form = Form::find(page, "consent").unwrap();
        assert_eq!(form.action, "/as/1?a=b&c=d");
        let fields: Vec<(&str, &str)> = form
            .fields
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(
            fields,
            [
                ("csrf_token", "t\""),
                ("scope", "email"),
                ("username", "alice")
            ]
        );
        assert_eq!(form.inputs, ["scope", "scope", "username"]);
        assert_eq!(form.buttons.len(), 1);
        assert_eq!(Form::ids(page), ["other", "consent"]);
        assert_eq!(Form::find(page, "none"), None);
    }
}
