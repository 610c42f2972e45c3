//! `countersign client`: the applications that ask for tokens.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use data_encoding::BASE64URL_NOPAD;
use domain::port::Versioned;
use domain::{
    Actor, AuthenticationMethod, Client, ClientId, GrantType, JwksSettings, Scope, Secret,
};
use jose::jwk::JwkSet;
use jose::jws::Algorithm;
use oauth::redirect_uri::Pattern;
use serde_json::{Value, json};
use web::configuration::CLIENTS;
use zeroize::Zeroizing;

use super::desk::{Desk, HouseAddress, secret_from_stdin};
use super::output::{print, table};
use super::{Failure, Seat, io_failure};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Add an application.
    Add(Box<Add>),
    /// List all applications.
    List(Listing),
    /// Show one application, without its secret.
    Show(Identified),
    /// Delete an application, and everything that people have granted it.
    Delete(Identified),
}

#[derive(Args)]
#[command(group(ArgGroup::new("authentication").args(["secret_stdin", "generate_secret", "public", "jwks"])))]
pub(super) struct Add {
    #[command(flatten)]
    seat: Seat,
    /// Its name, shown to people.
    #[arg(long)]
    name: String,
    /// Its `client_id` [default: made up].
    #[arg(long)]
    id: Option<String>,
    /// What it does, shown to people.
    #[arg(long, default_value = "")]
    description: String,
    /// Where people may be sent back to; may be repeated.
    #[arg(long, value_name = "URI", value_parser = redirect_uri)]
    redirect_uri: Vec<String>,
    /// Where people may be sent after signing out; may be repeated.
    #[arg(long, value_name = "URI", value_parser = redirect_uri)]
    post_logout_redirect_uri: Vec<String>,
    /// A grant that it may use; may be repeated [default: `authorization_code` and `refresh_token`
    /// with a redirect URI, else `client_credentials`].
    #[arg(long, value_name = "GRANT")]
    grant: Vec<Grant>,
    /// The only scopes it may have, separated by spaces [default: every common scope].
    #[arg(long)]
    scope: Option<Scope>,
    /// Read its secret from standard input.
    #[arg(long)]
    secret_stdin: bool,
    /// Make a secret for it, and print it.
    #[arg(long)]
    generate_secret: bool,
    /// It cannot keep a secret; PKCE is required of it.
    #[arg(long)]
    public: bool,
    /// Its public keys: it authenticates with `private_key_jwt`.
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// Require PKCE.
    #[arg(long)]
    require_pkce: bool,
    /// Do not ask people for consent.
    #[arg(long)]
    no_consent: bool,
    /// How its ID tokens are signed.
    #[arg(long, value_name = "ALG", default_value = "RS256")]
    id_token_algorithm: Algorithm,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// The grants by their names at the token endpoint.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(super) enum Grant {
    AuthorizationCode,
    /// Tokens through the browser: response types with `token` or `id_token`.
    Implicit,
    RefreshToken,
    ClientCredentials,
    /// It is a device without a browser.
    DeviceCode,
    /// It is a resource server that may ask about tokens.
    AccessTokenValidation,
}

impl From<Grant> for GrantType {
    fn from(grant: Grant) -> Self {
        match grant {
            Grant::AuthorizationCode => Self::AuthorizationCode,
            Grant::Implicit => Self::Implicit,
            Grant::RefreshToken => Self::RefreshToken,
            Grant::ClientCredentials => Self::ClientCredentials,
            Grant::DeviceCode => Self::DeviceCode,
            Grant::AccessTokenValidation => Self::AccessTokenValidation,
        }
    }
}

