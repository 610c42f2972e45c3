//! The account pages.

use std::time::Duration;

use domain::port::{Changes, MAX_FOUND, Versioned};
use domain::{Grant, GrantId, HandleKey, Password, Session, SessionId};
use http::Method;
use testkit::html::Form;
use testkit::{Answer, Browser, House, Person, Reply, totp_code};

async fn signed_on(house: &House, person: &Person) -> Browser {
    let mut browser = house.browser();
    let page = browser.open("/account").await;
    let page = browser.enter_password(&page, person).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    browser
}

fn flash(page: &Reply) -> Option<String> {
    let text = page.text();
    let (_, flash) = text.split_once("id=\"flash\"")?;
    let (_, words) = flash.split_once("<p>")?;
    words.split_once("</p>").map(|(words, _)| words.to_owned())
}

#[tokio::test]
async fn every_page_wants_a_session_and_leads_there() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    for path in [
        "/account",
        "/account/password",
        "/account/devices",
        "/account/devices/new/totp",
        "/account/sessions",
        "/account/grants",
    ] {
        let page = house.browser().open(path).await;
        assert!(page.has_form("sign-on"), "{path}");
        let mut browser = signed_on(&house, &alice).await;
        let page = browser.get(path).await.expect_status(200);
        assert_eq!(page.header("cache-control"), Some("no-store"));
        let anonymous = house.browser().post(path, &[("action", "x")]).await;
        assert!(matches!(anonymous.status, 303 | 405), "{path}");
    }
}

#[tokio::test]
async fn every_form_wants_its_token() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let mut browser = signed_on(&house, &alice).await;
    for path in [
        "/account/password",
        "/account/devices/new/totp",
        "/account/sessions",
        "/account/grants",
    ] {
        for form in [
            vec![],
            vec![("csrf_token", "x")],
            vec![("action", "revoke-others")],
        ] {
            let reply = browser.post(path, &form).await;
            assert_eq!(reply.status, 403, "{path}");
            assert_eq!(reply.title(), "Please try that again");
        }
    }
}

async fn change(browser: &mut Browser, current: &str, new: &str, confirm: &str) -> Reply {
    let page = browser.get("/account/password").await;
    let filled = [
        ("current_password", current),
        ("new_password", new),
        ("confirm", confirm),
    ];
    browser
        .submit(&page, "change-password", "submit", &filled)
        .await
}

#[tokio::test]
async fn a_new_password_counts_at_once_and_ends_the_other_sessions() {
    let house = House::open().await;
    let mut alice = house.add_person("alice").await;
    let mut elsewhere = signed_on(&house, &alice).await;
    let mut browser = signed_on(&house, &alice).await;
    let new = "a quite different password";
    let page = change(&mut browser, &alice.password, new, new).await;
    assert_eq!(
        flash(&page).as_deref(),
        Some("Your password has been changed.")
    );
    assert!(elsewhere.open("/account").await.has_form("sign-on"));
    assert!(!browser.open("/account").await.has_form("sign-on"));

    let mut other = house.browser();
    let page = other.open("/account").await;
    let page = other.enter_password(&page, &alice).await;
    assert!(page.has_form("sign-on"), "the old one");
    alice.password = new.to_owned();
    signed_on(&house, &alice).await;
}

#[tokio::test]
async fn a_changed_password_puts_out_whoever_is_on_their_way_in_with_the_old_one() {
    let house = House::open().await;
    let mut bob = house.add_person_with_totp("bob").await;
    let code_at_sign_on = async |browser: &mut Browser, page: &Reply| {
        let code = bob.code_at(house.now());
        let filled = [("otp", code.as_str())];
        browser
            .submit(page, "one-time-code", "submit", &filled)
            .await
    };
    let mut own = house.browser();
    let page = own.open("/account").await;
    let page = own.enter_password(&page, &bob).await;
    code_at_sign_on(&mut own, &page).await;
    house.advance(Duration::from_secs(60));
    let mut other = house.browser();
    let page = other.open("/account").await;
    let asked = other.enter_password(&page, &bob).await;
    assert!(asked.has_form("one-time-code"));

    let new = "a quite different password";
    house.advance(Duration::from_secs(1));
    let changed = change(&mut own, &bob.password, new, new).await;
    assert!(flash(&changed).is_some());
    let page = code_at_sign_on(&mut other, &asked).await;
    assert!(page.has_form("sign-on"), "{}", page.text());
    assert_eq!(other.cookie("PF"), None);
    bob.password = new.to_owned();
    let page = other.enter_password(&page, &bob).await;
    assert!(page.has_form("one-time-code"));
}

