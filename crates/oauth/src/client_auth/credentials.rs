//! Which client a request says it is from, and by what method it means to prove it.

use data_encoding::BASE64;
use domain::{ClientId, Secret};
use jose::jwt::UnverifiedJwt;

use super::{CertificateChain, ClientAuthCause, ClientAuthError, Presented, Proof};
use crate::Parameters;

/// The only assertion type there is (RFC 7523 §2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The longest client assertion that is read, in bytes.
pub(super) const MAX_ASSERTION: usize = 16 * 1024;

/// Where in a request a client may show who it is.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The value of the `Authorization` header, if there is one.
    pub authorization: Option<&'a str>,
    /// The parameters of the request.
    pub parameters: &'a Parameters,
    /// The `client_id` in the query of a request whose parameters are in its body, if there is one:
    /// a client that has nothing to send in secret may put it there, as PingFederate lets it.
    pub id_in_query: Option<&'a str>,
    /// The certificates of its connection, if there are any.
    pub certificates: Option<&'a CertificateChain>,
}

/// Finds out which client a request says it is from.
pub fn identify<'a>(credentials: &Credentials<'a>) -> Result<Presented<'a>, ClientAuthError> {
    let in_header = credentials.authorization.is_some();
    let (client, proof) =
        method(credentials).map_err(|cause| ClientAuthError { cause, in_header })?;
    // RFC 7521 §4.2: the `client_id` parameter "is unnecessary for client assertion authentication
    // [...]. If present, the value of the client_id parameter MUST identify the same client as is
    // identified by the client assertion." It can no more contradict a header.
    let in_body = credentials.parameters.value("client_id");
    let mut named = in_body.into_iter().chain(credentials.id_in_query);
    if named.any(|named| named != client.as_str()) {
        let cause = ClientAuthCause::ClientIdsDiffer;
        return Err(ClientAuthError { cause, in_header });
    }
    Ok(Presented {
        client,
        proof,
        certificates: credentials.certificates,
        in_header,
    })
}

fn method<'a>(credentials: &Credentials<'a>) -> Result<(ClientId, Proof<'a>), ClientAuthCause> {
    let parameters = credentials.parameters;
    let id = parameters.value("client_id");
    let secret = parameters.value("client_secret");
    let assertion = parameters.value("client_assertion");
    // RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."
    match (credentials.authorization, secret, assertion) {
        (Some(header), None, None) => basic(header),
        (None, None, Some(jwt)) => asserted(parameters, jwt),
        (None, Some(secret), None) => Ok((named(id)?, Proof::Secret(Secret::new(secret)))),
        (None, None, None) => Ok((named(id.or(credentials.id_in_query))?, Proof::Nothing)),
        _ => Err(ClientAuthCause::SeveralMethods),
    }
}

fn named(id: Option<&str>) -> Result<ClientId, ClientAuthCause> {
    id.map(ClientId::new).ok_or(ClientAuthCause::Missing)
}

/// RFC 6749 §2.3.1: "The client identifier is encoded using the
/// "application/x-www-form-urlencoded" encoding algorithm [...], and the encoded value is used as
/// the username; the client password is encoded using the same algorithm and used as the password."
fn basic<'a>(header: &str) -> Result<(ClientId, Proof<'a>), ClientAuthCause> {
    let pair = header
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("basic"));
    let pair = pair.and_then(|(_, encoded)| BASE64.decode(encoded.trim().as_bytes()).ok());
    let pair = pair
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map(Secret::new);
    let pair = pair.ok_or(ClientAuthCause::HeaderMalformed)?;
    let (id, secret) = pair
        .expose()
        .split_once(':')
        .ok_or(ClientAuthCause::HeaderMalformed)?;
    let id = form_decoded(id).filter(|id| !id.is_empty());
    let id = id.ok_or(ClientAuthCause::HeaderMalformed)?;
    let secret = form_decoded(secret).ok_or(ClientAuthCause::HeaderMalformed)?;
    Ok((ClientId::new(id), Proof::Secret(Secret::new(secret))))
}

/// The client of an assertion is its `sub`, which nobody has verified yet.
fn asserted<'a>(
    parameters: &Parameters,
    jwt: &'a str,
) -> Result<(ClientId, Proof<'a>), ClientAuthCause> {
    if parameters.value("client_assertion_type") != Some(JWT_BEARER) {
        return Err(ClientAuthCause::AssertionType);
    }
    let jwt = UnverifiedJwt::parse(jwt, MAX_ASSERTION)?;
    let subject = jwt.unverified_claims().subject();
    let subject = subject.map_err(jose::Refused::from)?;
    let client = ClientId::new(subject.ok_or(ClientAuthCause::AssertionParties)?);
    Ok((client, Proof::Assertion(jwt)))
}

/// One name or value out of its form encoding (RFC 6749 appendix B).
fn form_decoded(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}
