//! `countersign import pingfederate`: what a bulk export says, line by line.

use serde_json::{Value, json};

use super::{Files, Keeper};

/// What another server has sealed.
const FOREIGN: &str = "OBF:JWE:eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2Iiwia2lkIjoia2V5In0..\
    6RewNBX62O0tgFLaPtvcDg.IshqqZsUlopyadcCUEr9Gg.-7q9bdH2EpKMIcdz1MVMNQ";

const JWT: &str =
    "com.pingidentity.pf.access.token.management.plugins.JwtBearerAccessTokenManagementPlugin";

fn save(path: &str, items: &Value) -> Value {
    json!({ "resourceType": path, "operationType": "SAVE", "items": items })
}

fn manager(id: &str, plugin: &str) -> Value {
    json!({
        "id": id, "name": id,
        "pluginDescriptorRef": { "id": plugin, "location": "https://elsewhere:9999/x" },
        "configuration": { "tables": [{ "name": "Symmetric Keys", "rows": [{ "fields": [
            { "name": "Key ID", "value": "k" },
            { "name": "Key", "encryptedValue": FOREIGN },
        ], "defaultRow": false }] }], "fields": [
            { "name": "Token Lifetime", "value": "120" },
            { "name": "JWS Algorithm", "value": "HS256" },
            { "name": "Active Symmetric Key ID", "value": "k" },
        ] },
        "attributeContract": { "coreAttributes": [], "extendedAttributes": [
            { "name": "policy.action", "multiValued": false },
        ], "inherited": false },
        "sequenceNumber": 1,
    })
}

fn client(id: &str, fields: Value) -> Value {
    let mut client = json!({
        "clientId": id, "enabled": true, "redirectUris": [], "grantTypes": ["CLIENT_CREDENTIALS"],
        "name": id, "description": "", "logoUrl": "",
        "modificationDate": "2024-01-30T20:22:16.054Z", "creationDate": "2024-01-30T20:22:16.054Z",
        "refreshRolling": "SERVER_DEFAULT", "oidcPolicy": { "policyGroup": {} },
        "clientAuth": { "type": "SECRET", "secret": "a secret in clear", "secondarySecrets": [] },
    });
    if let (Value::Object(client), Value::Object(fields)) = (&mut client, fields) {
        client.extend(fields);
    }
    client
}

fn bulk() -> Value {
    let sealed = json!({
        "type": "SECRET", "encryptedSecret": FOREIGN,
        "secondarySecrets": [
            { "encryptedSecret": FOREIGN, "expiryTime": "2099-01-30T20:22:16.054Z" },
            { "encryptedSecret": FOREIGN, "expiryTime": "2099-01-30T20:22:16.054Z" },
        ],
    });
    let refers_to = |id: &str| json!({ "defaultAccessTokenManagerRef": { "id": id } });
    let clients = json!([
        client("plain", refers_to("jwt")),
        client(
            "sealed",
            json!({ "clientAuth": sealed, "fromTheFuture": { "deep": [1] } })
        ),
        client("lost", refers_to("nowhere")),
        client("led-astray", refers_to("odd")),
        client(
            "wrong",
            json!({ "refreshRolling": "SOMETIMES", "cibaPollingInterval": "3" })
        ),
        client("plain", json!({})),
    ]);
    let settings = json!({
        "authorizationCodeEntropy": 30, "authorizationCodeTimeout": 45,
        "refreshRollingInterval": 0, "refreshTokenLength": 42, "scopes": [],
    });
    json!({
        "metadata": { "pfVersion": "12.2.0.0" },
        "operations": [
            save("/license/agreement", &json!([{ "accepted": true }])),
            save("/dataStores", &json!([{ "id": "ldap", "type": "LDAP" }, { "id": "jdbc" }])),
            save("/extendedProperties", &json!([
                { "name": "tier", "description": "", "multiValued": false },
                { "name": "region", "multiValued": true },
            ])),
            save("/oauth/clients", &clients),
            save("/oauth/accessTokenManagers", &json!([manager("jwt", JWT), manager("odd", "org.example.Odd")])),
            save("/oauth/authServerSettings", &json!([settings])),
            json!({ "resourceType": "/oauth/issuers", "operationType": "DELETE", "items": [] }),
        ],
    })
}

/// What became of the object at a place.
fn verdict<'v>(verdicts: &'v Value, place: &str) -> (&'v str, Vec<&'v str>) {
    let all = verdicts.as_array().unwrap();
    let one = all.iter().find(|it| it["place"] == place);
    assert!(one.is_some(), "{place} is not in {verdicts:#}");
    let one = one.unwrap();
    let notes = one["notes"].as_array().unwrap().iter();
    (
        one["fate"].as_str().unwrap(),
        notes.map(|it| it.as_str().unwrap()).collect(),
    )
}

const IMPORT: [&str; 3] = ["import", "pingfederate", "-"];

