//! The key of a client, and what the client proves with it.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use data_encoding::BASE64URL_NOPAD;

use crate::{Failure, random_text};

/// A key for ES256, with which a client signs all that it signs.
pub struct ClientKey {
    pair: EcdsaKeyPair,
    client: String,
    issuer: String,
}

impl ClientKey {
    pub fn generate(client: &str) -> Result<Self, Failure> {
        Ok(Self {
            pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?,
            client: client.to_owned(),
            issuer: String::new(),
        })
    }

    /// The server for which it signs.
    pub fn for_issuer(self, issuer: String) -> Self {
        Self { issuer, ..self }
    }

    /// The public key as a JSON Web Key Set.
    pub fn jwks(&self) -> String {
        let point = self.coordinates();
        format!(r#"{{"keys":[{{"kty":"EC","crv":"P-256","kid":"1",{point}}}]}}"#)
    }

    /// The parameters of a new assertion (RFC 7523 §2.2).
    pub fn authentication(&self) -> Result<String, Failure> {
        let client = &self.client;
        let assertion = self.signed(r#""kid":"1""#, &format!(r#""sub":"{client}""#))?;
        Ok(format!(
            "client_assertion={assertion}\
             &client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        ))
    }

    /// A new request for a code (RFC 9101 §4).
    pub fn request_object(&self, redirect_uri: &str) -> Result<String, Failure> {
        let (client, state) = (&self.client, random_text());
        let challenge = BASE64URL_NOPAD.encode(digest(&SHA256, state.as_bytes()).as_ref());
        let claims = format!(
            r#""client_id":"{client}","response_type":"code","redirect_uri":"{redirect_uri}","scope":"openid profile","state":"{state}","code_challenge":"{challenge}","code_challenge_method":"S256""#
        );
        self.signed(r#""kid":"1","typ":"oauth-authz-req+jwt""#, &claims)
    }

    /// A new proof for a request to an endpoint of the server (RFC 9449 §4.2).
    pub fn proof(&self, method: &str, path: &str) -> Result<String, Failure> {
        let (point, issuer) = (self.coordinates(), &self.issuer);
        let header = format!(r#""typ":"dpop+jwt","jwk":{{"kty":"EC","crv":"P-256",{point}}}"#);
        self.signed(
            &header,
            &format!(r#""htm":"{method}","htu":"{issuer}{path}""#),
        )
    }

    fn coordinates(&self) -> String {
        let point = self.pair.public_key().as_ref();
        let [x, y] = [&point[1..33], &point[33..]].map(|half| BASE64URL_NOPAD.encode(half));
        format!(r#""x":"{x}","y":"{y}""#)
    }

    /// A token with these members in its header, and these claims beside those that all have.
    fn signed(&self, header: &str, claims: &str) -> Result<String, Failure> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let claims = format!(
            r#"{{"iss":"{}","aud":"{}","jti":"{}","iat":{now},"exp":{},{claims}}}"#,
            self.client,
            self.issuer,
            random_text(),
            now + 60
        );
        let header = format!(r#"{{"alg":"ES256",{header}}}"#);
        let [header, claims] = [header, claims].map(|part| BASE64URL_NOPAD.encode(part.as_bytes()));
        let mut token = format!("{header}.{claims}");
        let signature = self.pair.sign(&SystemRandom::new(), token.as_bytes())?;
        token.push('.');
        BASE64URL_NOPAD.encode_append(signature.as_ref(), &mut token);
        Ok(token)
    }
}
