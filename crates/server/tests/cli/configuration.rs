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
        "configuration": { "tables": [], "fields": [
            { "name": "JWS Algorithm", "value": "RS256" },
            { "name": "Use Centralized Signing Key", "value": "true" },
        ] },
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
    assert_eq!(keeper.run(&["client", "list"], "").code, 1, "only said");
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
    assert_eq!(exported(&keeper), whole);
}

/// All that a configuration can have in which order and sealing could differ.
fn everything() -> String {
    let validator = json!({
        "id": "users", "name": "Users",
        "pluginDescriptorRef": { "id": "org.sourceid.saml20.domain.SimpleUsernamePasswordCredentialValidator" },
        "configuration": { "tables": [{ "name": "Users", "rows": [{ "defaultRow": false, "fields": [
            { "name": "Username", "value": "joe" },
            { "name": "Password", "value": "the password of joe" },
            { "name": "Confirm Password", "value": "the password of joe" },
        ]}]}], "fields": [] },
    });
    let client = |id: &str| {
        json!({
            "clientId": id, "name": id, "grantTypes": ["CLIENT_CREDENTIALS"],
            "clientAuth": { "type": "SECRET", "secret": "the same secret" },
            "extendedParameters": { "tier": { "values": ["gold"] } },
            "exclusiveScopes": ["pay"], "clientSecretRetentionPeriodType": "OVERRIDE_SERVER_DEFAULT",
            "clientSecretRetentionPeriod": 60,
        })
    };
    let settings = json!({
        "authorizationCodeEntropy": 30, "authorizationCodeTimeout": 60,
        "refreshRollingInterval": 0, "refreshTokenLength": 42,
        "exclusiveScopes": [{ "name": "pay", "description": "Pay." }],
        "scopes": [{ "name": "zeta", "description": "" }, { "name": "alpha", "description": "" }],
    });
    let switch =
        json!({ "id": "issuerMustBeEqualToClientId", "type": "STRING", "stringValue": "false" });
    file(&[
        ("/oauth/clients", json!([client("zoo"), client("app")])),
        ("/oauth/authServerSettings", json!([settings])),
        ("/passwordCredentialValidators", json!([validator])),
        ("/configStore/oauth-credentials-validator", json!([switch])),
        (
            "/extendedProperties",
            json!([{ "items": [{ "name": "tier", "multiValued": false }] }]),
        ),
    ])
}

#[test]
fn an_export_makes_the_same_configuration_elsewhere_byte_for_byte() {
    let files = Files::new();
    let (first, second) = (files.path("first"), files.path("second"));
    let export = |data: &str| super::run(&["export", "--data-dir", data]).out;
    let wanted = files.with("wanted.json", &everything());
    let made = super::run(&["apply", &wanted, "--data-dir", &first]);
    assert_eq!(made.code, 0, "{}", made.err);
    // A replaced secret that still serves is a part of it.
    let rotated = everything().replace("the same secret", "a new secret");
    let made = super::run_with(&["apply", "-", "--data-dir", &first], &rotated);
    assert_eq!(made.code, 0, "{}", made.err);
    let whole = export(&first);
    assert!(whole.contains("secondarySecrets"), "{whole}");
    assert_eq!(whole, export(&first), "nothing changes by looking");

    std::fs::create_dir(&second).unwrap();
    std::fs::copy(
        format!("{first}/master.key"),
        format!("{second}/master.key"),
    )
    .unwrap();
    let made = super::run_with(&["apply", "-", "--data-dir", &second], &whole);
    assert_eq!(made.code, 0, "{}", made.err);
    assert_eq!(export(&second), whole);
    for secret in ["the same secret", "a new secret", "the password of joe"] {
        assert!(!whole.contains(secret) && !made.out.contains(secret));
    }
    // Equal secrets look different, so that nobody learns that they are equal.
    let sealed = |text: &str| -> Vec<String> {
        let values = text.split('"').filter(|it| it.starts_with("OBF:JWE:"));
        values.map(str::to_owned).collect()
    };
    let mut unlike = sealed(&whole);
    let all = unlike.len();
    unlike.sort_unstable();
    unlike.dedup();
    assert_eq!((all, unlike.len()), (6, 6));
    // What changes is one line of it.
    let renamed = whole.replace("\"name\": \"zoo\"", "\"name\": \"Zoo\"");
    let made = super::run_with(&["apply", "-", "--data-dir", &second], &renamed);
    assert_eq!(made.code, 0, "{}", made.err);
    assert_eq!(export(&second), renamed);
}

#[test]
fn secrets_of_another_master_key_are_named_one_by_one() {
    let files = Files::new();
    let (first, second) = (files.path("first"), files.path("second"));
    let wanted = files.with("wanted.json", &everything());
    super::run(&["apply", &wanted, "--data-dir", &first]);
    let whole = super::run(&["export", "--data-dir", &first]).out;
    let refused = super::run_with(&["apply", "-", "--data-dir", &second], &whole);
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    let message = "It was not sealed with this server's master key: give";
    let said: Vec<&str> = refused.err.lines().collect();
    assert_eq!(said.len(), 4, "{}", refused.err);
    let row = "/passwordCredentialValidators/users configuration.tables[0].rows[0].fields[1]";
    for expected in [
        format!("{row}.encryptedValue: {message} value in clear."),
        format!("/oauth/clients/app clientAuth.encryptedSecret: {message} secret in clear."),
    ] {
        assert!(said.iter().any(|it| it.ends_with(&expected)), "{said:?}");
    }
    assert!(!std::path::Path::new(&second).exists(), "nothing is made");
}

