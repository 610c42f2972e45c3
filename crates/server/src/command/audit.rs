//! `countersign audit`: what happened, and whether somebody changed what was noted of it.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use domain::port::{Kind, MAX_FOUND, Page, Records, StoreError, Stored, Tenant};
use domain::{
    Actor, AuditBreach, AuditEvent, AuditId, AuditLink, AuditMark, AuditSummary, AuditVerifier,
    Digest, Environment, EnvironmentId, LinkReference, TimeId, Timestamp,
};
use serde_json::{Value, json};

use super::desk::Desk;
use super::output::{line, print, table};
use super::{Failure, Place};
use crate::seal::{self, SealFault};
use crate::sweep::tenants;

#[derive(Subcommand)]
pub(super) enum Command {
    /// List what happened, the oldest first.
    List {
        #[command(flatten)]
        common: Common,
        /// Only events whose name is this or begins with it: `sign_on` or `sign_on.failed`.
        #[arg(long)]
        event: Option<String>,
        /// Only what this user did, or what was done to them.
        #[arg(long)]
        user: Option<String>,
        /// Only what happened in this environment.
        #[arg(long, value_name = "ID")]
        environment: Option<EnvironmentId>,
        /// Only from this time on (2026-01-30T20:22:16Z).
        #[arg(long, value_name = "TIME")]
        since: Option<Timestamp>,
        /// Only before this time.
        #[arg(long, value_name = "TIME")]
        until: Option<Timestamp>,
    },
    /// Find any entry that was changed, removed or moved since it was written.
    Verify {
        #[command(flatten)]
        common: Common,
        /// Where a chain stood once, as this command printed it or the server logged it
        /// (NODE:NUMBER:DIGEST): nothing after it may have been cut off.
        #[arg(long, value_name = "HEAD", value_parser = head)]
        head: Vec<LinkReference>,
    },
}

#[derive(Args)]
pub(super) struct Common {
    #[command(flatten)]
    place: Place,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(command: &Command) -> Result<ExitCode, Failure> {
    let runtime = super::small_runtime()?;
    match command {
        Command::List {
            common,
            event,
            user,
            environment,
            since,
            until,
        } => {
            let wanted = Wanted {
                event: event.as_deref(),
                user: user.as_deref(),
                environment: *environment,
                since: *since,
                until: *until,
            };
            runtime.block_on(list(common, &wanted))
        }
        Command::Verify { common, head } => runtime.block_on(verify(common, head)),
    }
    .map(|()| ExitCode::SUCCESS)
}

/// Where a chain stood, as it is printed. When that was does not matter: it must be there.
fn head(text: &str) -> Result<LinkReference, String> {
    let mut parts = text.split(':');
    let mut part = || parts.next().unwrap_or_default();
    let (node, number, digest) = (part(), part(), part());
    let (node, number) = (node.parse::<TimeId>().ok(), number.parse::<u64>().ok());
    let digest = serde_json::from_value::<Digest>(json!(digest)).ok();
    match (node, number, digest, parts.next()) {
        (Some(node), Some(number), Some(digest), None) => Ok(LinkReference {
            node,
            number,
            digest,
            at: Timestamp::from_millis(i64::MAX),
        }),
        _ => Err("a head looks like NODE:NUMBER:DIGEST".to_owned()),
    }
}

/// Whether the log is what was written: heads first, so that none is newer than the links.
pub(crate) async fn check(
    records: &Records,
    kept: &[LinkReference],
) -> Result<Result<AuditSummary, AuditBreach>, SealFault> {
    let records = records.of(Tenant::SYSTEM);
    let keys = seal::verifying_keys(&records).await?;
    let mut verifier = AuditVerifier::new(keys);
    for head in kept {
        verifier.want(*head);
    }
    for mark in records.all::<AuditMark>().await? {
        if let AuditMark::Head { link, followed } = mark.record {
            verifier.want(link);
            if followed {
                verifier.want_follower(link);
            }
        }
    }
    match walk(&records, &mut verifier).await? {
        Ok(()) => {}
        Err(breach) => return Ok(Err(breach)),
    }
    // Read last: what was swept meanwhile is not missed.
    let checkpoint = records.get::<AuditMark>(AuditMark::CHECKPOINT).await?;
    let checkpoint = checkpoint.map(|mark| match mark.record {
        AuditMark::Checkpoint { token } => token,
        AuditMark::Head { .. } => String::new(),
    });
    Ok(verifier.finish(checkpoint.as_deref()))
}

async fn walk(
    records: &Records,
    verifier: &mut AuditVerifier,
) -> Result<Result<(), AuditBreach>, StoreError> {
    let mut pages = Pages::of(Kind::AuditLink, Tenant::SYSTEM);
    while let Some(found) = pages.next(records).await? {
        for stored in &found {
            let link: AuditLink = pages.read(stored)?;
            if let Err(breach) = verifier.link(&link) {
                return Ok(Err(breach));
            }
        }
    }
    for tenant in tenants(records).await? {
        let mut pages = Pages::of(Kind::Audit, tenant);
        while let Some(found) = pages.next(records).await? {
            for stored in &found {
                let taken = id(stored).map(|id| verifier.entry(tenant, id, &stored.body));
                if let Some(Err(breach)) = taken {
                    return Ok(Err(breach));
                }
            }
        }
    }
    Ok(Ok(()))
}

fn id(stored: &Stored) -> Option<AuditId> {
    let bytes = stored.key.local().try_into().ok()?;
    Some(AuditId::from_bytes(bytes))
}

/// The records of a kind and tenant, some at a time.
struct Pages {
    kind: Kind,
    page: Option<Page>,
}

impl Pages {
    const fn of(kind: Kind, tenant: Tenant) -> Self {
        let page = Some(Page {
            tenant,
            after: None,
            limit: MAX_FOUND,
        });
        Self { kind, page }
    }