/// A browser that has a copy of another's session.
fn copy_of(house: &House, browser: &Browser) -> Browser {
    let mut copy = house.browser();
    copy.plant("PF", &browser.cookie("PF").unwrap().value);
    copy
}

#[tokio::test]
async fn a_new_password_ends_a_copied_session_and_keeps_the_person_signed_on() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    let request = shop.request();
    let answer = browser.sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    let mut copy = copy_of(&house, &browser);
    assert!(!copy.open("/account").await.has_form("sign-on"));

    let new = "a quite different password";
    let page = change(&mut browser, &alice.password, new, new).await;
    assert!(flash(&page).is_some());
    assert!(copy.open("/account").await.has_form("sign-on"));
    let _ = shop.userinfo(&tokens.access_token).await.expect_status(200);
    let passive = shop.request().with("prompt", "none");
    let answer = Answer::of(&browser.go(&passive).await);
    let again = shop.redeem(&passive, &answer).await;
    assert_eq!(again.id_claims["sid"], tokens.id_claims["sid"]);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_however_many() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let mut browser = signed_on(&house, &alice).await;
    let sessions = async || {
        let found = house.records().find::<Session>(0, &alice.id).await;
        found.unwrap()
    };
    let current = sessions().await.remove(0);
    let mut changes = Changes::none();
    for number in 0..2 * MAX_FOUND {
        let mut other = current.record.clone();
        other.handle = HandleKey::of(&format!("session {number}"));
        let bytes = (number as u128 + 1).to_be_bytes();
        other.authentication.session = SessionId::from_bytes(bytes);
        changes.insert(&other);
    }
    house.records().commit(changes).await.unwrap();
    let new = "a quite different password";
    let page = change(&mut browser, &alice.password, new, new).await;
    assert!(flash(&page).is_some());
    assert_eq!(sessions().await.len(), 1);
}

#[tokio::test]
async fn a_new_password_ends_what_was_granted_in_other_sessions_behind_however_much_lasts() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let shop = house.add_client("shop").await;
    let mut browser = signed_on(&house, &alice).await;
    let request = shop.request();
    let answer = house.browser().sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    let granted = house.records().all::<Grant>().await.unwrap().remove(0);
    let mut changes = Changes::none();
    for number in 0..=MAX_FOUND {
        let lasting = Grant {
            id: GrantId::from_bytes((number as u128).to_be_bytes()),
            scope: "openid offline_access".parse().unwrap(),
            ..granted.record.clone()
        };
        assert!(lasting.outlives_session());
        changes.insert(&lasting);
    }
    house.records().commit(changes).await.unwrap();
    let new = "a quite different password";
    let page = change(&mut browser, &alice.password, new, new).await;
    assert!(flash(&page).is_some());
    let _ = shop.userinfo(&tokens.access_token).await.expect_status(401);
    let left = house.records().all::<Grant>().await.unwrap();
    assert_eq!(left.len(), MAX_FOUND + 1);
}

#[tokio::test]
async fn visiting_the_account_is_using_the_session() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let mut browser = signed_on(&house, &alice).await;
    for _ in 0..3 {
        house.advance(Duration::from_mins(40));
        let page = browser.open("/account/sessions").await;
        assert!(!page.has_form("sign-on"));
    }
    house.advance(Duration::from_mins(60));
    assert!(browser.open("/account").await.has_form("sign-on"));
}

#[tokio::test]
async fn a_refusal_is_in_the_language_of_the_person() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let mut browser = signed_on(&house, &alice)
        .await
        .with_header("accept-language", "de");
    let reply = browser.post("/account/password", &[]).await;
    assert_eq!(
        reply.expect_status(403).title(),
        "Bitte versuchen Sie es noch einmal"
    );
}

