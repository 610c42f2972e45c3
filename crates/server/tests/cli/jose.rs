//! `countersign jose`.

use super::{Files, run, run_with};

// RFC 7515 appendix A.1
const RFC7515_A1_KEY: &str = r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#;
const RFC7515_A1_TOKEN: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const RFC7515_A1_PAYLOAD: &str =
    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

#[test]
fn rfc7515_a_1_a_token_is_verified_and_its_payload_printed() {
    let files = Files::new();
    let jwk = files.with("key.jwk", RFC7515_A1_KEY);
    let by_argument = run(&["jose", "verify", "--jwk", &jwk, RFC7515_A1_TOKEN]);
    let from_stdin = run_with(
        &["jose", "verify", "--jwk", &jwk, "--alg", "HS256"],
        &format!("{RFC7515_A1_TOKEN}\n"),
    );
    for verified in [by_argument, from_stdin] {
        assert_eq!((verified.code, verified.err.as_str()), (0, ""));
        assert_eq!(verified.out, RFC7515_A1_PAYLOAD);
    }
    let jwks = files.with("keys.jwks", &format!("{{\"keys\":[{RFC7515_A1_KEY}]}}"));
    let by_set = run(&["jose", "verify", "--jwks", &jwks, RFC7515_A1_TOKEN]);
    assert_eq!((by_set.code, by_set.out.as_str()), (0, RFC7515_A1_PAYLOAD));
    let secret =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ+EstJQLr/T+1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow==";
    let by_secret = run(&[
        "jose",
        "verify",
        "--secret-base64",
        secret,
        RFC7515_A1_TOKEN,
    ]);
    assert_eq!(
        (by_secret.code, by_secret.out.as_str()),
        (0, RFC7515_A1_PAYLOAD)
    );
}

#[test]
fn a_token_that_is_refused_is_one_sentence_and_exit_code_1() {
    let files = Files::new();
    let jwk = files.with("key.jwk", RFC7515_A1_KEY);
    let altered = RFC7515_A1_TOKEN.replace("dBjft", "dBjfu");
    let unsigned = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UifQ.";
    let refusals: [&[&str]; 6] = [
        &["jose", "verify", "--jwk", &jwk, &altered],
        &["jose", "verify", "--jwk", &jwk, unsigned],
        &[
            "jose",
            "verify",
            "--jwk",
            &jwk,
            "--alg",
            "HS512",
            RFC7515_A1_TOKEN,
        ],
        // RFC 7519 §4.1.4: the token expired in 2011.
        &["jose", "verify", "--jwk", &jwk, "--jwt", RFC7515_A1_TOKEN],
        &["jose", "verify", "--jwk", &jwk, "not a token"],
        &[
            "jose",
            "verify",
            "--jwk",
            "/does/not/exist",
            RFC7515_A1_TOKEN,
        ],
    ];
    for arguments in refusals {
        let refused = run(arguments);
        assert_eq!(refused.code, 1, "{arguments:?}");
        assert_eq!(refused.out, "", "{arguments:?}");
        assert_eq!(refused.err.lines().count(), 1, "{}", refused.err);
    }
}

#[test]
fn what_is_signed_verifies_and_what_is_encrypted_decrypts() {
    let files = Files::new();
    let key = files.with("key.jwk", RFC7515_A1_KEY);
    let signed = run_with(&["jose", "sign", "--jwk", &key, "--alg", "HS384"], "hello");
    assert_eq!(signed.code, 0, "{}", signed.err);
    let verified = run_with(&["jose", "verify", "--jwk", &key], &signed.out);
    assert_eq!(verified.out, "hello");
    let inspected = run_with(&["jose", "inspect"], &signed.out).json();
    assert_eq!(inspected["header"]["alg"], "HS384");
    assert_eq!(inspected["payload"], "hello");

    let secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let arguments = [
        "jose",
        "encrypt",
        "--secret-base64",
        secret,
        "--alg",
        "A256KW",
    ];
    let encrypted = run_with(&arguments, "hello");
    assert_eq!(encrypted.code, 0, "{}", encrypted.err);
    let arguments = ["jose", "decrypt", "--secret-base64", secret];
    assert_eq!(run_with(&arguments, &encrypted.out).out, "hello");
    let narrowed = [&arguments[..], &["--enc", "A128GCM"]].concat();
    assert_eq!(run_with(&narrowed, &encrypted.out).code, 1);
}

#[test]
fn rfc9864_4_1_1_signs_as_ed25519_when_asked_and_verifies_by_either_name() {
    let files = Files::new();
    // RFC 8037 appendix A.1
    let key = r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let jwk = files.with("key.jwk", key);
    let named = key.replace('{', r#"{"alg":"Ed25519","#);
    let named = files.with("named.jwk", &named);
    for (key, asked, alg) in [
        (&jwk, None, "EdDSA"),
        (&jwk, Some("Ed25519"), "Ed25519"),
        (&named, None, "Ed25519"),
        (&named, Some("EdDSA"), "EdDSA"),
    ] {
        let mut arguments = vec!["jose", "sign", "--jwk", key];
        arguments.extend(asked.iter().flat_map(|asked| ["--alg", asked]));
        let signed = run_with(&arguments, "hello");
        assert_eq!(signed.code, 0, "{}", signed.err);
        let inspected = run_with(&["jose", "inspect"], &signed.out).json();
        assert_eq!(inspected["header"]["alg"], alg);
        let verified = run_with(&["jose", "verify", "--jwk", &named], &signed.out);
        assert_eq!(verified.out, "hello", "{}", verified.err);
    }
}
