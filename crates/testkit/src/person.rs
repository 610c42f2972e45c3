//! People: a name, a password, perhaps an app that shows one-time codes.

use data_encoding::BASE32_NOPAD;
use domain::{Timestamp, UserId};
use jose::digest::hmac_sha1;

use crate::browser::Browser;
use crate::http::Reply;
use crate::relying_party::{Answer, AuthorizationRequest};

/// A person who can sign on.
#[derive(Clone, Debug)]
pub struct Person {
    /// Their `sub`.
    pub id: UserId,
    /// Their user name.
    pub username: String,
    /// Their password.
    pub password: String,
    /// The secret in their authenticator app in base 32, if they have one.
    pub totp: Option<String>,
}

impl Person {
    /// What their authenticator app shows.
    pub fn code_at(&self, now: Timestamp) -> String {
        totp_code(self.totp.as_deref().expect("an authenticator app"), now)
    }
}

/// The one-time code of a secret in base 32 (RFC 6238 with the parameters of every app).
pub fn totp_code(secret: &str, now: Timestamp) -> String {
    let compact: String = secret.split_whitespace().collect();
    let key = BASE32_NOPAD.decode(compact.as_bytes()).unwrap();
    let step = u64::try_from(now.seconds()).unwrap() / 30;
    let mac = hmac_sha1(&key, &step.to_be_bytes());
    let offset = usize::from(mac[19] & 0xf);
    let word: [u8; 4] = mac[offset..offset + 4].try_into().unwrap();
    // RFC 4226 §5.3: 31 bits of it, modulo 10^6.
    let number = (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000;
    format!("{number:06}")
}

impl Browser {
    /// Goes to a client's authorization request.
    pub async fn go(&mut self, request: &AuthorizationRequest) -> Reply {
        self.open(&request.url()).await
    }

    /// Fills in the sign-on page.
    pub async fn enter_password(&mut self, page: &Reply, person: &Person) -> Reply {
        let form = page.form("sign-on");
        // Whoever must be the same person as before is not asked for the name again.
        let filled = [
            ("username", person.username.as_str()),
            ("password", person.password.as_str()),
        ];
        assert!(form.inputs.contains(&"username".to_owned()));
        self.submit(page, "sign-on", "submit", &filled).await
    }

    /// Goes to a client's authorization request as a person with a password alone, allows
    /// everything that is asked, and comes back to the client.
    pub async fn sign_on(&mut self, request: &AuthorizationRequest, person: &Person) -> Answer {
        let page = self.go(request).await;
        let page = self.enter_password(&page, person).await;
        self.allow(page).await
    }

    /// Allows everything that a page asks for, if it asks, and comes back to the client.
    pub async fn allow(&mut self, page: Reply) -> Answer {
        let page = match page.has_form("consent") {
            true => self.submit(&page, "consent", "allow", &[]).await,
            false => page,
        };
        Answer::of(&page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc6238_appendix_b_shows_the_code_of_the_moment() {
        let secret = BASE32_NOPAD.encode(b"12345678901234567890");
        assert_eq!(totp_code(&secret, Timestamp::from_seconds(59)), "287082");
        assert_eq!(
            totp_code(&secret, Timestamp::from_seconds(1_111_111_109)),
            "081804"
        );
    }
}
