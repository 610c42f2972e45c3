use super::*;

#[test]
fn rfc6749_6_narrows_the_scope_but_never_widens_it() {
    let world = World::new(client());
    let token = world.current();
    let decision = world.decide(&token, Some("profile"));
    let response = decision.answer.ok().unwrap();
    assert_eq!(response.scope.as_deref(), Some("profile"));
    assert!(response.id_token.is_none());
    let grant: Grant = written(decision.changes).unwrap();
    assert_eq!(grant.scope.to_string(), "openid profile");
    let decision = world.decide(&token, Some("openid email"));
    assert_eq!(decision.answer.err(), Some(TokenError::ScopeTooWide));
    assert!(decision.changes.is_empty());
}

#[test]
fn rfc6749_6_a_group_narrows_to_what_is_in_it() {
    let mut world = World::new(client());
    let settings = &mut world.server.settings;
    settings.scope_groups.push(ScopeGroup {
        name: "contact".to_owned(),
        description: "Reach you".to_owned(),
        scopes: "email phone".parse().unwrap(),
    });
    world.grant = Some(stored(grant(&world.client, "contact openid")));
    let token = world.current();
    let scope = |world: &World, asked: Option<&str>| {
        let answer = world.decide(&token, asked).answer;
        answer.map(|response| response.scope.unwrap_or_default())
    };
    // It is told as it was granted.
    assert_eq!(scope(&world, None), Ok("contact openid".to_owned()));
    assert_eq!(scope(&world, Some("email")), Ok("email".to_owned()));
    let wider = scope(&world, Some("email profile"));
    assert_eq!(wider, Err(TokenError::ScopeTooWide));
    // Who has lost the group has lost what is in it, and who may have the group needs no more.
    world.client.restrict_scopes = true;
    world.client.restricted_scopes = "contact".parse().unwrap();
    assert_eq!(scope(&world, Some("phone")), Ok("phone".to_owned()));
    world.client.restricted_scopes = "openid".parse().unwrap();
    assert_eq!(scope(&world, Some("phone")), Err(TokenError::ScopeLost));
}

#[test]
fn rfc6749_6_a_refresh_brings_only_what_the_client_may_still_have() {
    let mut world = World::new(client());
    let token = world.current();
    let scope = |world: &World, asked: Option<&str>| {
        let answer = world.decide(&token, asked).answer;
        answer.map(|response| response.scope.unwrap_or_default())
    };
    // By its own restriction, or because the server has the scope no more.
    world.client.restrict_scopes = true;
    world.client.restricted_scopes = "openid email".parse().unwrap();
    assert_eq!(scope(&world, None), Ok("openid".to_owned()));
    assert_eq!(
        scope(&world, Some("openid profile")),
        Ok("openid".to_owned())
    );
    assert_eq!(scope(&world, Some("profile")), Err(TokenError::ScopeLost));
    world.client.restrict_scopes = false;
    world
        .server
        .settings
        .scopes
        .retain(|it| it.name != "openid");
    let decision = world.decide(&token, None);
    let response = decision.answer.ok().unwrap();
    assert_eq!(response.scope.as_deref(), Some("profile"));
    assert!(response.id_token.is_none());
    let kept: Grant = written(decision.changes).unwrap();
    assert_eq!(kept.scope.to_string(), "openid profile", "as it was made");
    // When nothing is left, the token is not spent on it.
    world.server.settings.scopes.clear();
    assert_eq!(world.refusal(&token), Some(TokenError::ScopeLost));
    world.server = Server::default();
    assert_eq!(scope(&world, None), Ok("openid profile".to_owned()));
    // Who never had a scope has lost none.
    world.grant = Some(stored(grant(&world.client, "")));
    world.client.restrict_scopes = true;
    world.client.restricted_scopes = Scope::empty();
    assert_eq!(scope(&world, None), Ok(String::new()));
}

#[test]
fn oidc_core_5_5_a_refresh_tells_no_claim_that_the_client_may_not_have_any_more() {
    let mut world = World::new(client());
    let asked = serde_json::json!({ "id_token": { "email": null, "name": null } });
    world.grant.as_mut().unwrap().record.claims = Some(asked);
    let told = |world: &World| {
        let answer = world.decide(&world.current(), None).answer.ok();
        let id_token = answer.unwrap().id_token.unwrap();
        let parsed = Unverified::parse(&id_token, 64 * 1024).unwrap();
        let claims = parsed.unverified_claims().unwrap().into_map();
        ["email", "name"].map(|name| claims.contains_key(name))
    };
    assert_eq!(told(&world), [true, true]);
    world.client.restrict_scopes = true;
    world.client.restricted_scopes = "openid profile".parse().unwrap();
    assert_eq!(told(&world), [false, true]);
}

#[test]
fn rfc9396_6_a_refresh_brings_what_was_granted_or_a_part_of_it() {
    use crate::authorization_details::DetailsError;
    use crate::authorization_details::example::{accounts, payment, types};
    let details =
        |parts: serde_json::Value| AuthorizationDetails::parse(&parts.to_string()).unwrap();
    let mut world = World::new(client());
    let kinds = ["payment_initiation", "account_information"];
    world.client.authorization_detail_types = kinds.map(str::to_owned).into();
    world.server.detail_types = types();
    let all = details(json!([payment(), accounts()]));
    let mut grant = grant(&world.client, "openid");
    grant.authorization_details = all.clone();
    world.grant = Some(stored(grant));
    let token = world.current();
    let told = |world: &World| {
        let answer = world.decide(&token, None).answer;
        answer.map(|response| response.authorization_details)
    };
    assert_eq!(told(&world), Ok(all.clone()));
    world.details = Some(details(json!([accounts()])));
    assert_eq!(
        told(&world),
        world.details.clone().ok_or(TokenError::ScopeLost)
    );
    world.details = Some(details(json!([payment(), payment()])));
    let refused = Err(TokenError::AuthorizationDetails(DetailsError::NotGranted));
    assert_eq!(told(&world), refused);
    // What was asked for once does not bind the next time.
    world.details = None;
    assert_eq!(told(&world), Ok(all));
}