    async fn next(&mut self, records: &Records) -> Result<Option<Vec<Stored>>, StoreError> {
        let Some(page) = self.page.take() else {
            return Ok(None);
        };
        let found = records.store().page(self.kind, page.clone()).await?;
        self.page = found
            .last()
            .filter(|_| found.len() == MAX_FOUND)
            .map(|last| Page {
                after: Some(last.key.clone()),
                ..page
            });
        Ok(Some(found))
    }

    fn read<T: serde::de::DeserializeOwned>(&self, stored: &Stored) -> Result<T, StoreError> {
        serde_json::from_slice(&stored.body).map_err(|error| StoreError::Unreadable {
            kind: self.kind.name(),
            reason: format!("{:?} error", error.classify()),
        })
    }
}

async fn verify(common: &Common, kept: &[LinkReference]) -> Result<(), Failure> {
    let desk = Desk::open(&common.place)?;
    let summary = check(&desk.records, kept).await?;
    let summary = summary.map_err(|breach| Failure::Refused(format!("{breach}.")))?;
    let head = |head: &LinkReference| format!("{}:{}:{}", head.node, head.number, head.digest);
    let heads: Vec<String> = summary.heads.iter().map(head).collect();
    let from = summary.complete_from.map(|from| from.to_string());
    let json = json!({
        "sealed": summary.sealed,
        "unsealed": summary.unsealed,
        "unsealed_since": summary.unsealed_since.map(|since| since.to_string()),
        "complete_from": from,
        "heads": heads,
    });
    let mut lines = vec![format!("{} entries are what was written.", summary.sealed)];
    let since = summary.unsealed_since.map(|since| since.to_string());
    lines.extend(since.as_ref().map(|since| {
        format!(
            "{} more, from {since} on, are not sealed: what a running server notes is sealed within \
             seconds, what is noted without one at its next start.",
            summary.unsealed
        )
    }));
    lines.extend(
        from.map(|from| format!("What happened before {from} was kept as long as it was to be.")),
    );
    lines.extend(heads.iter().map(|head| format!("head {head}")));
    print(common.json, &json, &lines.join("\n"))
}

/// Which entries are listed.
struct Wanted<'a> {
    event: Option<&'a str>,
    user: Option<&'a str>,
    environment: Option<EnvironmentId>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Wanted<'_> {
    fn has(&self, event: &AuditEvent) -> bool {
        let is_named = |name: &str| {
            let rest = event.event.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let is_of = |user: &str| {
            let told = ["username", "user"]
                .iter()
                .filter_map(|name| event.detail.get(*name));
            let is_told = told.filter_map(Value::as_str).any(|name| name == user);
            is_told || event.actor == Actor::User(user.to_owned())
        };
        self.event.is_none_or(is_named)
            && self.user.is_none_or(is_of)
            && self.since.is_none_or(|since| event.at >= since)
            && self.until.is_none_or(|until| event.at < until)
    }
}

async fn list(common: &Common, wanted: &Wanted<'_>) -> Result<(), Failure> {
    let desk = Desk::open(&common.place)?;
    let mut events: Vec<Noted> = Vec::new();
    for (tenant, environment) in houses(&desk.records).await? {
        if wanted.environment.is_some() && wanted.environment != environment {
            continue;
        }
        let mut pages = Pages::of(Kind::Audit, tenant);
        while let Some(found) = pages.next(&desk.records).await? {
            for stored in &found {
                let event: AuditEvent = pages.read(stored)?;
                let event = Some(event).filter(|event| wanted.has(event));
                events.extend(event.map(|event| Noted { event, environment }));
            }
        }
    }
    events.sort_by_key(|noted| noted.event.id);
    if common.json {
        let events: Vec<Value> = events.iter().map(described).collect();
        return line(&format!("{:#}", Value::Array(events)));
    }
    let rows: Vec<[String; 5]> = events.iter().map(row).collect();
    line(&table(
        ["TIME", "ENVIRONMENT", "EVENT", "WHO", "DETAIL"],
        &rows,
    ))
}

/// An event, and in which environment it happened if it was one.
struct Noted {
    event: AuditEvent,
    environment: Option<EnvironmentId>,
}

/// Every tenant whose events are kept, with the environment that it is if it is one.
async fn houses(records: &Records) -> Result<Vec<(Tenant, Option<EnvironmentId>)>, StoreError> {
    let system = records.of(Tenant::SYSTEM);
    let environments = system.all::<Environment>().await?;
    let all = tenants(records).await?.into_iter().map(|tenant| {
        let mut found = environments.iter().map(|it| it.id);
        (tenant, found.find(|id| id.tenant() == tenant))
    });
    Ok(all.collect())
}

fn described(noted: &Noted) -> Value {
    let event = &noted.event;
    json!({
        "id": event.id.to_string(),
        "at": event.at.to_string(),
        "environment": noted.environment,
        "event": event.event,
        "actor": event.actor,
        "detail": event.detail,
    })
}

fn row(noted: &Noted) -> [String; 5] {
    let event = &noted.event;
    let who = match &event.actor {
        Actor::User(name) => format!("user {name}"),
        Actor::Client(name) => format!("client {name}"),
        Actor::Administrator(name) => format!("administrator {name}"),
        Actor::Operator => "operator".to_owned(),
        Actor::System => "server".to_owned(),
        Actor::Unknown => "-".to_owned(),
    };
    let detail = event.detail.iter().map(|(name, value)| match value {
        Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    });
    let detail: Vec<String> = detail.collect();
    // A name or a detail may have been chosen by anyone.
    let shown = |text: &str| authn::approval::visible(text);
    [
        event.at.to_string(),
        noted
            .environment
            .map_or_else(|| "-".to_owned(), |id| id.to_string()),
        event.event.clone(),
        shown(&who),
        shown(&detail.join(" ")),
    ]
}