#[test]
fn a_secret_is_replaced_without_an_outage_and_a_switch_goes_when_it_is_gone() {
    let files = Files::new();
    let keeper = Keeper {
        data: files.path("data"),
    };
    keeper.json(&["apply", "-"], &everything());
    let rotated = everything().replace("the same secret", "a new secret");
    let changed = keeper.json(&["apply", "-"], &rotated);
    assert_eq!(deeds(&changed).len(), 2);
    assert_eq!(keeper.json(&["apply", "-"], &rotated), json!([]), "kept");
    let mut whole = exported(&keeper);
    let operations = whole["operations"].as_array_mut().unwrap();
    let switches =
        |it: &&mut Value| it["resourceType"] == "/configStore/oauth-credentials-validator";
    let switches = operations.iter_mut().find(switches).unwrap();
    switches["items"] = json!([]);
    let gone = keeper.json(&["apply", "-"], &whole.to_string());
    let place = "/configStore/oauth-credentials-validator/issuerMustBeEqualToClientId";
    assert_eq!(deeds(&gone), [pair("delete", place)]);
    assert_eq!(exported(&keeper), whole);
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
    assert!(first.out.contains("\n  name: \"Shop\"\n"), "{}", first.out);
    assert!(
        first
            .out
            .ends_with("\n2 to create, 0 to change, 0 to delete: done\n")
    );
    assert!(!first.out.contains("enabled"), "what is usual is not told");
    let renamed = bound_together().replace("\"Shop\"", "\"Store\"");
    let renamed = apply(&files.with("renamed.json", &renamed));
    let said = "change /oauth/clients/shop\n  name: \"Shop\" -> \"Store\"\n\
        0 to create, 1 to change, 0 to delete: done\n";
    assert_eq!((renamed.code, renamed.out.as_str()), (0, said));
    let more = bound_together()
        .replace(
            "[\"CLIENT_CREDENTIALS\"]",
            "[\"CLIENT_CREDENTIALS\",\"TOKEN_EXCHANGE\"]",
        )
        .replace("a secret of the shop", "another secret");
    let more = files.with("more.json", &more);
    let dry = super::run(&["apply", &more, "--dry-run", "--data-dir", &data]).out;
    for line in [
        "  grantTypes: + \"TOKEN_EXCHANGE\"\n",
        "  clientAuth.secret: \"********\" -> \"********\"\n",
        "0 to create, 1 to change, 0 to delete: nothing is changed: this was a dry run\n",
    ] {
        assert!(dry.contains(line), "{dry}");
    }
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
    keeper.json(&["apply", "-"], &file(&[]));
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
            vec!["/oauth/clients/good: It is there twice."],
        ),
        (
            json!([{ "resourceType": "/oauth/clients", "operationType": "SAVE", "items": [good, { "name": "x" }] }]),
            vec!["operations[0].items[1] clientId"],
        ),
        (
            json!([{ "resourceType": "/oauth/clients", "operationType": "SAVE", "items": [good, { "clientId": "bad", "name": 7, "colour": 1 }] }]),
            vec![
                "/oauth/clients/bad name: It must be a string.",
                "/oauth/clients/bad grantTypes: grantTypes is required.",
                "/oauth/clients/bad colour: The field colour is unknown.",
            ],
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
fn looking_makes_no_data_directory() {
    let files = Files::new();
    let keeper = Keeper {
        data: files.path("data"),
    };
    let is_there = || std::path::Path::new(&keeper.data).exists();
    let sealed = json!({
        "clientId": "shop", "name": "Shop", "grantTypes": ["CLIENT_CREDENTIALS"],
        "clientAuth": { "type": "SECRET", "encryptedSecret": "OBF:JWE:e30..AAAA.AAAA.AAAA" },
    });
    let sealed = file(&[("/oauth/clients", json!([sealed]))]);
    for import in [&["apply"][..], &["import", "pingfederate"]] {
        let dry = keeper.run(&[import, &["-", "--dry-run"]].concat(), &bound_together());
        assert_eq!((dry.code, is_there()), (0, false), "{}", dry.err);
    }
    for arguments in [&["apply", "-", "--dry-run"][..], &["apply", "-"]] {
        let refused = keeper.run(arguments, &sealed);
        assert!(
            refused.err.contains("not sealed with this"),
            "{}",
            refused.err
        );
        assert_eq!((refused.code, is_there()), (1, false));
    }
    let dry = keeper.json(&["apply", "-", "--dry-run"], &bound_together());
    assert_eq!(keeper.json(&["apply", "-"], &bound_together()), dry);
    assert!(is_there());
}

#[test]
fn a_file_is_read_strictly() {
    let files = Files::new();
    let keeper = Keeper {
        data: files.path("data"),
    };
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let [not_json, twice] = ["operations", r#"{"operations":[],"operations":[]}"#];
    for (text, why) in [
        (
            not_json,
            "it is not usable JSON: is not JSON (line 1, column 1)",
        ),
        (twice, "has the member `operations` twice in one object"),
        (
            deep.as_str(),
            "nests arrays and objects deeper than 32 levels",
        ),
    ] {
        for command in [&["apply", "-"][..], &["import", "pingfederate", "-"]] {
            let refusal = keeper.refusal(command, text);
            assert!(refusal.contains(why), "{refusal}");
        }
    }
    let misspelt = r#"{"operations":[],"operation":[]}"#;
    let refusal = keeper.refusal(&["apply", "-"], misspelt);
    assert!(refusal.contains("and no \"operation\""), "{refusal}");
    let endless = keeper.refusal(&["apply", "/dev/zero"], "");
    assert!(endless.contains("longer than 256 MiB"), "{endless}");
    assert!(!std::path::Path::new(&keeper.data).exists());
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
