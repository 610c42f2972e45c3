use super::*;

fn json(error: &TokenError) -> (u16, String) {
    let response = ErrorResponse::from(error);
    (response.status, response.json())
}

#[test]
fn pingfederate_2_5_says_exactly_these_words() {
    let client = |in_header| {
        TokenError::Client(ClientAuthError {
            cause: ClientAuthCause::WrongSecret,
            in_header,
        })
    };
    let cases = [
        (
            TokenError::GrantTypeMissing,
            r#"{"error_description":"grant_type is required","error":"invalid_request"}"#,
        ),
        (
            TokenError::GrantTypeUnsupported,
            r#"{"error":"unsupported_grant_type"}"#,
        ),
        (
            TokenError::VerifierDiffers("S256"),
            r#"{"error_description":"The code_verifier sent does not match code_challenge included in the authorization request using the S256 code_challenge_method.","error":"invalid_grant"}"#,
        ),
        (
            TokenError::RedirectUriMissing,
            r#"{"error_description":"redirect_uri is required if it was included in the authorization request.","error":"invalid_grant"}"#,
        ),
        (
            TokenError::CodeMalformed,
            r#"{"error_description":"Authorization code is malformed.","error":"invalid_grant"}"#,
        ),
        (
            TokenError::CodeRedeemedTwice,
            r#"{"error_description":"Authorization code is invalid or expired.","error":"invalid_grant"}"#,
        ),
        (
            TokenError::RefreshTokenSpent,
            r#"{"error_description":"unknown, invalid, or expired refresh token","error":"invalid_grant"}"#,
        ),
    ];
    for (error, expected) in cases {
        assert_eq!(json(&error), (400, format!("{expected}\r\n")));
    }
    let refused =
        r#"{"error_description":"Invalid client or client credentials.","error":"invalid_client"}"#;
    assert_eq!(json(&client(false)), (401, format!("{refused}\r\n")));
}

#[test]
fn rfc6749_5_2_challenges_only_a_client_that_used_the_header() {
    for in_header in [true, false] {
        let error = ClientAuthError {
            cause: ClientAuthCause::Unknown,
            in_header,
        };
        let response = ErrorResponse::from(&error);
        assert_eq!(response.challenge.is_some(), in_header);
    }
    let several = ClientAuthError {
        cause: ClientAuthCause::SeveralMethods,
        in_header: true,
    };
    let response = ErrorResponse::from(&several);
    assert_eq!(response.status, 400);
    assert_eq!(response.body.unwrap().error, "invalid_request");
}

#[test]
fn nobody_learns_which_clients_there_are() {
    let causes = [
        ClientAuthCause::Unknown,
        ClientAuthCause::Disabled,
        ClientAuthCause::WrongMethod,
        ClientAuthCause::WrongSecret,
        ClientAuthCause::WithoutKeys,
        ClientAuthCause::AssertionParties,
    ];
    let answers = causes.map(|cause| {
        ErrorResponse::from(&ClientAuthError {
            cause,
            in_header: true,
        })
    });
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

fn refused(error: UserinfoError, scheme: Scheme) -> (u16, String, String) {
    let response = ErrorResponse::from(&UserinfoRefusal { error, scheme });
    let challenge = response.challenge.clone().unwrap().into_owned();
    (response.status, challenge, response.json())
}

const ALGS: &str = r#"algs="RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519""#;

#[test]
fn rfc6750_3_1_names_the_error_in_the_challenge() {
    let (status, challenge, body) = refused(UserinfoError::TokenMissing, Scheme::Bearer);
    assert_eq!((status, body), (401, String::new()));
    assert_eq!(challenge, format!("Bearer, DPoP {ALGS}"));
    let (status, challenge, _) = refused(UserinfoError::ScopeInsufficient, Scheme::Bearer);
    assert_eq!(status, 403);
    let expected = r#"Bearer error="insufficient_scope", scope="openid""#;
    assert_eq!(challenge, format!("{expected}, DPoP {ALGS}"));
    assert_eq!(refused(UserinfoError::Revoked, Scheme::Bearer).0, 401);
}

#[test]
fn rfc9449_7_1_names_the_error_and_the_algorithms_in_the_challenge() {
    use UserinfoError as E;
    let cases = [
        (E::Proof(DpopError::MethodDiffers), "invalid_dpop_proof"),
        (E::ProofMissing, "invalid_dpop_proof"),
        (E::Proof(DpopError::NonceMissing), "use_dpop_nonce"),
        (E::Proof(DpopError::NonceUnknown), "use_dpop_nonce"),
        (E::KeyDiffers, "invalid_token"),
        (E::NotBound, "invalid_token"),
        (E::Revoked, "invalid_token"),
    ];
    for (error, code) in cases {
        let (status, challenge, body) = refused(error, Scheme::Dpop);
        assert_eq!(status, 401);
        assert_eq!(challenge, format!(r#"DPoP error="{code}", {ALGS}"#));
        assert!(body.contains(&format!(r#""error":"{code}""#)), "{body}");
    }
    let (_, challenge, _) = refused(E::ScopeInsufficient, Scheme::Dpop);
    let expected = r#"DPoP error="insufficient_scope", scope="openid""#;
    assert_eq!(challenge, format!("{expected}, {ALGS}"));
    let (_, challenge, _) = refused(E::ProofUnused, Scheme::Bearer);
    let expected = r#"Bearer error="invalid_token", DPoP"#;
    assert_eq!(challenge, format!("{expected} {ALGS}"));
}

#[test]
fn rfc9449_8_a_missing_nonce_and_a_bad_proof_are_told_apart() {
    let nonce = json(&DpopError::NonceMissing.into());
    let expected = r#"{"error_description":"Authorization server requires nonce in DPoP proof","error":"use_dpop_nonce"}"#;
    assert_eq!(nonce, (400, format!("{expected}\r\n")));
    let (status, bad) = json(&DpopError::UriDiffers.into());
    assert_eq!(status, 400);
    assert!(bad.contains(r#""error":"invalid_dpop_proof""#), "{bad}");
}