#[tokio::test]
async fn nist_800_63b_5_1_1_2_new_passwords_obey_the_rules() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let mut browser = signed_on(&house, &alice).await;
    let current = alice.password.as_str();
    let long = "x1".repeat(200);
    for (current, new, confirm, words) in [
        (
            current,
            "a new password",
            "another new one",
            "The two new passwords aren’t the same.",
        ),
        (
            current,
            "short",
            "short",
            "Your new password needs at least 8 characters.",
        ),
        (
            current,
            &long,
            &long,
            "Your new password can have at most 256 characters.",
        ),
        (
            current,
            "password1",
            "password1",
            "That password is too easy to guess. Please choose another.",
        ),
        (
            current,
            current,
            current,
            "Your new password must be different from the current one.",
        ),
        (current, "", "", "Please fill in every field."),
        (
            "wrong",
            "a new password",
            "a new password",
            "Your current password isn’t right.",
        ),
    ] {
        let page = change(&mut browser, current, new, confirm).await;
        assert_eq!(page.alert().as_deref(), Some(words));
        assert!(!page.text().contains("a new password"));
    }
}

#[tokio::test]
async fn guessing_the_current_password_is_counted() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let mut browser = signed_on(&house, &alice).await;
    let new = "a quite different password";
    for _ in 0..5 {
        change(&mut browser, "wrong", new, new).await;
    }
    let page = change(&mut browser, &alice.password, new, new).await;
    assert_eq!(
        page.alert().as_deref(),
        Some("Your current password isn’t right.")
    );
    house.advance(Duration::from_mins(15));
    let page = change(&mut browser, &alice.password, new, new).await;
    assert!(flash(&page).is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_at_the_same_moment_are_counted_each() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let mut browser = signed_on(&house, &alice).await;
    let page = browser.get("/account/password").await;
    let token = page
        .form("change-password")
        .value("csrf_token")
        .unwrap()
        .to_owned();
    let new = "a quite different password";
    let guesses: Vec<_> = (0..20)
        .map(|number| {
            let guess = format!("guess {number}");
            let filled = [
                ("csrf_token", token.as_str()),
                ("current_password", &guess),
                ("new_password", new),
                ("confirm", new),
            ];
            let request = browser
                .request(Method::POST, "/account/password")
                .form(&filled);
            tokio::spawn(async move { request.send().await.status })
        })
        .collect();
    for guess in guesses {
        assert!(matches!(guess.await.unwrap(), 200 | 503));
    }
    let page = change(&mut browser, &alice.password, new, new).await;
    assert!(page.alert().is_some(), "blocked");
}

#[tokio::test]
async fn an_address_from_which_passwords_are_guessed_is_limited() {
    let limit = web::AddressLimit {
        burst: 20,
        per_minute: 60,
    };
    let house = House::open_with(|settings| settings.address_limit = limit).await;
    let alice = house.add_person("alice").await;
    let browser = signed_on(&house, &alice).await;
    // The sign-on was from somewhere else.
    let mut browser = browser.with_header("x-forwarded-for", "192.0.2.1");
    let new = "a quite different password";
    for _ in 0..2 {
        let page = change(&mut browser, "wrong", new, new).await;
        assert_eq!(page.status, 200);
    }
    let page = change(&mut browser, &alice.password, new, new).await;
    assert_eq!(page.status, 429);
}

fn secret_on(page: &Reply) -> String {
    let text = page.text();
    let (_, secret) = text.split_once("<code id=\"secret\"").unwrap();
    let (_, secret) = secret.split_once('>').unwrap();
    secret.split_once("</code>").unwrap().0.to_owned()
}

#[tokio::test]
async fn the_secret_of_an_app_is_shown_in_the_session_that_sets_it_up_alone() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let mut browser = signed_on(&house, &alice).await;
    let page = browser.get("/account/devices/new/totp").await;
    let page = browser.submit(&page, "device-new", "submit", &[]).await;
    let secret = secret_on(&page);
    let mut elsewhere = signed_on(&house, &alice).await;
    let seen = elsewhere.get(page.url.path()).await;
    assert!(!seen.text().contains(&secret), "{seen:?}");
}

