//! The formats of texts.

use domain::{ResponseType, Scope};
use jose::jwk::JwkSet;
use oauth::redirect_uri;
use url::{Host, Url};

/// What a text has to look like.
#[derive(Debug)]
pub(crate) struct Format {
    /// Its name in the API's description.
    pub(crate) name: &'static str,
    /// The most characters that it has.
    pub(crate) most: usize,
    /// Whether an empty text is a value; where it is not, it counts as left out.
    pub(crate) may_be_empty: bool,
    /// Whether it may have line breaks and tabs.
    pub(crate) may_have_lines: bool,
    /// A text of this format.
    pub(crate) example: &'static str,
    /// What is wrong with a text, as a sentence, if anything is.
    pub(crate) wrong: fn(&str) -> Option<String>,
}

impl Format {
    /// A text with something in it, in one line, of which `example` is one.
    pub(crate) const fn new(
        name: &'static str,
        example: &'static str,
        wrong: fn(&str) -> Option<String>,
    ) -> Self {
        Self {
            name,
            most: 2048,
            may_be_empty: false,
            may_have_lines: false,
            example,
            wrong,
        }
    }

    /// The format for texts of at most so many characters.
    pub(crate) const fn of_at_most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    /// The format with the empty text.
    pub(crate) const fn or_empty(self) -> Self {
        Self {
            may_be_empty: true,
            ..self
        }
    }

    /// The format for texts of several lines.
    pub(crate) const fn with_lines(self) -> Self {
        Self {
            may_have_lines: true,
            ..self
        }
    }

    /// Whether a text is of this format.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn check(&self, text: &str) -> Result<(), String> {
        let is_break = |c: char| matches!(c, '\n' | '\r' | '\t') && self.may_have_lines;
        if text.chars().count() > self.most {
            return Err(format!("It has at most {} characters.", self.most));
        }
        if text.chars().any(|c| c.is_control() && !is_break(c)) {
            return Err("It has a control character.".to_owned());
        }
        match (text.is_empty(), self.may_be_empty) {
            (true, true) => Ok(()),
            (true, false) => Err("It is empty.".to_owned()),
            (false, _) => (self.wrong)(text).map_or(Ok(()), Err),
        }
    }
}

const fn anything(_: &str) -> Option<String> {
    None
}

/// A line of text.
pub(crate) static LINE: Format = Format::new("line", "text", anything);

/// A line of text, which may be empty.
pub(crate) static LINE_OR_EMPTY: Format = Format::new("line", "text", anything).or_empty();

/// Text for people, which may be empty.
pub(crate) static PROSE: Format = Format::new("text", "For people.", anything)
    .or_empty()
    .with_lines();

/// A name with something to read in it.
pub(crate) static NAME: Format = Format::new("name", "A name", |text| {
    let blank = text.trim().is_empty();
    blank.then(|| "It has nothing but blanks.".to_owned())
});

/// An identifier that administrators choose for a part of the configuration.
pub(crate) static ID: Format = Format::new("id", "example.1", |text| {
    let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let message = "An id has letters, digits, dots, underscores and hyphens.";
    (!text.bytes().all(legal)).then(|| message.to_owned())
})
.of_at_most(128);

/// A client id.
pub(crate) static CLIENT_ID: Format = Format::new("client-id", "shop", |text| {
    // RFC 6749 appendix A.1: client-id = *VSCHAR
    let legal = text.bytes().all(|b| matches!(b, 0x20..=0x7E));
    (!legal).then(|| "A client id has printable ASCII characters.".to_owned())
})
.of_at_most(256);

/// An address on the web.
pub(crate) static URL: Format = Format::new("uri", "https://shop.example/page", web_address);

/// An address on the web, which may be empty.
pub(crate) static URL_OR_EMPTY: Format =
    Format::new("uri", "https://shop.example/page", web_address).or_empty();

/// An address on the web that is reached by TLS.
pub(crate) static HTTPS_URL: Format = Format::new("uri", "https://shop.example/page", |text| {
    let secure = Url::parse(text).is_ok_and(|url| url.scheme() == "https");
    (!secure).then(|| "It must be an https URL.".to_owned())
});

fn web_address(text: &str) -> Option<String> {
    let web = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
    (!web).then(|| "It must be an http or https URL.".to_owned())
}

/// The host of an address, without a port.
pub(crate) static HOST: Format = Format::new("host", "issuer.example", |text| {
    let legal = Host::parse(text).is_ok();
    (!legal).then(|| "It must be a host, such as issuer.example.com.".to_owned())
})
.of_at_most(255);

/// The path of an address, which may be empty.
pub(crate) static PATH_OR_EMPTY: Format = Format::new("path", "/eu", |text| {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"/-._~".contains(&b);
    let inner = text.strip_prefix('/').unwrap_or_default();
    let legal =
        text.bytes().all(legal) && !inner.split('/').any(|it| matches!(it, "" | "." | ".."));
    (!legal).then(|| "It must be a path that begins with / and does not end with it.".to_owned())
})
.or_empty();

/// Where a browser may be sent, with or without wildcards.
pub(crate) static REDIRECT_URI: Format =
    Format::new("redirect-uri", "https://shop.example/callback", |text| {
        let parsed = redirect_uri::Pattern::parse(text);
        parsed
            .err()
            .map(|reason| format!("It is refused: {reason}."))
    });

/// An origin of scripts, or `*`.
pub(crate) static ORIGIN: Format = Format::new("origin", "https://app.example", |text| {
    let is_origin = |url: Url| {
        matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text
    };
    let legal = text == "*" || Url::parse(text).is_ok_and(is_origin);
    (!legal).then(|| "It is not an origin such as https://app.example.com.".to_owned())
});

/// A scope value, or the pattern of a dynamic one.
pub(crate) static SCOPE_VALUE: Format = Format::new("scope", "openid", |text| {
    let one = |scope: Scope| scope.contains(text);
    let legal = text.parse::<Scope>().is_ok_and(one);
    let message = "A scope has printable ASCII characters without space, quote or backslash.";
    (!legal).then(|| message.to_owned())
})
.of_at_most(256);

/// A response type, its values in any order.
pub(crate) static RESPONSE_TYPE: Format = Format::new("response-type", "code id_token", |text| {
    let is_some = |it: ResponseType| it != ResponseType::NONE;
    let known = text.parse().is_ok_and(is_some);
    let message = "It must be code, id_token, token or a combination of these.";
    (!known).then(|| message.to_owned())
});

/// A set of public keys (RFC 7517 §5) as text.
pub(crate) static JWKS: Format =
    Format::new("jwks", r#"{"keys":[]}"#, |text| match JwkSet::parse(text) {
        Err(refused) => Some(format!("It is not a usable JSON Web Key Set: {refused}.")),
        // The set is shown to whoever reads the client.
        Ok(set) if set.has_private_keys() => {
            Some("It has a private key: keep it, and give only the public half.".to_owned())
        }
        Ok(_) => None,
    })
    .of_at_most(512 * 1024)
    .with_lines();
