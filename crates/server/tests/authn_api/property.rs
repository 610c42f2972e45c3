//! Whatever is done in whatever order, by whoever: no code without the password and the second factor.

use std::time::Duration;

use serde_json::json;
use testkit::{House, Person};

use super::application::{Application, client, house, redirectless};

/// Numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        let Self(state) = self;
        *state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(*state >> 33).unwrap() % sides
    }
}

/// What has been proven in one flow.
#[derive(Default)]
struct Proven {
    password: bool,
    code: bool,
}

struct Story<'a> {
    house: &'a House,
    ada: &'a Person,
    dice: Dice,
}

impl Story<'_> {
    /// Does something, and says whether the flow is over.
    async fn step(
        &mut self,
        app: &mut Application,
        old: &mut Vec<String>,
        proven: &mut Proven,
    ) -> bool {
        let stolen = old.get(self.dice.roll(8)).cloned();
        let own = app.state.clone();
        let is_stale = stolen.is_some() && stolen != own;
        if is_stale {
            app.state = stolen;
        }
        let before = app.status().to_owned();
        let code = self.ada.code_at(self.house.now());
        let (action, body) = match self.dice.roll(7) {
            0 | 1 => (
                "checkUsernamePassword",
                json!({ "username": "ada", "password": self.ada.password }),
            ),
            2 => (
                "checkUsernamePassword",
                json!({ "username": "ada", "password": "wrong" }),
            ),
            3 | 4 => ("checkOtp", json!({ "otp": code })),
            5 => ("checkOtp", json!({ "otp": "000000" })),
            _ => ("resendOtp", json!({})),
        };
        let reply = app.act(action, body).await;
        let answer = reply.json();
        if is_stale {
            assert_eq!(reply.status, 404, "{action} {answer}");
            app.state = own;
            let _ = app.read().await;
            return false;
        }
        old.extend(own);
        let status = answer["status"].as_str().unwrap_or_default();
        proven.password |= before == "USERNAME_PASSWORD_REQUIRED" && status == "OTP_REQUIRED";
        proven.code |= before == "OTP_REQUIRED" && status == "COMPLETED" && action == "checkOtp";
        if status == "COMPLETED" {
            assert!(proven.password && proven.code, "{answer}");
            return true;
        }
        assert!(answer.get("authorizeResponse").is_none(), "{answer}");
        if reply.status == 400 {
            let _ = app.read().await;
        }
        false
    }
}

#[tokio::test]
async fn no_code_without_the_required_factors_in_any_order_and_none_twice() {
    let house = house().await;
    let ada = house.add_person_with_totp("ada").await;
    let fields = json!({ "enableCookielessAuthenticationApi": true });
    let shop = client(&house, "shop", fields).await;
    let mut story = Story {
        house: &house,
        ada: &ada,
        dice: Dice(42),
    };
    let mut completed = 0;
    for _ in 0..40 {
        // Blocks are over, and the code of the moment is a new one.
        house.advance(Duration::from_mins(16));
        let mut app = Application::started(&house, &redirectless(&shop)).await;
        let (mut old, mut proven) = (Vec::new(), Proven::default());
        for _ in 0..12 {
            if story.step(&mut app, &mut old, &mut proven).await {
                completed += 1;
                let again = app.read().await;
                assert_eq!(again.status, 404);
                break;
            }
        }
    }
    assert!(completed > 10, "only {completed} came through");
}
