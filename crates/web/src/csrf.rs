//! Proof that a form is ours and was made for this browser.
//!
//! A form carries the hash of a cookie that only this browser has and no script can read. Another
//! site can make the browser send the cookie, but cannot know its hash.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;

/// The name of the field.
pub(crate) const FIELD: &str = "csrf_token";

/// The token for forms of the browser with this cookie.
pub(crate) fn token(cookie: &str) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"countersign form\0");
    context.update(cookie.as_bytes());
    BASE64URL_NOPAD.encode(context.finish().as_ref())
}

/// Whether `presented` is the token for forms of the browser with this cookie.
pub(crate) fn is_genuine(cookie: &str, presented: Option<&str>) -> bool {
    let presented = presented.unwrap_or_default();
    verify_slices_are_equal(token(cookie).as_bytes(), presented.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_serves_its_own_cookie_only() {
        let genuine = token("cookie");
        assert!(is_genuine("cookie", Some(&genuine)));
        assert!(!is_genuine("other", Some(&genuine)));
        assert!(!is_genuine("cookie", Some("")));
        assert!(!is_genuine("cookie", None));
    }
}