#[derive(Args)]
pub(super) struct Listing {
    #[command(flatten)]
    seat: Seat,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct Identified {
    /// Its `client_id`.
    id: String,
    #[command(flatten)]
    seat: Seat,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    let runtime = super::small_runtime()?;
    match command {
        Command::Add(arguments) => runtime.block_on(add(arguments)),
        Command::List(arguments) => runtime.block_on(list(arguments)),
        Command::Show(arguments) => runtime.block_on(show(arguments)),
        Command::Delete(arguments) => runtime.block_on(delete(arguments)),
    }
    .map(|()| ExitCode::SUCCESS)
}

fn redirect_uri(text: &str) -> Result<String, String> {
    let parsed = Pattern::parse(text);
    parsed.map_err(|reason| reason.to_string())?;
    Ok(text.to_owned())
}

async fn add(arguments: &Add) -> Result<(), Failure> {
    let desk = Desk::open_or_create_at(&arguments.seat).await?;
    let resource = resource(arguments, &desk)?;
    let created = desk.configure(async |configuration| {
        configuration
            .create(&Actor::Operator, &CLIENTS, &resource)
            .await
    });
    let created = created.await?;
    let id = created.get("clientId").and_then(Value::as_str);
    let client = find(&desk, id.unwrap_or_default()).await?.record;
    let house = desk.address().await?;
    let made = client.secret().filter(|_| arguments.generate_secret);
    let mut answer = described(&client);
    if let (Some(secret), Value::Object(answer)) = (made, &mut answer) {
        let secret = secret.expose().to_owned();
        answer.insert("client_secret".to_owned(), secret.into());
    }
    print(arguments.json, &answer, &next_steps(&client, made, &house))
}

fn refused(sentence: impl Into<String>) -> Failure {
    Failure::Refused(sentence.into())
}

/// The client as the administration API would be given it.
fn resource(arguments: &Add, desk: &Desk) -> Result<Value, Failure> {
    let made_up = || desk.made_up_id();
    let mut resource = json!({
        "clientId": arguments.id.clone().unwrap_or_else(made_up),
        "name": arguments.name,
        "description": arguments.description,
        "redirectUris": arguments.redirect_uri,
        "grantTypes": grant_types(arguments)?,
        "clientAuth": authentication(arguments, desk)?,
        // RFC 9700 §2.1.1: "public clients MUST use PKCE"
        "requireProofKeyForCodeExchange": arguments.require_pkce || arguments.public,
        "bypassApprovalPage": arguments.no_consent,
        "restrictScopes": arguments.scope.is_some(),
        "restrictedScopes": arguments.scope.clone().unwrap_or_default(),
        "oidcPolicy": {
            "idTokenSigningAlgorithm": arguments.id_token_algorithm.name(),
            "postLogoutRedirectUris": arguments.post_logout_redirect_uri,
        },
    });
    let keys = arguments.jwks.as_deref().map(public_keys).transpose()?;
    if let (Some(keys), Some(resource)) = (keys, resource.as_object_mut()) {
        resource.insert("jwksSettings".to_owned(), json!({ "jwks": keys }));
    }
    Ok(resource)
}

fn grant_types(arguments: &Add) -> Result<BTreeSet<GrantType>, Failure> {
    let with_redirect = !arguments.redirect_uri.is_empty();
    let grants: BTreeSet<GrantType> = match (arguments.grant.as_slice(), with_redirect) {
        ([], true) => [GrantType::AuthorizationCode, GrantType::RefreshToken].into(),
        ([], false) => [GrantType::ClientCredentials].into(),
        (grants, _) => grants.iter().copied().map(GrantType::from).collect(),
    };
    for (grant, name) in [
        (GrantType::AuthorizationCode, "authorization_code"),
        (GrantType::Implicit, "implicit"),
    ] {
        if grants.contains(&grant) && !with_redirect {
            return Err(refused(format!("the grant {name} needs --redirect-uri")));
        }
    }
    let needs_secret = [
        GrantType::ClientCredentials,
        GrantType::AccessTokenValidation,
    ];
    if arguments.public && needs_secret.iter().any(|grant| grants.contains(grant)) {
        // RFC 6749 §4.4: "The client credentials grant type MUST only be used by confidential clients."
        return Err(refused(
            "a public client cannot use client_credentials or access_token_validation",
        ));
    }
    Ok(grants)
}

fn authentication(arguments: &Add, desk: &Desk) -> Result<Value, Failure> {
    if arguments.public {
        return Ok(json!({ "type": "NONE" }));
    }
    if arguments.jwks.is_some() {
        return Ok(json!({ "type": "PRIVATE_KEY_JWT", "enforceReplayPrevention": true }));
    }
    let secret = if arguments.secret_stdin {
        secret_from_stdin("secret")?
    } else if arguments.generate_secret {
        generated_secret(desk)
    } else {
        return Err(refused(
            "say how it authenticates: --generate-secret, --secret-stdin, --jwks FILE or --public",
        ));
    };
    Ok(json!({ "type": "SECRET", "secret": secret.expose() }))
}

/// 256 random bits.
pub(super) fn generated_secret(desk: &Desk) -> Secret {
    let mut bytes = Zeroizing::new([0; 32]);
    desk.random.fill(&mut *bytes);
    Secret::new(BASE64URL_NOPAD.encode(&*bytes))
}

/// The public halves of the keys in a file.
fn public_keys(path: &Path) -> Result<String, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|cause| io_failure(&format!("read {shown}"), cause))?;
    let set = JwkSet::parse(&text).map_err(|error| refused(format!("{shown}: {error}")))?;
    if set.has_private_keys() {
        return Err(refused(format!(
            "{shown} holds private keys; give the public ones"
        )));
    }
    if set.keys().is_empty() {
        return Err(refused(format!("{shown} holds no key that can be used")));
    }
    Ok(set.to_public_value().to_string())
}