#[tokio::test]
async fn an_authenticator_app_is_set_up_with_a_code_of_it_and_the_password() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let mut browser = signed_on(&house, &alice).await;
    let page = browser.get("/account/devices/new/totp").await;
    let named = [("name", "My phone")];
    let page = browser.submit(&page, "device-new", "submit", &named).await;
    let text = testkit::html::unescape(&page.text());
    assert!(text.contains("<svg") && text.contains("href=\"otpauth://totp/"));
    let secret = secret_on(&page);
    let again = browser.get(page.url.path()).await;
    assert_eq!(secret_on(&again), secret, "it stays");

    let filled = [("otp", "000000"), ("current_password", &alice.password)];
    let page = browser
        .submit(&page, "device-activate", "submit", &filled)
        .await;
    assert_eq!(
        page.alert().as_deref(),
        Some("That code isn’t right. Check the newest one and try again.")
    );
    let filled = [("otp", "000000"), ("current_password", "")];
    let page = browser
        .submit(&page, "device-activate", "submit", &filled)
        .await;
    assert_eq!(
        page.alert().as_deref(),
        Some("Please confirm it’s you: with your password, or by signing in again.")
    );
    let code = totp_code(&secret, house.now());
    // Whoever has got hold of a session alone cannot bind an authenticator to the account.
    let filled = [("otp", code.as_str()), ("current_password", "a guess")];
    let page = browser
        .submit(&page, "device-activate", "submit", &filled)
        .await;
    assert_eq!(
        page.alert().as_deref(),
        Some("Your current password isn’t right.")
    );
    assert_eq!(secret_on(&page), secret);
    let mut copy = copy_of(&house, &browser);
    let filled = [
        ("otp", code.as_str()),
        ("current_password", &alice.password),
    ];
    let page = browser
        .submit(&page, "device-activate", "submit", &filled)
        .await;
    assert_eq!(flash(&page).as_deref(), Some("Your new method is ready."));
    assert!(page.text().contains("My phone"));
    assert!(
        !page.text().contains(&secret),
        "the secret is shown no more"
    );
    assert!(copy.open("/account").await.has_form("sign-on"));

    house.advance(Duration::from_secs(30));
    let alice = Person {
        totp: Some(secret),
        ..alice
    };
    with_two_factors(&house, &alice).await;
}

/// The page of the only device of somebody who has signed on a while ago.
async fn page_of_device(house: &House, browser: &mut Browser) -> Reply {
    house.advance(Duration::from_mins(6));
    let page = browser.get("/account/devices").await;
    let text = testkit::html::unescape(&page.text());
    let (_, rest) = text.split_once("id=\"device-1\" href=\"").unwrap();
    let (path, _) = rest.split_once('"').unwrap();
    browser.get(path).await
}

/// A browser that signs on with a password and a code.
async fn with_two_factors(house: &House, person: &Person) -> Browser {
    let mut browser = house.browser();
    let page = browser.open("/account").await;
    let page = browser.enter_password(&page, person).await;
    let code = person.code_at(house.now());
    let page = browser
        .submit(&page, "one-time-code", "submit", &[("otp", &code)])
        .await;
    assert_eq!(page.url.path(), "/account");
    browser
}

#[tokio::test]
async fn an_authenticator_app_is_removed_with_the_password() {
    let house = House::open().await;
    let bob = house.add_person_with_totp("bob").await;
    let mut browser = with_two_factors(&house, &bob).await;
    let page = page_of_device(&house, &mut browser).await;
    let wrong = [("current_password", "wrong")];
    let page = browser
        .submit(&page, "device-remove", "remove", &wrong)
        .await;
    assert_eq!(
        page.alert().as_deref(),
        Some("Your current password isn’t right.")
    );
    let right = [("current_password", bob.password.as_str())];
    let page = browser
        .submit(&page, "device-remove", "remove", &right)
        .await;
    assert_eq!(
        flash(&page).as_deref(),
        Some("The method has been removed.")
    );
    signed_on(&house, &bob).await;
}

