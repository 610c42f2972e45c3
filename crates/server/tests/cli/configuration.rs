//! `countersign export` and `countersign apply`: the whole configuration as one file.

use serde_json::{Value, json};

use super::{Files, Keeper, Server};

/// A file that saves these objects of these resources.
fn file(operations: &[(&str, Value)]) -> String {
    let operations = operations.iter().map(
        |(path, items)| json!({ "resourceType": path, "operationType": "SAVE", "items": items }),
    );
    json!({ "operations": operations.collect::<Vec<_>>() }).to_string()
}

/// A client, and the token manager that it uses and that only it may use.
fn bound_together() -> String {
    let jwt =
        "com.pingidentity.pf.access.token.management.plugins.JwtBearerAccessTokenManagementPlugin";
    let manager = json!({
        "id": "jwt", "name": "JWT", "pluginDescriptorRef": { "id": jwt },
        "configuration": { "fields": [], "tables": [] },
        "attributeContract": { "extendedAttributes": [{ "name": "role" }] },
        "accessControlSettings": { "restrictClients": true, "allowedClients": [{ "id": "shop" }] },
    });
    let shop = json!({
        "clientId": "shop", "name": "Shop", "grantTypes": ["CLIENT_CREDENTIALS"],
        "clientAuth": { "type": "SECRET", "secret": "a secret of the shop" },
        "defaultAccessTokenManagerRef": { "id": "jwt" },
    });
    file(&[
        ("/oauth/accessTokenManagers", json!([manager])),
        ("/oauth/clients", json!([shop])),
    ])
}

/// The places and the deeds of what `apply` says.
fn deeds(answer: &Value) -> Vec<(String, String)> {
    let steps = answer.as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    steps
        .map(|step| (text(&step["deed"]), text(&step["place"])))
        .collect()
}

fn pair(deed: &str, place: &str) -> (String, String) {
    (deed.to_owned(), place.to_owned())
}

fn exported(keeper: &Keeper) -> Value {
    let run = super::run(&["export", "--data-dir", &keeper.data]);
    run.json()
}

#[test]
fn what_is_exported_can_be_applied_and_changes_nothing() {
    let files = Files::new();
    let keeper = Keeper {
        data: files.path("data"),
    };
    let wanted = files.with("wanted.json", &bound_together());
    let apply = ["apply", &wanted];
    let dry = keeper.json(&[&apply[..], &["--dry-run"]].concat(), "");
    let both = [
        pair("create", "/oauth/accessTokenManagers/jwt"),
        pair("create", "/oauth/clients/shop"),
    ];
    assert_eq!(deeds(&dry), both);
    assert!(!dry.to_string().contains("a secret of the shop"));
    assert_eq!(keeper.json(&["client", "list"], ""), json!([]), "only said");
    assert_eq!(deeds(&keeper.json(&apply, "")), both);
    assert_eq!(keeper.json(&apply, ""), json!([]), "it is so already");

    let whole = exported(&keeper);
    assert_eq!(whole["metadata"]["pfVersion"], "12.1.0.0");
    let text = whole.to_string();
    assert!(text.contains("OBF:JWE:") && !text.contains("a secret of the shop"));
    assert!(!text.contains("creationDate") && !text.contains("location"));
    let again = keeper.json(&["apply", "-"], &text);
    assert_eq!(again, json!([]));

    // What is not there any more is deleted, and what a file does not name stays.
    let emptied = file(&[("/oauth/clients", json!([]))]);
    let said = keeper.refusal(&["apply", "-"], &emptied);
    let user = "is in use by the access token manager \"jwt\"";
    assert!(
        said.contains(user) && said.contains("/oauth/clients/shop"),
        "{said}"
    );
    let emptied = file(&[
        ("/oauth/clients", json!([])),
        ("/oauth/accessTokenManagers", json!([])),
    ]);
    let gone = keeper.json(&["apply", "-"], &emptied);
    assert_eq!(deeds(&gone).len(), 2);
    assert!(deeds(&gone).contains(&pair("delete", "/oauth/clients/shop")));
    // And the whole of it comes back, with the same secret.
    let back = keeper.json(&["apply", "-"], &text);
    assert_eq!(deeds(&back), both);
    let differs = whole["operations"] == exported(&keeper)["operations"];
    assert!(!differs, "secrets are sealed anew");
    assert_eq!(keeper.json(&["apply", "-"], &text), json!([]));
}

