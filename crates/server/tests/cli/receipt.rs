//! `countersign receipt verify`: with the receipt of the documentation.

use super::{Files, run, run_with};

const RECEIPT: &str = include_str!("../../../../docs/examples/receipt/receipt.jwt");
const JWKS: &str = include_str!("../../../../docs/examples/receipt/jwks.json");

#[test]
fn a_good_receipt_is_read_out() {
    let files = Files::new();
    let (receipt, jwks) = (
        files.with("receipt.jwt", RECEIPT),
        files.with("jwks.json", JWKS),
    );
    let told = run(&["receipt", "verify", &receipt, "--jwks", &jwks]);
    assert_eq!(told.code, 0, "{}", told.err);
    for words in [
        "The receipt is good.",
        "client       shop",
        "Pay 99.95 EUR to Demo Shop?",
        "the person's own signature over this",
    ] {
        assert!(told.out.contains(words), "{words}: {}", told.out);
    }
    let json = ["receipt", "verify", "-", "--jwks", &jwks, "--json"];
    let json = run_with(&json, RECEIPT).json();
    assert_eq!(json["aud"], "shop");
    assert_eq!(json["shown"][0]["text"], "Pay 99.95 EUR to Demo Shop?");
    let expected = ["--client", "shop", "--issuer", "https://sso.example.com"];
    let expected = [
        &["receipt", "verify", &receipt, "--jwks", &jwks],
        &expected[..],
    ]
    .concat();
    assert_eq!(run(&expected).code, 0);
}

#[test]
fn any_other_is_refused_in_one_sentence() {
    let files = Files::new();
    let (receipt, jwks) = (
        files.with("receipt.jwt", RECEIPT),
        files.with("jwks.json", JWKS),
    );
    let middle = RECEIPT.len() / 2;
    let letter = if RECEIPT.as_bytes()[middle] == b'A' {
        "B"
    } else {
        "A"
    };
    let mut changed = RECEIPT.to_owned();
    changed.replace_range(middle..=middle, letter);
    let changed = files.with("changed.jwt", &changed);
    let none = files.with("none.json", r#"{"keys":[]}"#);
    for arguments in [
        &[&changed, "--jwks", &jwks][..],
        &[&receipt, "--jwks", &none],
        &[&receipt, "--jwks", &jwks, "--client", "other"],
        &[
            &receipt,
            "--jwks",
            &jwks,
            "--issuer",
            "https://other.example.com",
        ],
        &[&jwks, "--jwks", &jwks],
        &[&files.path("missing"), "--jwks", &jwks],
    ] {
        let refused = run(&[&["receipt", "verify"], arguments].concat());
        assert_eq!(
            (refused.code, refused.out.as_str()),
            (1, ""),
            "{arguments:?}"
        );
        assert_eq!(refused.err.lines().count(), 1, "{}", refused.err);
    }
}
