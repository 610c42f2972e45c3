//! The people and the applications of the demo.

use std::collections::BTreeSet;

use domain::port::Changes;
use domain::{
    Actor, Client, ClientId, DeviceKind, GrantType, JwksSettings, Profile, ReturnOrigin, Secret,
    User,
};
use jose::jws::SigningKey;
use web::OrganizationSettings;

use super::super::Failure;
use super::super::client::generated_secret;
use super::super::desk::Desk;
use super::super::pingid::organizations;
use super::super::user::Newcomer;
use super::payment::PAYMENT;
use crate::demo::Registration;
use crate::demo::intranet::Setup;

/// Someone who can sign on in the demo. What they sign on with is public: the demo holds nothing
/// worth protecting and is reached from this machine alone.
pub(super) struct Person {
    pub(super) username: &'static str,
    pub(super) password: &'static str,
    pub(super) totp_secret: &'static str,
    telephone: &'static str,
    names: (&'static str, &'static str),
}

/// Everyone in the demo.
pub(super) const PEOPLE: [Person; 2] = [
    Person {
        username: "alice",
        password: "likes earl grey",
        totp_secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        telephone: "+15550100001",
        names: ("Alice", "Arden"),
    },
    Person {
        username: "bob",
        password: "likes black coffee",
        totp_secret: "KRUGKIDROVUWG2ZAMJZG653OEBTG66BA",
        telephone: "+15550100002",
        names: ("Bob", "Baker"),
    },
];

/// The administrator's password in the demo, unless the environment gives another.
pub(super) const ADMINISTRATOR_PASSWORD: &str = "demo administrator";

/// Adds those who are not there yet.
pub(super) async fn add_people(desk: &Desk) -> Result<(), Failure> {
    for person in &PEOPLE {
        let name = User::normalized(person.username);
        if !desk.records.find::<User>(0, name).await?.is_empty() {
            continue;
        }
        let (given, family) = person.names;
        let email = format!("{}@example.com", person.username);
        let newcomer = Newcomer {
            username: person.username.to_owned(),
            profile: Profile {
                name: Some(format!("{given} {family}")),
                given_name: Some(given.to_owned()),
                family_name: Some(family.to_owned()),
                email: Some(email.clone()),
                email_verified: Some(true),
                ..Profile::default()
            },
            password: Secret::new(person.password),
            totp_secret: Some(Secret::new(person.totp_secret)),
            codes: vec![
                DeviceKind::Email { address: email },
                DeviceKind::Sms {
                    number: person.telephone.to_owned(),
                },
            ],
        };
        newcomer.add(desk).await?;
    }
    Ok(())
}

/// The applications of the demo, with their secrets.
pub(super) struct Clients {
    shop: Secret,
    pub(super) service: Secret,
    pub(super) api: Secret,
}

/// The `client_id` of the shop.
const SHOP: &str = "demo-shop";

/// The `client_id` of an application without people.
pub(super) const SERVICE: &str = "demo-service";

/// The `client_id` of an API that asks about tokens.
pub(super) const API: &str = "demo-api";

impl Clients {
    /// How the shop is known to the server.
    pub(super) fn shop(&self, shop_url: &str, key: SigningKey) -> Registration {
        Registration {
            key,
            client_id: SHOP.to_owned(),
            client_secret: self.shop.expose().to_owned(),
            redirect_uri: format!("{shop_url}/callback"),
            post_logout_redirect_uri: format!("{shop_url}/signed-out"),
        }
    }
}

/// Adds the applications; those that are there keep their secrets.
/// The shop signs what it asks people to approve with `key`.
pub(super) async fn add_clients(
    desk: &Desk,
    shop_url: &str,
    key: &SigningKey,
) -> Result<Clients, Failure> {
    let grants = [GrantType::AuthorizationCode, GrantType::RefreshToken];
    let mut shop = template(desk, (SHOP, "Demo Shop"), grants.into());
    shop.redirect_uris = vec![format!("{shop_url}/callback")];
    shop.oidc.post_logout_redirect_uris = vec![format!("{shop_url}/signed-out")];
    shop.logo_url = Some(format!("{shop_url}/assets/demo-shop.svg"));
    shop.require_pkce = true;
    let public = key.jwk().to_public_json();
    let public = public.ok_or_else(|| Failure::Refused("the key has no public half".to_owned()))?;
    shop.keys = Some(JwksSettings::Jwks(format!("{{\"keys\":[{public}]}}")));
    shop.authorization_detail_types = [PAYMENT.to_owned()].into();
    "A small shop that shows how an application signs people in.".clone_into(&mut shop.description);
    let service = [GrantType::ClientCredentials].into();
    let api = [GrantType::AccessTokenValidation].into();
    Ok(Clients {
        shop: put(desk, shop).await?,
        service: put(desk, template(desk, (SERVICE, "Demo Service"), service)).await?,
        api: put(desk, template(desk, (API, "Demo API"), api)).await?,
    })
}

fn template(desk: &Desk, (id, name): (&str, &str), grant_types: BTreeSet<GrantType>) -> Client {
    let client = Client::new(ClientId::new(id), name, grant_types, desk.now());
    client.with_secret(generated_secret(desk))
}

/// The intranet, which was written for PingID: answers may be posted to it.
pub(super) async fn intranet(desk: &Desk, issuer: &str, shop_url: &str) -> Result<Setup, Failure> {
    let origin = shop_url.parse::<ReturnOrigin>();
    let origin = origin.map_err(|error| Failure::Refused(error.to_string()))?;
    let settings = OrganizationSettings {
        return_origins: Some(vec![origin]),
        ..OrganizationSettings::default()
    };
    let organizations = organizations(desk);
    let organization = organizations.set(&Actor::Operator, None, &settings).await?;
    let people = PEOPLE.iter();
    let people = people.map(|it| (it.username.to_owned(), Secret::new(it.password)));
    Ok(Setup {
        organization,
        authenticator_url: format!("{issuer}/pingid/ppm"),
        url: shop_url.to_owned(),
        people: people.collect(),
    })
}

/// Writes a client over the one that is there, but for its secret, which is returned.
async fn put(desk: &Desk, client: Client) -> Result<Secret, Failure> {
    desk.carry_out(async || {
        let stored = desk.records.get::<Client>(&client.id).await?;
        let mut client = client.clone();
        if let Some(stored) = &stored {
            client.authentication.clone_from(&stored.authentication);
            client.secret_changed = stored.secret_changed;
            client.created = stored.created;
        }
        let missing = || Failure::Refused(format!("the client {} has no secret", client.id));
        let secret = client.secret().ok_or_else(missing)?.clone();
        let mut changes = Changes::none();
        changes.upsert(stored.as_ref(), &client);
        Ok((secret, changes))
    })
    .await
}