/// What to do with a client that was just added.
fn next_steps(client: &Client, made: Option<&Secret>, house: &HouseAddress) -> String {
    let HouseAddress { issuer, paths } = house;
    let mut lines = vec![
        format!("added {}", client.name),
        format!("  client_id      {}", client.id),
    ];
    if let Some(secret) = made {
        lines.push(format!("  client_secret  {}", secret.expose()));
    }
    lines.push(format!("  issuer         {issuer}"));
    lines.push(format!(
        "  discovery      {issuer}/.well-known/openid-configuration"
    ));
    lines.push(String::new());
    if client.may_use(GrantType::ClientCredentials) && made.is_some() {
        lines.push("Ask for a token:".to_owned());
        lines.push(format!(
            "  curl -u '{}:SECRET' -d grant_type=client_credentials {issuer}{}",
            client.id, paths.token
        ));
    }
    if client.may_use(GrantType::AuthorizationCode) {
        lines.push("Give the client the issuer and the client_id; any OpenID Connect library does the rest.".to_owned());
    }
    if client.may_use(GrantType::DeviceCode) {
        lines.push(format!(
            "A device asks for its code at {issuer}{}",
            paths.device_authorization
        ));
    }
    if client.may_use(GrantType::AccessTokenValidation) {
        lines.push(format!(
            "Ask about tokens at {issuer}{}",
            paths.introspection
        ));
    }
    lines.join("\n").trim_end().to_owned()
}

fn described(client: &Client) -> Value {
    let authentication = match client.authentication.method {
        AuthenticationMethod::None => "none",
        AuthenticationMethod::Secret => "client_secret",
        AuthenticationMethod::Certificate => "tls_client_auth",
        AuthenticationMethod::PrivateKeyJwt => "private_key_jwt",
        AuthenticationMethod::ClientSecretJwt => "client_secret_jwt",
    };
    let scope = client.restrict_scopes.then_some(&client.restricted_scopes);
    let keys = client.keys.as_ref().and_then(JwksSettings::inline);
    json!({
        "client_id": client.id.as_str(),
        "name": client.name,
        "description": client.description,
        "enabled": client.enabled,
        "authentication": authentication,
        "grant_types": client.grant_types,
        "redirect_uris": client.redirect_uris,
        "post_logout_redirect_uris": client.oidc.post_logout_redirect_uris,
        "require_pkce": client.require_pkce,
        "bypass_approval": client.bypass_approval,
        "scope": scope.map(ToString::to_string),
        "id_token_algorithm": client.id_token_algorithm().map_or("NONE", Algorithm::name),
        "jwks": keys.and_then(|it| serde_json::from_str::<Value>(it).ok()),
        "created": client.created.to_string(),
    })
}

async fn list(arguments: &Listing) -> Result<(), Failure> {
    let desk = Desk::open_at(&arguments.seat).await?;
    let mut clients = desk.records.all::<Client>().await?;
    clients.sort_by_key(|client| client.name.to_lowercase());
    let rows: Vec<[String; 4]> = clients
        .iter()
        .map(|client| {
            let status = if client.enabled {
                "enabled"
            } else {
                "disabled"
            };
            let grants = json!(client.grant_types);
            let grants: Vec<String> = grants
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|grant| grant.as_str().map(str::to_lowercase))
                .collect();
            [
                client.id.to_string(),
                client.name.clone(),
                status.to_owned(),
                grants.join(" "),
            ]
        })
        .collect();
    let json: Vec<Value> = clients.iter().map(|client| described(client)).collect();
    let heads = ["CLIENT ID", "NAME", "STATUS", "GRANTS"];
    print(arguments.json, &json!(json), &table(heads, &rows))
}

async fn find(desk: &Desk, id: &str) -> Result<Versioned<Client>, Failure> {
    let found = desk.records.get::<Client>(ClientId::new(id)).await?;
    found.ok_or_else(|| refused(format!("there is no client {id}")))
}

async fn show(arguments: &Identified) -> Result<(), Failure> {
    let desk = Desk::open_at(&arguments.seat).await?;
    let client = find(&desk, &arguments.id).await?;
    let described = described(&client);
    let lines: Vec<String> = described
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!("{name:26} {text}"),
            None => format!("{name:26} {value}"),
        })
        .collect();
    print(arguments.json, &described, &lines.join("\n"))
}

async fn delete(arguments: &Identified) -> Result<(), Failure> {
    let desk = Desk::open_at(&arguments.seat).await?;
    let client = find(&desk, &arguments.id).await?.record;
    let ended = desk.configure(async |configuration| {
        configuration
            .delete(&Actor::Operator, &CLIENTS, &arguments.id)
            .await
    });
    let ended = ended.await?;
    let text = format!(
        "deleted {} ({}); {ended} grants ended",
        client.name, client.id
    );
    let mut answer = described(&client);
    if let Value::Object(answer) = &mut answer {
        answer.insert("grants_ended".to_owned(), ended.into());
    }
    print(arguments.json, &answer, &text)
}
