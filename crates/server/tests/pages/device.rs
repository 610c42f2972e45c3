//! Which device answers, and the codes that are sent to it.

use std::time::Duration;

use domain::MessageContent;
use testkit::{House, Reply};

/// The id of the button of the device whose text has these words.
fn device(page: &Reply, words: &str) -> String {
    let text = page.text();
    let end = text.find(words).expect(words);
    let start = text[..end].rfind(r#"id="device-"#).unwrap() + 4;
    let length = text[start..].find('"').unwrap();
    text[start..start + length].to_owned()
}

#[tokio::test]
async fn a_code_is_mailed_at_once_and_signs_on() {
    let house = House::open().await;
    let carol = house.add_person_with_mailbox("carol").await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let page = browser.enter_password(&page, &carol).await;
    assert!(page.text().contains("We sent a code to c***@e***.com."));
    assert!(!page.text().contains("carol@example.com"));
    let messages = house.messages().await;
    let [message] = messages.as_slice() else {
        panic!("{} messages", messages.len())
    };
    assert!(
        matches!(&message.content, MessageContent::Email { to, .. } if to == "carol@example.com")
    );
    let code = house.sent_code().await;
    let filled = [("otp", code.as_str())];
    let page = browser
        .submit(&page, "one-time-code", "submit", &filled)
        .await;
    let answer = browser.allow(page).await;
    assert!(!answer.code().is_empty());
}

#[tokio::test]
async fn another_device_may_answer_and_another_code_be_had() {
    let house = House::open().await;
    let carol = house.add_person_with_mailbox("carol").await;
    let shop = house.add_client("shop").await;
    let mut browser = house.browser();
    let page = browser.go(&shop.request()).await;
    let page = browser.enter_password(&page, &carol).await;
    let early = browser.submit(&page, "one-time-code", "resend", &[]).await;
    assert!(early.text().contains("only a moment ago"), "{early:?}");
    let sms = device(&page, "Code by text message to *******56");
    let page = browser.submit(&page, "select-device", &sms, &[]).await;
    assert!(
        page.text()
            .contains("a text message with a code to *******56")
    );
    let first = house.sent_code().await;
    house.advance(Duration::from_secs(30));
    let page = browser.submit(&page, "one-time-code", "resend", &[]).await;
    assert_eq!(house.messages().await.len(), 3);
    let filled = [("otp", first.as_str())];
    let page = browser
        .submit(&page, "one-time-code", "submit", &filled)
        .await;
    assert!(page.text().contains("That code isn’t right"), "{page:?}");
    let second = house.sent_code().await;
    let filled = [("otp", second.as_str())];
    let page = browser
        .submit(&page, "one-time-code", "submit", &filled)
        .await;
    assert!(page.has_form("consent"), "{page:?}");
}
