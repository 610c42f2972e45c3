//! What scope a request has in the end.

use domain::{ScopeGroup, ServerDefaultOr};

use super::*;

fn scope(world: &World, changes: &[(&str, &str)]) -> Result<String, AuthorizeError> {
    let request = world.verify(changes).map_err(|refusal| refusal.error);
    request.map(|request| request.scope().to_string())
}

#[test]
fn seed_scopes_groups_and_values_of_dynamic_scopes_are_asked_for_by_name() {
    let world = World::with_settings(|settings| {
        settings.scopes.push(ScopeDescription {
            name: "payment:*".to_owned(),
            description: "Pay".to_owned(),
            dynamic: true,
        });
        settings.scope_groups.push(ScopeGroup {
            name: "contact".to_owned(),
            description: "Reach you".to_owned(),
            scopes: "email phone".parse().unwrap(),
        });
    });
    let asked = "contact openid payment:1234";
    assert_eq!(scope(&world, &[("scope", asked)]), Ok(asked.to_owned()));
    for other in [
        "payment:*",
        "payment:",
        "payments:1",
        "contact:1",
        "payments",
    ] {
        let refused = Err(AuthorizeError::ScopeNotAllowed);
        assert_eq!(scope(&world, &[("scope", other)]), refused, "{other}");
    }
    assert_eq!(
        scope(&world, &[("scope", "")]),
        Ok(String::new()),
        "the default scope"
    );
}

#[test]
fn oidc_core_11_offline_access_is_ignored_without_a_code() {
    let world = World::with_client(|client| {
        client.grant_types.insert(GrantType::Implicit);
    });
    let asked = |kind| [("scope", "openid offline_access"), ("response_type", kind)];
    for (kind, left) in [
        ("code", "offline_access openid"),
        ("code id_token", "offline_access openid"),
        ("id_token", "openid"),
        ("id_token token", "openid"),
        ("none", "openid"),
    ] {
        assert_eq!(scope(&world, &asked(kind)), Ok(left.to_owned()), "{kind}");
    }
}

#[test]
fn oidc_core_11_offline_access_is_ignored_without_prompt_consent_where_it_is_required() {
    use ServerDefaultOr::{No, ServerDefault, Yes};
    let ignored = |server: (bool, bool), client: (ServerDefaultOr, ServerDefaultOr), prompt| {
        let mut world = World::with_settings(|settings| {
            settings.require_offline_access_scope_to_issue_refresh_tokens = server.0;
            settings.offline_access_require_consent_prompt = server.1;
        });
        let of = world.client.as_mut().unwrap();
        of.require_offline_access_scope_to_issue_refresh_tokens = client.0;
        of.offline_access_require_consent_prompt = client.1;
        let asked = [("scope", "openid offline_access"), ("prompt", prompt)];
        scope(&world, &asked).unwrap() == "openid"
    };
    let default = (ServerDefault, ServerDefault);
    assert!(!ignored((true, false), default, ""));
    assert!(ignored((true, true), default, ""));
    assert!(ignored((true, true), default, "login"));
    assert!(!ignored((true, true), default, "login consent"));
    // The second setting means nothing without the first.
    assert!(!ignored((false, true), default, ""));
    assert!(!ignored((true, true), (No, ServerDefault), ""));
    assert!(!ignored((true, true), (ServerDefault, No), ""));
    assert!(ignored((false, false), (Yes, Yes), ""));
}
