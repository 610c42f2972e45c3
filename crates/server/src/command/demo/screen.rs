//! The one screen that says what there is and what to try.

use std::io::Write;

use domain::Timestamp;

use super::super::desk::Desk;
use super::people::{ADMINISTRATOR_PASSWORD, API, Clients, PEOPLE, Person, SERVICE};
use crate::demo::authenticator;

/// Where everything is.
pub(super) struct Addresses<'a> {
    pub(super) shop: &'a str,
    pub(super) issuer: &'a str,
    pub(super) admin: &'a str,
}

/// Shows it.
pub(super) fn show(addresses: &Addresses<'_>, clients: &Clients, desk: &Desk, first: bool) {
    let text = text(addresses, clients, desk, first);
    let mut out = std::io::stdout().lock();
    // Whoever closed standard output does not want to know.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn text(addresses: &Addresses<'_>, clients: &Clients, desk: &Desk, first: bool) -> String {
    let Addresses {
        shop,
        issuer,
        admin,
    } = addresses;
    let data = desk.config.data_dir.display();
    let people = PEOPLE.map(|person| line(&person, desk.now())).join("\n");
    let (service, api) = (clients.service.expose(), clients.api.expose());
    let password = if first {
        ADMINISTRATOR_PASSWORD
    } else {
        "as on the first start"
    };
    format!(
        "\
Countersign demo

  Demo Shop       {shop}
  Your account    {issuer}/account
  Administration  {admin}/pf-admin-api/v1
  Data            {data}

  Name    Password              Authenticator secret               Code now
{people}

  Administrator: Administrator, password: {password}

  Try
    1. Open {shop} and sign in.
    2. Ask for a token as a service:
       TOKEN=$(curl -s -u {SERVICE}:{service} -d grant_type=client_credentials \\
         {issuer}/as/token.oauth2 | sed 's/.*\"access_token\":\"\\([^\"]*\\).*/\\1/')
    3. Ask what it is worth, as an API:
       curl -u {API}:{api} -d token=$TOKEN {issuer}/as/introspect.oauth2
    4. List the clients, as an administrator:
       curl -u 'Administrator:{ADMINISTRATOR_PASSWORD}' -H 'X-XSRF-Header: PingFederate' \\
         {admin}/pf-admin-api/v1/oauth/clients

  Stop with Ctrl-C.
"
    )
}

/// What someone signs on with.
fn line(person: &Person, now: Timestamp) -> String {
    let (code, left) = authenticator::shown(person.totp_secret, now).unwrap_or_default();
    let (name, password, secret) = (person.username, person.password, person.totp_secret);
    let left = left.as_secs();
    format!("  {name:8}{password:22}{secret}   {code} (for {left} s)")
}