#[test]
fn what_differs_is_said_in_words() {
    let files = Files::new();
    let data = files.path("data");
    let wanted = files.with("wanted.json", &bound_together());
    let apply = |file: &str| super::run(&["apply", file, "--data-dir", &data]);
    let first = apply(&wanted);
    assert!(
        first
            .out
            .starts_with("create /oauth/accessTokenManagers/jwt\n")
    );
    assert!(
        first.out.contains("\n  + name: \"Shop\"\n"),
        "{}",
        first.out
    );
    let renamed = bound_together().replace("\"Shop\"", "\"Store\"");
    let renamed = apply(&files.with("renamed.json", &renamed));
    let said = "change /oauth/clients/shop\n  - name: \"Shop\"\n  + name: \"Store\"\n";
    assert_eq!((renamed.code, renamed.out.as_str()), (0, said));
    let same = apply(&files.path("renamed.json"));
    assert_eq!(same.out, "nothing differs\n");
}

#[test]
fn a_file_with_a_mistake_changes_nothing() {
    let files = Files::new();
    let keeper = Keeper {
        data: files.path("data"),
    };
    let good = json!({ "clientId": "good", "name": "Good", "grantTypes": ["CLIENT_CREDENTIALS"], "clientAuth": { "type": "SECRET", "secret": "x" } });
    let mut bad = good.clone();
    bad["clientId"] = json!("bad");
    for (operations, mistakes) in [
        (
            json!([{ "resourceType": "/dataStores", "operationType": "SAVE", "items": [] }]),
            vec!["operations[0].resourceType: This server has no \"/dataStores\"."],
        ),
        (
            json!([{ "resourceType": "/oauth/clients", "operationType": "DELETE", "items": [] }]),
            vec!["operations[0].operationType"],
        ),
        (
            json!([{ "resourceType": "/oauth/authServerSettings", "operationType": "SAVE", "items": [] }]),
            vec!["operations[0].items"],
        ),
        (
            json!([{ "resourceType": "/oauth/clients", "operationType": "SAVE", "items": [good, good] }]),
            vec!["operations[0].items[1]: It is there twice."],
        ),
        (
            json!([{ "resourceType": "/oauth/clients", "operationType": "SAVE", "items": [good, { "name": "x" }] }]),
            vec!["operations[0].items[1] clientId"],
        ),
        (
            json!([{ "resourceType": "/oauth/clients", "operationType": "SAVE", "items": [good, { "clientId": "bad", "name": 7, "colour": 1 }] }]),
            vec!["items[1] name", "items[1] grantTypes", "items[1] colour"],
        ),
        (
            {
                bad["requireSignedRequests"] = json!(true);
                bad["exclusiveScopes"] = json!(["unheard-of"]);
                json!([{ "resourceType": "/oauth/clients", "operationType": "SAVE", "items": [good, bad] }])
            },
            vec![
                "/oauth/clients/bad requireSignedRequests",
                "/oauth/clients/bad exclusiveScopes[0]",
            ],
        ),
    ] {
        let text = json!({ "operations": operations }).to_string();
        let refused = keeper.run(&["apply", "-"], &text);
        assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{text}");
        for mistake in mistakes {
            assert!(refused.err.contains(mistake), "{}", refused.err);
        }
    }
    for text in ["", "{}", "[]", "{\"operations\":{}}"] {
        assert_eq!(keeper.run(&["apply", "-"], text).code, 1, "{text}");
    }
    assert_eq!(keeper.json(&["client", "list"], ""), json!([]));
}

#[test]
fn a_running_server_follows() {
    let files = Files::new();
    let data = files.path("data");
    let server = Server::start(&data);
    let keeper = Keeper { data };
    let password = ["admin", "set-password", "--password-stdin"];
    keeper.json(&password, "a new administrator\n");
    keeper.json(&["apply", "-"], &bound_together());
    let credentials = "Basic QWRtaW5pc3RyYXRvcjphIG5ldyBhZG1pbmlzdHJhdG9y";
    let headers = format!("Authorization: {credentials}\r\nX-XSRF-Header: x\r\n");
    let path = "/pf-admin-api/v1/oauth/clients/shop";
    let shop = Server::ask(&server.admin, path, &headers);
    assert!(shop.contains("\"clientId\":\"shop\""), "{shop}");
    drop(server);
}
