//! The one screen that says what there is and what to try.

use std::io::Write;

use domain::Timestamp;

use super::super::desk::Desk;
use super::certificates::Certificates;
use super::code;
use super::device::DEVICE_ID;
use super::people::{ADMINISTRATOR_PASSWORD, API, Clients, PEOPLE, SERVICE};
use crate::first_start::PASSWORD_VARIABLE;

/// Where everything is.
pub(super) struct Addresses<'a> {
    pub(super) shop: &'a str,
    pub(super) issuer: &'a str,
    pub(super) admin: &'a str,
    pub(super) mutual_tls: &'a str,
}

/// What is shown.
pub(super) struct Shown<'a> {
    pub(super) addresses: Addresses<'a>,
    pub(super) clients: &'a Clients,
    pub(super) certificates: &'a Certificates,
    pub(super) administrator: Administrator,
    /// Whether people can pay with their face.
    pub(super) has_face: bool,
}

/// Where the administrator's password comes from.
#[derive(Clone, Copy)]
pub(super) enum Administrator {
    /// It is the demo's.
    Ours,
    /// The environment has just given it.
    Chosen,
    /// An earlier start has set it.
    Kept,
}

impl Administrator {
    fn password(self) -> String {
        match self {
            Self::Ours => ADMINISTRATOR_PASSWORD.to_owned(),
            Self::Chosen => format!("the one in {PASSWORD_VARIABLE}"),
            Self::Kept => "as on the first start".to_owned(),
        }
    }

    /// What `curl -u` takes; it asks for a password that is not there.
    fn credentials(self) -> String {
        match self {
            Self::Ours => format!("'Administrator:{ADMINISTRATOR_PASSWORD}'"),
            Self::Chosen => format!("\"Administrator:${PASSWORD_VARIABLE}\""),
            Self::Kept => "Administrator".to_owned(),
        }
    }
}

/// Shows it.
pub(super) fn show(shown: &Shown<'_>, desk: &Desk) {
    let text = text(shown, desk);
    let mut out = std::io::stdout().lock();
    // Whoever closed standard output does not want to know.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn text(shown: &Shown<'_>, desk: &Desk) -> String {
    let Addresses {
        shop,
        issuer,
        admin,
        mutual_tls,
    } = shown.addresses;
    let (clients, administrator) = (shown.clients, shown.administrator);
    let authority = shown.certificates.authority.display();
    let (certificate, key) = &shown.certificates.device;
    let (certificate, key) = (certificate.display(), key.display());
    let data = desk.config.data_dir.display();
    let people = people(desk.now());
    let program = program();
    let (service, api) = (clients.service.expose(), clients.api.expose());
    let face = match shown.has_face {
        true => format!("    7. Open {shop}/face after signing in, and pay with your face.\n"),
        false => String::new(),
    };
    let (password, credentials) = (administrator.password(), administrator.credentials());
    format!(
        "\
Countersign demo

  Demo Shop       {shop}
  Intranet (PPM)  {shop}/intranet
  Inbox           {shop}/inbox
  Your account    {issuer}/account
  Administration  {admin}/pf-admin-api/v1
  Data            {data}

{people}

  A code is good for a minute, and once. For the next:  {program} demo code
  Codes can be sent as well; whatever the demo sends is in the inbox.

  Administrator: Administrator, password: {password}

  Try
    1. Open {shop} and sign in; then pay for the mug. For the set of four you
       approve with one more factor, and the shop gets a receipt. Make a
       passkey at {issuer}/account/devices and you need no
       password, and sign payments with it.
    2. Ask for a token as a service:
       TOKEN=$(curl -s -u {SERVICE}:{service} -d grant_type=client_credentials \\
         {issuer}/as/token.oauth2 | sed 's/.*\"access_token\":\"\\([^\"]*\\).*/\\1/')
    3. Ask what it is worth, as an API:
       curl -u {API}:{api} -d token=$TOKEN {issuer}/as/introspect.oauth2
    4. List the clients, as an administrator:
       curl -u {credentials} -H 'X-XSRF-Header: PingFederate' \\
         {admin}/pf-admin-api/v1/oauth/clients
    5. Open {shop}/intranet: an application that was written for
       PingID signs you on by PPM, with your second factor.
    6. Ask for a token with a certificate in place of a secret:
       curl --cacert {authority} --cert {certificate} --key {key} \\
         -d client_id={DEVICE_ID} -d grant_type=client_credentials {mutual_tls}/as/token.oauth2
{face}
  Stop with Ctrl-C.
"
    )
}

/// What everyone signs on with.
fn people(now: Timestamp) -> String {
    let head = line(["Name", "Password", "Authenticator secret", "Code"]);
    let lines = PEOPLE.map(|person| {
        let code = code::of(&person, now);
        line([person.username, person.password, person.totp_secret, &code])
    });
    [&[head], &lines[..]].concat().join("\n")
}

fn line([name, password, secret, code]: [&str; 4]) -> String {
    format!("  {name:8}{password:22}{secret:35}{code}")
}

/// How this program was called.
fn program() -> String {
    let called = std::env::args_os().next().unwrap_or_default();
    called.to_string_lossy().into_owned()
}
