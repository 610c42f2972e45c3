//! Requests that name the key to which the code is to be bound (RFC 9449 §10).

use domain::port::Changes;
use domain::{Confirmation, Thumbprint};
use jose::jws::{Algorithm, SigningKey};

use super::*;
use crate::Code;
use crate::dpop::fixture::proved;

const JKT: &str = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";

fn naming(jkt: &str) -> Result<VerifiedRequest, AuthorizeError> {
    let verified = World::usual().verify(&[("dpop_jkt", jkt)]);
    verified.map_err(|refusal| refusal.error)
}

fn code_for(request: &VerifiedRequest) -> Code {
    let world = World::usual();
    let granted = Granted {
        user: &fixture::user(),
        client: world.client.as_ref().unwrap(),
        authentication: fixture::authentication(),
        scope: "openid".parse().unwrap(),
        approval_receipt: None,
    };
    let server = fixture::Server::default();
    let answered = respond(request, &granted, &server.issuer(), NOW);
    let changes: Changes = answered.ok().unwrap().1;
    fixture::written(changes).unwrap()
}

#[test]
fn rfc9449_10_the_code_is_bound_to_the_key_that_the_request_names() {
    let request = naming(JKT).unwrap();
    assert_eq!(request.dpop_jkt().map(Thumbprint::as_str), Some(JKT));
    let text = serde_json::to_string(&request).unwrap();
    let carried: VerifiedRequest = serde_json::from_str(&text).unwrap();
    let code = code_for(&carried);
    assert_eq!(code.dpop_jkt.as_ref().map(Thumbprint::as_str), Some(JKT));
    let unbound = World::usual().verify(&[]).unwrap();
    assert_eq!(code_for(&unbound).dpop_jkt, None);
}

#[test]
fn rfc9449_10_refuses_what_is_no_thumbprint() {
    for jkt in [
        "x",
        &JKT[1..],
        "NzbLsXh8uDCcd-6MNwXF4W/7noWXFZAfHkxZsRGC9Xs",
    ] {
        let refused = naming(jkt).err();
        assert_eq!(refused, Some(AuthorizeError::DpopJktMalformed), "{jkt}");
    }
    assert_eq!(AuthorizeError::DpopJktMalformed.wire().0, "invalid_request");
}

#[test]
fn rfc9449_10_1_a_pushed_request_is_bound_to_the_key_of_its_proof() {
    let proof = proved(&SigningKey::generate(Algorithm::Es256).unwrap());
    let request = World::usual().verify(&[]).unwrap();
    let request = request.proved_by(&proof).unwrap();
    assert_eq!(request.dpop_jkt(), Some(proof.jkt()));
    // Both ways at once, if they agree.
    let both = naming(proof.jkt().as_str()).unwrap().proved_by(&proof);
    assert_eq!(both.unwrap().dpop_jkt(), Some(proof.jkt()));
    let differing = naming(JKT).unwrap().proved_by(&proof);
    assert_eq!(differing.err(), Some(AuthorizeError::DpopKeysDiffer));
    assert_eq!(AuthorizeError::DpopKeysDiffer.wire().0, "invalid_request");
}

#[test]
fn rfc9449_5_tokens_that_come_through_the_browser_are_bound_to_no_key() {
    let world = World::with_client(|client| {
        client.grant_types.insert(GrantType::Implicit);
    });
    let request = world.verify(&[("response_type", "token id_token"), ("dpop_jkt", JKT)]);
    let granted = Granted {
        user: &fixture::user(),
        client: world.client.as_ref().unwrap(),
        authentication: fixture::authentication(),
        scope: "openid".parse().unwrap(),
        approval_receipt: None,
    };
    let server = fixture::Server::default();
    let answered = respond(&request.unwrap(), &granted, &server.issuer(), NOW);
    let (response, changes) = answered.ok().unwrap();
    let kind = response
        .parameters()
        .find(|(name, _)| *name == "token_type");
    assert_eq!(kind, Some(("token_type", "Bearer")));
    let grant: domain::Grant = fixture::written(changes).unwrap();
    assert_eq!(grant.bound_to, Confirmation::NONE);
}