#[tokio::test]
async fn a_password_that_confirms_a_deed_is_hashed_anew_when_the_cost_has_changed() {
    let house = House::open().await;
    let bob = house.add_person_with_totp("bob").await;
    let mut browser = with_two_factors(&house, &bob).await;
    house.outdate_password(&bob).await;
    let stored = async || {
        let stored = house.records().get::<Password>(&bob.id).await;
        let stored: Versioned<Password> = stored.unwrap().unwrap();
        stored
    };
    let before = stored().await;
    let page = page_of_device(&house, &mut browser).await;
    let wrong = [("current_password", "wrong")];
    let page = browser
        .submit(&page, "device-remove", "remove", &wrong)
        .await;
    assert_eq!(stored().await.version, before.version);
    let right = [("current_password", bob.password.as_str())];
    let page = browser
        .submit(&page, "device-remove", "remove", &right)
        .await;
    assert!(flash(&page).is_some());
    let after = stored().await;
    assert!(after.hash.expose().starts_with("$argon2id$v=19$m=8,"));
    assert_eq!(after.changed, before.changed, "it is the same password");
    signed_on(&house, &bob).await;
}

#[tokio::test]
async fn a_right_password_is_not_hashed_anew_during_a_block() {
    let house = House::open().await;
    let bob = house.add_person_with_totp("bob").await;
    let mut browser = with_two_factors(&house, &bob).await;
    house.outdate_password(&bob).await;
    let stored = async || {
        let stored = house.records().get::<Password>(&bob.id).await;
        stored.unwrap().unwrap().version
    };
    let before = stored().await;
    let mut page = page_of_device(&house, &mut browser).await;
    for presented in ["wrong"; 5].into_iter().chain([bob.password.as_str()]) {
        let filled = [("current_password", presented)];
        page = browser
            .submit(&page, "device-remove", "remove", &filled)
            .await;
        assert!(page.alert().is_some());
    }
    assert_eq!(stored().await, before);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all_but_this() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0";
    let mut laptop = house.browser().with_header("user-agent", firefox);
    let page = laptop.open("/account").await;
    laptop.enter_password(&page, &alice).await;
    let [mut phone, mut tablet] = [
        signed_on(&house, &alice).await,
        signed_on(&house, &alice).await,
    ];

    let page = phone.get("/account/sessions").await;
    assert!(page.text().contains("Firefox · Linux"));
    assert!(page.text().contains("127.0.0.1"));
    let forms = Form::ids(&page.text());
    let revoke: Vec<&String> = forms
        .iter()
        .filter(|id| id.starts_with("revoke-session-"))
        .collect();
    assert_eq!(revoke.len(), 2, "not the current one");
    let form = page.form(revoke[0]);
    let (_, button) = form.buttons[0].clone();
    let reply = phone.send_form(&page, &form, Some(&button), &[]).await;
    let page = phone.follow(reply).await;
    assert_eq!(
        flash(&page).as_deref(),
        Some("That device has been signed out.")
    );
    let ended = [&mut laptop, &mut tablet];
    let mut gone = 0;
    for browser in ended {
        gone += usize::from(browser.open("/account").await.has_form("sign-on"));
    }
    assert_eq!(gone, 1);

    let page = phone
        .submit(
            &page,
            "sign-out-elsewhere",
            "sign-out-elsewhere-submit",
            &[],
        )
        .await;
    assert!(flash(&page).is_some());
    for browser in [&mut laptop, &mut tablet] {
        assert!(browser.open("/account").await.has_form("sign-on"));
    }
    assert!(!phone.open("/account").await.has_form("sign-on"));
}

