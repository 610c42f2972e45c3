//! Which client a request says it is from, and by what method it means to prove it.

use data_encoding::BASE64;
use domain::{ClientId, Secret};
use jose::jws::Unverified;

use super::{ClientAuthCause, ClientAuthError, Presented, Proof};
use crate::Parameters;

/// The only assertion type there is (RFC 7523 §2.2).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The longest client assertion that is read, in bytes.
pub(super) const MAX_ASSERTION: usize = 16 * 1024;

/// Where in a request a client may show who it is. A TLS certificate will be a third place.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The value of the `Authorization` header, if there is one.
    pub authorization: Option<&'a str>,
    /// The parameters of the request.
    pub parameters: &'a Parameters,
}

/// Finds out which client a request says it is from.
pub fn identify<'a>(credentials: &Credentials<'a>) -> Result<Presented<'a>, ClientAuthError> {
    let in_header = credentials.authorization.is_some();
    let (client, proof) =
        method(credentials).map_err(|cause| ClientAuthError { cause, in_header })?;
    // RFC 7521 §4.2: the `client_id` parameter "is unnecessary for client assertion authentication
    // [...]. If present, the value of the client_id parameter MUST identify the same client as is
    // identified by the client assertion." It can no more contradict a header.
    match credentials.parameters.value("client_id") {
        Some(named) if named != client.as_str() => Err(ClientAuthError {
            cause: ClientAuthCause::ClientIdsDiffer,
            in_header,
        }),
        _ => Ok(Presented {
            client,
            proof,
            in_header,
        }),
    }
}

fn method<'a>(credentials: &Credentials<'a>) -> Result<(ClientId, Proof<'a>), ClientAuthCause> {
    let parameters = credentials.parameters;
    let secret = parameters.value("client_secret");
    let assertion = parameters.value("client_assertion");
    // RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."
    match (credentials.authorization, secret, assertion) {
        (Some(header), None, None) => basic(header),
        (None, None, Some(jwt)) => asserted(parameters, jwt),
        (None, Some(secret), None) => Ok((named(parameters)?, Proof::Secret(Secret::new(secret)))),
        (None, None, None) => Ok((named(parameters)?, Proof::Nothing)),
        _ => Err(ClientAuthCause::SeveralMethods),
    }
}

fn named(parameters: &Parameters) -> Result<ClientId, ClientAuthCause> {
    let id = parameters.value("client_id");
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
    let claims = Unverified::parse(jwt, MAX_ASSERTION)?.unverified_claims()?;
    let subject = claims.subject().map_err(jose::Refused::from)?;
    let subject = subject.ok_or(ClientAuthCause::AssertionParties)?;
    Ok((ClientId::new(subject), Proof::Assertion(jwt)))
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
