//! What a client of Recognize sends: messages, frames, and the transaction data in a message. A first
//! byte says which.

use authn::recognize::message::Said;
use authn::recognize::{Frame, Greeted, TransactionData};
use domain::TransactionSource;
use domain::port::fixed::CountingRandom;
use serde_json::Value;

use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "recognize",
    run,
    seeds,
};

fn run(input: &[u8]) -> bool {
    let Some((kind, rest)) = input.split_first() else {
        return false;
    };
    let text = std::str::from_utf8(rest);
    match (kind, text) {
        (b'f', _) => Frame::read(rest).is_ok_and(|frame| {
            assert_eq!(Some(frame.into_picture().as_slice()), rest.get(10..));
            true
        }),
        (b't', Ok(text)) => data(text),
        (_, Ok(text)) => message(text),
        (_, Err(_)) => false,
    }
}

/// What is signed is what was given, and what is shown is all of it.
fn data(text: &str) -> bool {
    let Ok(data) = TransactionData::read(text) else {
        return false;
    };
    assert_eq!(data.text(), text);
    let TransactionSource::Pairs { pairs } = data.source() else {
        panic!("other than pairs");
    };
    let read: Value = serde_json::from_str(text).expect("what is accepted is JSON");
    let read = read.as_array().expect("an array");
    assert_eq!(pairs.iter().len(), read.len());
    for (pair, read) in pairs.iter().zip(read) {
        assert_eq!(read[&pair.label], pair.value.as_str());
        assert_eq!(read.as_object().map(serde_json::Map::len), Some(1));
    }
    true
}

fn message(text: &str) -> bool {
    let opened = Greeted::new(&CountingRandom::default()).open(text);
    let said = Said::read(text);
    assert!(said.is_ok() || opened.is_err());
    said.is_ok()
}

fn seeds() -> Vec<Vec<u8>> {
    let open = r#"m{"type":"open","customer":"demo-shop","username":"user-123","operation":"auth-or-enrol",
        "authorization":{"token":"a.b.c"},"transaction":{"data":"[]"},"operationId":"order-4711","lang":"de",
        "device":{"id":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}"#;
    let begin =
        r#"m{"type":"begin","proof":"a.b.c","secret":"AAAA","newPin":"271828","removePin":true}"#;
    let data = r#"t[{"Amount":"12.50 EUR"},{"Payee":"Demo Shop"}]"#;
    let frame = b"f\x01\x02\0\0\0\x07\0\0\x0b\xb8\xff\xd8\xff\xe0";
    let texts = [open, begin, r#"m{"type":"cancel"}"#, data];
    let texts = texts.map(|text| text.as_bytes().to_vec());
    texts.into_iter().chain([frame.to_vec()]).collect()
}
