//! Who asks for tokens.

use domain::{Client, Confirmation};

use super::TokenError;
use crate::client_auth::AuthenticatedClient;
use crate::dpop::VerifiedProof;

/// A client that was authenticated, and the keys that it has proved to hold: those to which its
/// tokens are bound.
pub struct Requester<'a> {
    client: AuthenticatedClient<'a>,
    holds: Confirmation,
}

impl<'a> Requester<'a> {
    /// The client with the proof that came with its request, if one did.
    ///
    /// RFC 9449 §5.2: a client may be one that "always uses DPoP for token requests. [...] the
    /// authorization server MUST reject token requests from the client that do not contain the DPoP
    /// header."
    pub fn new(
        client: AuthenticatedClient<'a>,
        proof: Option<&VerifiedProof>,
    ) -> Result<Self, TokenError> {
        if client.require_dpop && proof.is_none() {
            return Err(TokenError::ProofMissing);
        }
        let jkt = proof.map(|proof| proof.jkt().clone());
        // RFC 8705 §3: "When mutual TLS is used by the client on the connection to the token
        // endpoint, the authorization server is able to bind the issued access token to the client
        // certificate."
        let holds = Confirmation {
            jkt,
            certificate: client.certificate().cloned(),
        };
        Ok(Self { client, holds })
    }

    /// The keys that it holds.
    pub(super) const fn holds(&self) -> &Confirmation {
        &self.holds
    }

    /// What its refresh tokens are bound to.
    ///
    /// RFC 9449 §5: "When an authorization server supporting DPoP issues a refresh token to a public
    /// client that presents a valid DPoP proof at the token endpoint, the refresh token MUST be
    /// bound to the respective public key." Those of confidential clients "are not bound to the DPoP
    /// proof public key because they are already sender-constrained". RFC 8705 §4 says the same of a
    /// public client's certificate.
    pub(super) fn binds(&self) -> Confirmation {
        match self.client.is_confidential() {
            true => Confirmation::NONE,
            false => self.holds.clone(),
        }
    }
}

impl std::ops::Deref for Requester<'_> {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

#[cfg(test)]
mod tests {
    use jose::jws::{Algorithm, SigningKey};

    use super::*;
    use crate::dpop::fixture::proved;
    use crate::fixture::{authenticated, authenticated_with, certificates, client, public_client};

    #[test]
    fn rfc9449_5_2_a_client_that_always_uses_dpop_is_refused_without() {
        let mut client = client();
        client.require_dpop = true;
        let without = Requester::new(authenticated(&client), None);
        assert_eq!(without.err(), Some(TokenError::ProofMissing));
        let proof = proved(&SigningKey::generate(Algorithm::Es256).unwrap());
        let requester = Requester::new(authenticated(&client), Some(&proof));
        let requester = requester.ok().unwrap();
        assert_eq!(requester.holds().jkt.as_ref(), Some(proof.jkt()));
        assert!(requester.binds().is_none(), "it has a secret");
    }

    #[test]
    fn rfc8705_4_only_the_refresh_tokens_of_public_clients_are_bound_to_a_certificate() {
        let chain = certificates();
        let proof = proved(&SigningKey::generate(Algorithm::Es256).unwrap());
        for (client, binds) in [(public_client(), true), (client(), false)] {
            let client = authenticated_with(&client, Some(&chain));
            let requester = Requester::new(client, Some(&proof)).ok().unwrap();
            let both = Confirmation {
                jkt: Some(proof.jkt().clone()),
                certificate: Some(chain.thumbprint().clone()),
            };
            assert_eq!(*requester.holds(), both);
            assert_eq!(requester.binds() == both, binds);
        }
    }
}
