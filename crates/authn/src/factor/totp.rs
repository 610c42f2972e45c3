//! Time-based one-time codes (RFC 6238): HMAC-SHA-1, 6 digits, 30 seconds, one step of tolerance.

mod secret;
mod uri;

use domain::port::Random;
use domain::{Device, DeviceId, DeviceKind, DeviceStatus, Secret, Timestamp, Totp, UserId};
use jose::digest::{constant_time_eq, hmac_sha1};

pub use secret::{TotpSecretError, generate, grouped, import};
pub use uri::otpauth_uri;

/// Seconds for which a code is shown (RFC 6238 §5.2: "RECOMMEND a default time-step size of 30
/// seconds").
pub const STEP_SECONDS: u64 = 30;

/// Digits of a code (RFC 4226 §5.3).
pub const DIGITS: u8 = 6;

/// Steps by which a person's clock may be off, either way.
///
/// RFC 6238 §5.2: "We RECOMMEND that at most one time step is allowed as the network delay."
const TOLERANCE: u64 = 1;

/// A device that has yet to prove that it works: [`accept`] a code of it to activate it.
pub fn device(
    user: UserId,
    name: &str,
    secret: Secret,
    now: Timestamp,
    random: &dyn Random,
) -> Device {
    let totp = Totp {
        secret,
        last_step: None,
    };
    Device {
        id: DeviceId::new(now, random),
        user,
        name: name.to_owned(),
        kind: DeviceKind::Totp(totp),
        status: DeviceStatus::ActivationRequired,
        created: now,
        last_used: None,
        position: 0,
        pairing: None,
    }
}

/// Whether the device can answer when a person is asked for a code.
pub fn is_usable(device: &Device) -> bool {
    of(device).is_some() && device.status == DeviceStatus::Active
}

/// The device after `presented` was accepted from it: active, the code and all before it spent.
/// `None` when the code is not one that it shows now or was spent already.
pub fn accept(device: &Device, presented: &str, now: Timestamp) -> Option<Device> {
    let before = of(device)?;
    let step = accepted_step(before, presented, now)?;
    let totp = Totp {
        secret: before.secret.clone(),
        last_step: Some(step),
    };
    Some(Device {
        kind: DeviceKind::Totp(totp),
        status: DeviceStatus::Active,
        last_used: Some(now),
        ..device.clone()
    })
}

/// The secret and state of a device that shows time-based codes.
pub const fn of(device: &Device) -> Option<&Totp> {
    match &device.kind {
        DeviceKind::Totp(totp) => Some(totp),
        _ => None,
    }
}

fn accepted_step(totp: &Totp, presented: &str, now: Timestamp) -> Option<u64> {
    let presented: String = presented.split_whitespace().collect();
    let key = secret::key(&totp.secret)?;
    let current = u64::try_from(now.seconds()).ok()? / STEP_SECONDS;
    let window = current.saturating_sub(TOLERANCE)..=current + TOLERANCE;
    let matching: Vec<u64> = window
        .filter(|step| constant_time_eq(hotp(&key, *step).as_bytes(), presented.as_bytes()))
        .collect();
    // RFC 6238 §5.2: "The verifier MUST NOT accept the second attempt of the OTP after the
    // successful validation has been issued for the first OTP"
    let unspent = |step: &u64| totp.last_step.is_none_or(|last| *step > last);
    matching.into_iter().find(unspent)
}

/// The code of one time step: HOTP with the step as its counter (RFC 4226 §5.3, RFC 6238 §4.2).
fn hotp(key: &[u8], step: u64) -> String {
    let mac = hmac_sha1(key, &step.to_be_bytes());
    let [.., last] = mac;
    let offset = usize::from(last & 0xf);
    let word = mac.iter().skip(offset).take(4);
    let truncated = word.fold(0_u32, |value, byte| (value << 8) | u32::from(*byte));
    let width = usize::from(DIGITS);
    format!("{:0width$}", (truncated & 0x7fff_ffff) % 1_000_000)
}

/// What an authenticator app shows.
#[cfg(test)]
pub(crate) fn shown_by(device: &Device, at: Timestamp) -> String {
    let key = secret::key(&of(device).unwrap().secret).unwrap();
    hotp(&key, u64::try_from(at.seconds()).unwrap() / STEP_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::port::fixed::CountingRandom;
    use std::time::Duration;

    const NOW: Timestamp = Timestamp::from_seconds(1_700_000_010);

    fn a_device() -> Device {
        let random = CountingRandom::default();
        let user = UserId::new(NOW, &random);
        device(user, "phone", generate(&random), NOW, &random)
    }

    #[test]
    fn rfc6238_b_shows_the_codes_of_the_sha1_row() {
        // Appendix B has 8 digits; 6 digits are their end (RFC 4226 §5.3: modulo 10^digits).
        for (seconds, eight_digits) in [
            (59_u64, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let code = hotp(b"12345678901234567890", seconds / STEP_SECONDS);
            assert_eq!(code, &eight_digits[2..], "{seconds}");
        }
    }

    #[test]
    fn rfc4226_d_shows_the_first_ten_values() {
        let expected = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (counter, code) in (0..).zip(expected) {
            assert_eq!(hotp(b"12345678901234567890", counter), code);
        }
    }

    #[test]
    fn rfc6238_5_2_tolerates_one_step_each_way_and_no_more() {
        let device = a_device();
        let step = Duration::from_secs(STEP_SECONDS);
        let shown = shown_by(&device, NOW);
        for tolerated in [NOW - step, NOW, NOW + step] {
            assert!(accept(&device, &shown, tolerated).is_some());
        }
        for refused in [NOW - step - step, NOW + step + step] {
            assert!(accept(&device, &shown, refused).is_none());
        }
    }

    #[test]
    fn rfc6238_5_2_accepts_a_code_once_and_none_before_it() {
        let device = a_device();
        let step = Duration::from_secs(STEP_SECONDS);
        let (before, shown) = (shown_by(&device, NOW - step), shown_by(&device, NOW));
        let used = accept(&device, &shown, NOW).unwrap();
        assert!(accept(&used, &shown, NOW).is_none());
        assert!(accept(&used, &before, NOW).is_none());
        assert!(accept(&used, &shown_by(&device, NOW + step), NOW + step).is_some());
    }

    #[test]
    fn reads_codes_as_people_type_them() {
        let device = a_device();
        let shown = shown_by(&device, NOW);
        let spaced = format!(" {} {}", &shown[..3], &shown[3..]);
        assert!(accept(&device, &spaced, NOW).is_some());
        for wrong in ["", "12345", &format!("0{shown}"), "abcdef", &shown[..5]] {
            assert!(accept(&device, wrong, NOW).is_none(), "{wrong}");
        }
    }
}
