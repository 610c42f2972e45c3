//! Rules by the country that a trusted proxy names.

use http::{HeaderMap, HeaderValue};
use testkit::process::{Browser, Person, Server};

use crate::{SECRET, setup};

const RULES: &str = r#"
[server]
trusted_proxies = ["127.0.0.1"]
country_header = "CF-IPCountry"

[[sign_on.rule]]
countries = ["AQ"]
deny = true
"#;

/// A browser behind a proxy that says these countries.
fn from(server: &Server, countries: &[&'static str]) -> Browser {
    let mut headers = HeaderMap::new();
    for country in countries {
        headers.append("cf-ipcountry", HeaderValue::from_static(country));
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "a test speaks to a server of its own"
    )]
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .default_headers(headers)
        .build();
    server.browser().over(client.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_by_country_goes_by_what_the_proxy_says() {
    let server = setup().with_file(RULES).start().await;
    let alice = Person::new("alice", "correct horse battery");
    server.add_person(&alice).await;
    let party = server.add_relying_party("web", SECRET).await;
    let address = party.authorization(&"v".repeat(43), &[]);
    // Of several nobody can tell which one the proxy has written.
    for (countries, denied) in [
        (&["AQ"][..], true),
        (&["DE"], false),
        (&[], false),
        (&["AQ", "DE"], false),
    ] {
        let mut browser = from(&server, countries);
        let done = browser.sign_on(&address, &alice).await.unwrap();
        let error = done.parameter("error");
        assert_eq!(
            error.as_deref(),
            denied.then_some("access_denied"),
            "{countries:?}"
        );
        assert_eq!(done.parameter("code").is_some(), !denied, "{countries:?}");
    }
}