#[test]
fn each_object_is_taken_changed_or_refused_with_a_reason() {
    let files = Files::new();
    let keeper = Keeper {
        data: files.path("data"),
    };
    let text = bulk().to_string();
    let dry = keeper.json(&[&IMPORT[..], &["--dry-run"]].concat(), &text);
    assert_eq!(keeper.run(&["client", "list"], "").code, 1, "only said");
    let said = keeper.json(&IMPORT, &text);
    assert_eq!(said, dry);
    let said = |place: &str| verdict(&dry, place);

    assert_eq!(said("/oauth/authServerSettings"), ("taken", vec![]));
    assert_eq!(said("/extendedProperties"), ("taken", vec![]));
    assert_eq!(said("/oauth/clients/plain"), ("taken", vec![]));
    let unknown = vec!["This server has no /dataStores."];
    assert_eq!(said("/dataStores/jdbc"), ("not taken", unknown));
    assert_eq!(said("/license/agreement").0, "not taken");
    assert_eq!(
        said("/oauth/issuers"),
        ("not taken", vec!["Only operations SAVE are taken."])
    );

    let (fate, notes) = said("/oauth/clients/sealed");
    assert_eq!((fate, notes.len()), ("changed", 4), "{notes:?}");
    let secret = "clientAuth.encryptedSecret: It was sealed by another server and cannot be opened. \
        A random one is in its place until you give the right one: write it in clear as secret in \
        the file, and import again.";
    let future = "fromTheFuture: {\"deep\":[1]} is left out: this server has no such setting.";
    let retained = "clientAuth.secondarySecrets[1].encryptedSecret: It was sealed by another server \
        and cannot be opened. A replaced secret is left out.";
    for note in [secret, future, retained] {
        assert!(notes.contains(&note), "{notes:?}");
    }
    let (fate, notes) = said("/oauth/accessTokenManagers/jwt");
    assert_eq!((fate, notes.len()), ("changed", 2), "{notes:?}");
    assert!(notes[0].starts_with("configuration.tables[0].rows[0].fields[1].encryptedValue: "));

    let lost =
        "defaultAccessTokenManagerRef: There is no \"nowhere\" in /oauth/accessTokenManagers.";
    assert_eq!(said("/oauth/clients/lost"), ("not taken", vec![lost]));
    let astray = lost.replace("nowhere", "odd");
    assert_eq!(
        said("/oauth/clients/led-astray"),
        ("not taken", vec![astray.as_str()])
    );
    let (fate, notes) = said("/oauth/accessTokenManagers/odd");
    assert!(fate == "not taken" && notes[0].starts_with("pluginDescriptorRef.id: It must be"));
    let (fate, notes) = said("/oauth/clients/wrong");
    assert_eq!((fate, notes.len()), ("not taken", 2), "{notes:?}");
    assert!(
        notes[0].starts_with("refreshRolling: It must be one of"),
        "{notes:?}"
    );
    let twice = dry
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["place"] == "/oauth/clients/plain");
    assert_eq!(twice.count(), 2);

    let clients = keeper.json(&["client", "list"], "");
    assert_eq!(clients.as_array().unwrap().len(), 2);
    assert!(!clients.to_string().contains(FOREIGN));
}

#[test]
fn what_was_imported_is_not_undone_by_importing_it_again() {
    let files = Files::new();
    let keeper = Keeper {
        data: files.path("data"),
    };
    keeper.json(&IMPORT, &bulk().to_string());
    // An administrator gives the secret that could not be taken over.
    let mut known = bulk();
    known["operations"][3]["items"][1]["clientAuth"] =
        json!({ "type": "SECRET", "secret": "the right secret" });
    let said = keeper.json(&IMPORT, &known.to_string());
    assert_eq!(verdict(&said, "/oauth/clients/sealed").0, "changed");
    let export = || super::run(&["export", "--data-dir", &keeper.data]).json();
    let client_of = |whole: &Value| whole["operations"].as_array().unwrap().last().cloned();
    let given = client_of(&export());
    let said = keeper.json(&IMPORT, &bulk().to_string());
    let (fate, notes) = verdict(&said, "/oauth/clients/sealed");
    assert_eq!(fate, "same already");
    assert!(
        notes
            .iter()
            .any(|it| it.ends_with("The one that is here already stays."))
    );
    assert_eq!(verdict(&said, "/oauth/clients/plain").0, "same already");
    assert_eq!(client_of(&export()), given);
}

#[test]
fn people_read_a_line_for_each_and_a_sum() {
    let files = Files::new();
    let data = files.path("data");
    let bulk = files.with("bulk.json", &bulk().to_string());
    let run = |more: &[&str]| {
        super::run(
            &[
                &["import", "pingfederate", &bulk, "--data-dir", &data],
                more,
            ]
            .concat(),
        )
    };
    let dry = run(&["--dry-run"]);
    let sum =
        "3 taken, 2 changed, 9 not taken, 0 same already: nothing is changed: this was a dry run\n";
    assert!(dry.code == 0 && dry.out.ends_with(sum), "{}", dry.out);
    assert!(
        dry.out.starts_with(
            "not taken /license/agreement\n  This server has no /license/agreement.\n"
        )
    );
    assert!(run(&[]).out.ends_with(": done\n"));
    for (text, reason) in [
        (
            "{}",
            "The file is no bulk export: it has no list of operations.",
        ),
        ("{", "it is not usable JSON"),
    ] {
        let refused = super::run_with(&["import", "pingfederate", "-", "--data-dir", &data], text);
        assert!(
            refused.code == 1 && refused.err.contains(reason),
            "{}",
            refused.err
        );
    }
    assert_eq!(super::run(&["import", "okta", &bulk]).code, 2);
}
