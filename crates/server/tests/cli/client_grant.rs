//! Clients are added for every grant that there is.

use serde_json::json;

use super::{Files, Keeper, Server};

#[test]
fn a_device_and_a_page_with_tokens_of_its_own_are_added() {
    let files = Files::new();
    let data = files.path("data");
    let server = Server::start(&data);
    let keeper = Keeper { data };
    let uri = "https://shop.example.com/callback";
    let tv = ["client", "add", "--name", "TV", "--id", "tv", "--public"];
    let device = ["--grant", "device_code", "--grant", "refresh_token"];
    let tv = keeper.json(&[&tv[..], &device].concat(), "");
    assert_eq!(tv["grant_types"], json!(["REFRESH_TOKEN", "DEVICE_CODE"]));
    let page = [
        "client", "add", "--name", "Page", "--id", "page", "--public",
    ];
    let implicit = ["--grant", "authorization_code", "--grant", "implicit"];
    let lost = keeper.refusal(&[&page[..], &["--grant", "implicit"]].concat(), "");
    assert!(lost.contains("the grant implicit needs --redirect-uri"));
    let page = [&page[..], &implicit, &["--redirect-uri", uri]].concat();
    let page = keeper.json(&page, "");
    let grants = json!(["AUTHORIZATION_CODE", "IMPLICIT"]);
    assert_eq!(page["grant_types"], grants);
    drop(server);
}