#[tokio::test]
async fn an_application_is_listed_once_and_all_of_its_access_is_removed_at_once() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let (shop, bank) = (
        house.add_client("shop").await,
        house.add_client("bank").await,
    );
    let mut browser = house.browser();
    let first = shop.request().with("scope", "openid email");
    let answer = browser.sign_on(&first, &alice).await;
    let first = shop.redeem(&first, &answer).await;
    house.advance(Duration::from_mins(1));
    let second = shop.request().with("scope", "openid phone");
    let page = browser.go(&second).await;
    let answer = Answer::of(&browser.submit(&page, "consent", "allow", &[]).await);
    let second = shop.redeem(&second, &answer).await;
    let other = bank.request();
    let page = browser.go(&other).await;
    let answer = Answer::of(&browser.submit(&page, "consent", "allow", &[]).await);
    let other = bank.redeem(&other, &answer).await;

    let page = browser.get("/account/grants").await;
    let rows = |page: &Reply| {
        let ids = Form::ids(&page.text()).into_iter();
        ids.filter(|id| id.starts_with("revoke-grant-")).count()
    };
    assert_eq!(rows(&page), 2);
    let text = page.text();
    let sentences = [
        "Confirm who you are",
        "See your email address",
        "See your phone number",
    ];
    let places = sentences.map(|sentence| text.rfind(sentence).unwrap());
    assert!(places.is_sorted(), "{places:?}");
    let of_shop = |id: &String| page.form(id).value("client") == Some("shop");
    let mut forms = Form::ids(&text).into_iter();
    let form = forms.find(|id| id.starts_with("revoke-grant-") && of_shop(id));
    let form = page.form(&form.unwrap());
    let page = browser.send_form(&page, &form, None, &[]).await;
    assert_eq!(rows(&page), 1);
    assert!(page.text().contains("The shop no longer has access"));
    for tokens in [first, second] {
        let _ = shop.userinfo(&tokens.access_token).await.expect_status(401);
    }
    let _ = bank.userinfo(&other.access_token).await.expect_status(200);
    assert!(browser.go(&shop.request()).await.has_form("consent"));
}

#[tokio::test]
async fn nobody_ends_the_sessions_and_grants_of_others() {
    let house = House::open().await;
    let [alice, bob] = [
        house.add_person("alice").await,
        house.add_person("bob").await,
    ];
    let shop = house.add_client("shop").await;
    let request = shop.request();
    let mut alices = house.browser();
    let answer = alices.sign_on(&request, &alice).await;
    let tokens = shop.redeem(&request, &answer).await;
    let sid = tokens.id_claims["sid"].as_str().unwrap().to_owned();

    let mut bobs = signed_on(&house, &bob).await;
    let page = bobs.get("/account/password").await;
    let token = page
        .form("change-password")
        .value("csrf_token")
        .unwrap()
        .to_owned();
    for (path, name, id) in [
        ("/account/grants", "client", "shop".to_owned()),
        ("/account/grants", "client", "x".to_owned()),
        ("/account/sessions", "session", sid),
        ("/account/sessions", "session", "x".to_owned()),
    ] {
        let form = [
            ("csrf_token", token.as_str()),
            ("action", "revoke"),
            (name, &id),
        ];
        let reply = bobs.post(path, &form).await.expect_status(200);
        assert!(reply.alert().is_some(), "{path}");
    }
    let _ = shop.userinfo(&tokens.access_token).await.expect_status(200);
    assert!(!alices.open("/account").await.has_form("sign-on"));
}

#[tokio::test]
async fn signing_out_asks_and_ends() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let mut browser = signed_on(&house, &alice).await;
    let page = browser.open("/account/sign-out").await;
    assert_eq!(page.title(), "Sign out?");
    browser
        .submit(&page, "sign-out", "sign-out-confirm", &[])
        .await;
    assert!(browser.open("/account").await.has_form("sign-on"));
}

#[tokio::test]
async fn a_message_in_an_address_is_one_of_ours() {
    let house = House::open().await;
    let alice = house.add_person("alice").await;
    let mut browser = signed_on(&house, &alice).await;
    for query in [
        "done=error-busy-title",
        "done=%3Cscript%3E",
        "done=",
        "done=flash-sessions-revoked&count=x",
    ] {
        let page = browser
            .get(&format!("/account?{query}"))
            .await
            .expect_status(200);
        assert!(!page.text().contains("<script>"), "{query}");
    }
}
