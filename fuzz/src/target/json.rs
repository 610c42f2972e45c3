//! JSON read strictly: what is accepted means to everybody else the same.

use serde_json::Value;

use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "json",
    run,
    seeds,
};

fn run(input: &[u8]) -> bool {
    let strict = jose::json::parse(input);
    let lenient = serde_json::from_slice::<Value>(input);
    match (&strict, lenient) {
        (Ok(strict), Ok(lenient)) => assert_eq!(*strict, lenient),
        (Ok(strict), Err(error)) => panic!("only we read this as {strict}: {error}"),
        (Err(_), _) => return false,
    }
    let written = strict.expect("it was accepted").to_string();
    // Numbers with a fraction may change in their last digit, which nothing here depends on.
    assert!(jose::json::parse(written.as_bytes()).is_ok(), "{written}");
    true
}

fn seeds() -> Vec<Vec<u8>> {
    [
        r#"{"a":[1,-2.5e3,true,null,"\u00e9\ud83d\ude00\n"],"b":{"c":{}}}"#,
        "[[[[[[[[[[]]]]]]]]]]",
        r#" "text" "#,
        "18446744073709551615",
        "1e400",
        r#"{"":0}"#,
    ]
    .iter()
    .filter(|seed| serde_json::from_str::<Value>(seed).is_ok())
    .map(|seed| seed.as_bytes().to_vec())
    .collect()
}
