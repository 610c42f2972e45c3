//! Everything secret, and the search for it in every form in which it could be written.

use std::collections::{BTreeMap, HashMap};

use data_encoding::{BASE32_NOPAD, BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use serde_json::json;
use url::form_urlencoded;

use crate::{NEAR_MISS, PASSWORD};

/// Everything secret that was said or answered, by what it is.
#[derive(Default)]
pub(crate) struct Secrets(pub(crate) BTreeMap<String, String>);

impl Secrets {
    pub(crate) fn note(&mut self, what: &str, secret: &str) {
        assert!(
            secret.len() >= 16,
            "{what}: {secret:?} could be there by chance"
        );
        let number = self.0.len();
        self.0
            .insert(format!("{what} #{number}"), secret.to_owned());
    }

    /// Which of them, in which form, occur in this.
    pub(crate) fn occurring(&self, haystack: &[u8]) -> Vec<String> {
        // One pass for all needles, by how they begin.
        let mut needles: HashMap<&[u8], Vec<(String, &[u8])>> = HashMap::new();
        let forms: Vec<_> = self.0.iter().map(|(what, it)| (what, forms(it))).collect();
        for (what, forms) in &forms {
            for (form, needle) in forms {
                let begin = needle.get(..BEGIN).expect("a needle of some length");
                let known = needles.entry(begin).or_default();
                known.push((format!("{what} ({form})"), needle));
            }
        }
        let mut found = Vec::new();
        for (at, begin) in haystack.windows(BEGIN).enumerate() {
            let rest = haystack.get(at..).unwrap();
            let begun = needles.get(begin).into_iter().flatten();
            let occurring = begun.filter(|(_, needle)| rest.starts_with(needle));
            found.extend(occurring.map(|(what, _)| what.clone()));
        }
        found.sort();
        found.dedup();
        found
    }
}

/// By how many bytes needles are told apart at first.
const BEGIN: usize = 8;

/// The forms in which a secret could be written.
fn forms(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = secret.as_bytes();
    let form: String = form_urlencoded::byte_serialize(bytes).collect();
    let quoted = serde_json::to_string(secret).unwrap();
    let debug = format!("{secret:?}");
    let list = format!("{bytes:?}");
    let mut forms = vec![
        ("as it is", bytes.to_vec()),
        ("as a form writes it", form.clone().into_bytes()),
        ("percent-encoded", form.replace('+', "%20").into_bytes()),
        ("in JSON", quoted.trim_matches('"').as_bytes().to_vec()),
        (
            "in debug output",
            debug.trim_matches('"').as_bytes().to_vec(),
        ),
        (
            "as a list of bytes",
            list.trim_matches(['[', ']']).as_bytes().to_vec(),
        ),
        (
            "as escaped bytes",
            bytes.escape_ascii().to_string().into_bytes(),
        ),
        ("in hex", HEXLOWER.encode(bytes).into_bytes()),
        ("in upper-case hex", HEXUPPER.encode(bytes).into_bytes()),
    ];
    // The end of a longer one is as good as all of it: a log may have cut off its beginning.
    if let Some(end) = secret.len().checked_sub(20).and_then(|at| secret.get(at..)) {
        forms.push(("its end", end.as_bytes().to_vec()));
    }
    // What it stands for, as bytes.
    for encoding in [BASE64URL_NOPAD, BASE32_NOPAD] {
        if let Ok(decoded) = encoding.decode(bytes) {
            forms.push(("decoded", decoded.clone()));
            forms.push(("decoded, in hex", HEXLOWER.encode(&decoded).into_bytes()));
        }
    }
    // Within something that was encoded whole, a secret begins at any of three places.
    for before in 0..3 {
        let padded = [vec![0; before], bytes.to_vec()].concat();
        let whole = padded.len() / 3 * 3;
        let (skip, padded) = (usize::from(before > 0) * 4, padded.get(..whole).unwrap());
        for encoded in [BASE64.encode(padded), BASE64URL_NOPAD.encode(padded)] {
            forms.push(("in base64", encoded.get(skip..).unwrap().into()));
        }
    }
    forms
}

#[test]
fn every_form_of_a_secret_is_found() {
    let mut secrets = Secrets::default();
    secrets.note("password", PASSWORD);
    let form: String = form_urlencoded::byte_serialize(PASSWORD.as_bytes()).collect();
    for written in [
        format!("password={form}&x=y"),
        format!("{:?}", Some(PASSWORD)),
        format!("{:?}", PASSWORD.as_bytes()),
        json!({ "password": PASSWORD }).to_string(),
        BASE64.encode(format!("alice:{PASSWORD}").as_bytes()),
        BASE64.encode(format!("bo:{PASSWORD}").as_bytes()),
        BASE64.encode(format!("b:{PASSWORD}").as_bytes()),
        format!("...{}", PASSWORD.get(6..).unwrap()),
    ] {
        assert!(
            !secrets.occurring(written.as_bytes()).is_empty(),
            "{written}"
        );
    }
    assert!(secrets.occurring(NEAR_MISS.as_bytes()).is_empty());
}
