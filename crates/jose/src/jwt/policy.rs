//! The check of the registered claims: a pure function of claims, policy and time.

use super::{ClaimRefused, Claims};

/// Which claims a caller accepts.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClaimsPolicy<'a> {
    issuers: Option<&'a [&'a str]>,
    subject: Option<&'a str>,
    audiences: Option<&'a [&'a str]>,
    required: &'a [&'a str],
    leeway: i64,
    max_lifetime: Option<i64>,
    max_age: Option<i64>,
}

impl<'a> ClaimsPolicy<'a> {
    /// Checks `exp`, `nbf` and `iat` where they are present, with no leeway, and nothing else.
    pub const fn new() -> Self {
        Self {
            issuers: None,
            subject: None,
            audiences: None,
            required: &[],
            leeway: 0,
            max_lifetime: None,
            max_age: None,
        }
    }

    /// `iss` must be one of these.
    #[must_use]
    pub const fn with_issuers(mut self, issuers: &'a [&'a str]) -> Self {
        self.issuers = Some(issuers);
        self
    }

    /// `sub` must be this.
    #[must_use]
    pub const fn with_subject(mut self, subject: &'a str) -> Self {
        self.subject = Some(subject);
        self
    }

    /// `aud` must name at least one of these.
    #[must_use]
    pub const fn with_audiences(mut self, audiences: &'a [&'a str]) -> Self {
        self.audiences = Some(audiences);
        self
    }

    /// These claims must be present.
    #[must_use]
    pub const fn with_required(mut self, names: &'a [&'a str]) -> Self {
        self.required = names;
        self
    }

    /// Clocks may differ by this many seconds.
    #[must_use]
    pub const fn with_leeway(mut self, seconds: i64) -> Self {
        self.leeway = seconds;
        self
    }

    /// `exp` must be present and at most this many seconds after the earlier of `iat` and `nbf`, or after now
    /// where it has neither.
    #[must_use]
    pub const fn with_max_lifetime(mut self, seconds: i64) -> Self {
        self.max_lifetime = Some(seconds);
        self
    }

    /// `iat` must be present and at most this many seconds ago.
    #[must_use]
    pub const fn with_max_age(mut self, seconds: i64) -> Self {
        self.max_age = Some(seconds);
        self
    }

    /// Checks the claims at `now`, in unix seconds.
    pub fn check(&self, claims: &Claims, now: i64) -> Result<(), ClaimRefused> {
        self.check_required(claims)?;
        self.check_parties(claims)?;
        self.check_times(claims, now)?;
        self.check_lifetime(claims, now)
    }

    fn check_required(&self, claims: &Claims) -> Result<(), ClaimRefused> {
        match self.required.iter().find(|name| claims.get(name).is_none()) {
            Some(name) => Err(ClaimRefused::Missing {
                name: (*name).to_owned(),
            }),
            None => Ok(()),
        }
    }

    fn check_parties(&self, claims: &Claims) -> Result<(), ClaimRefused> {
        if let Some(issuers) = self.issuers {
            let issuer = claims.issuer()?.ok_or_else(|| missing("iss"))?;
            if !issuers.contains(&issuer) {
                return Err(ClaimRefused::Issuer);
            }
        }
        if let Some(expected) = self.subject {
            let subject = claims.subject()?.ok_or_else(|| missing("sub"))?;
            if subject != expected {
                return Err(ClaimRefused::Subject);
            }
        }
        let Some(accepted) = self.audiences else {
            return Ok(());
        };
        if claims.get("aud").is_none() {
            return Err(missing("aud"));
        }
        // RFC 7519 §4.1.3: "If the principal processing the claim does not identify itself with a value in the "aud"
        // claim when this claim is present, then the JWT MUST be rejected."
        let named = claims
            .audiences()?
            .iter()
            .any(|audience| accepted.contains(audience));
        if named {
            Ok(())
        } else {
            Err(ClaimRefused::Audience)
        }
    }

    fn check_times(&self, claims: &Claims, now: i64) -> Result<(), ClaimRefused> {
        let since = |time: i64| now.saturating_sub(time);
        // RFC 7519 §4.1.4: "the expiration time on or after which the JWT MUST NOT be accepted for processing"
        if let Some(seconds) = claims
            .expires_at()?
            .map(since)
            .filter(|late| *late >= self.leeway)
        {
            return Err(ClaimRefused::Expired { seconds });
        }
        // RFC 7519 §4.1.5: "the time before which the JWT MUST NOT be accepted for processing"
        if let Some(early) = claims
            .not_before()?
            .map(since)
            .filter(|late| *late < -self.leeway)
        {
            return Err(ClaimRefused::NotYetValid {
                seconds: early.saturating_neg(),
            });
        }
        if let Some(early) = claims
            .issued_at()?
            .map(since)
            .filter(|late| *late < -self.leeway)
        {
            return Err(ClaimRefused::IssuedInFuture {
                seconds: early.saturating_neg(),
            });
        }
        Ok(())
    }

    fn check_lifetime(&self, claims: &Claims, now: i64) -> Result<(), ClaimRefused> {
        if let Some(limit) = self.max_lifetime {
            let expires = claims.expires_at()?.ok_or_else(|| missing("exp"))?;
            let start = claims
                .issued_at()?
                .into_iter()
                .chain(claims.not_before()?)
                .min();
            let start = start.unwrap_or_else(|| now.saturating_add(self.leeway));
            let actual = expires.saturating_sub(start);
            if actual > limit {
                return Err(ClaimRefused::LivesTooLong { limit, actual });
            }
        }
        if let Some(limit) = self.max_age {
            let actual = now.saturating_sub(claims.issued_at()?.ok_or_else(|| missing("iat"))?);
            if actual > limit.saturating_add(self.leeway) {
                return Err(ClaimRefused::TooOld { limit, actual });
            }
        }
        Ok(())
    }
}

fn missing(name: &str) -> ClaimRefused {
    ClaimRefused::Missing {
        name: name.to_owned(),
    }
}
