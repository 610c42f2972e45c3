//! Jobs and the report of all people. A report is made when it is fetched, so that a job is done as
//! soon as it is there; what stands for one is signed by the organisation, and kept nowhere.

use std::collections::HashMap;
use std::fmt::Write;

use authn::pingid::rest::{Outcome, calling_code, device_type};
use authn::pingid::{self, device_number};
use domain::{Bypass, Device, DeviceKind, Timestamp, User, UserId};
use serde_json::{Map, Value, json};

use super::operation::{Answer, Call, Halt, Reply, is_told};
use crate::fault::Fault;

/// The only job.
const USER_REPORTS: &str = "USER_REPORTS";
/// The longest token of a job, in bytes.
const MAX_TOKEN: usize = 2048;
/// The most tokens that are asked about at once.
const MOST_TOKENS: usize = 50;
/// How long a job is known.
const KEPT: i64 = 24 * 60 * 60;

/// `createjob`
pub(super) async fn create_job(call: &Call<'_>) -> Answer {
    if call.body.required("jobType")? != USER_REPORTS {
        return Err(Outcome::Malformed.into());
    }
    let key = call.organization.newest();
    let key = key.ok_or_else(|| Fault::Defect("the organisation has no key".to_owned()))?;
    let job = json!({ "job": USER_REPORTS, "made": call.house.now().seconds() });
    let token = pingid::sign(call.organization, key, &job);
    let token = token.map_err(|error| Fault::Defect(error.to_string()))?;
    let event = call.event("pingid.job_created");
    call.note(&event.with("job", USER_REPORTS)).await?;
    Ok(Reply::done().with("jobToken", token))
}

/// `getjobstatus`
pub(super) async fn job_status(call: &Call<'_>) -> Answer {
    match is_job(call, call.body.required("jobToken")?) {
        true => Ok(Reply::done()
            .with("status", "done")
            .with("jobResult", done())),
        false => Err(Outcome::JobUnknown.into()),
    }
}

/// `getbulkjobstatus`
pub(super) async fn bulk_job_status(call: &Call<'_>) -> Answer {
    let tokens = call.body.texts("jobTokens", MOST_TOKENS)?;
    if tokens.iter().any(|token| !is_job(call, token)) {
        return Err(Outcome::JobUnknown.into());
    }
    let results: Map<String, Value> = tokens
        .into_iter()
        .map(|token| (token.to_owned(), done()))
        .collect();
    Ok(Reply::done().with("jobResults", results))
}

fn done() -> Value {
    json!({ "type": "JobResult", "status": "DONE" })
}

/// Whether this stands for a job of the organisation.
fn is_job(call: &Call<'_>, token: &str) -> bool {
    let now = call.house.now();
    let verified = pingid::verify(call.organization, token, MAX_TOKEN, now);
    verified.is_ok_and(|verified| {
        let made = verified.payload().get("made").and_then(Value::as_i64);
        let is_recent = made.is_some_and(|made| (0..KEPT).contains(&(now.seconds() - made)));
        verified.payload().get("job") == Some(&USER_REPORTS.into()) && is_recent
    })
}

/// `getorgreport`: a row for each device, and for each person without one.
pub(super) async fn report(call: &Call<'_>) -> Answer {
    let is_csv = match call.body.required("fileType")? {
        kind if kind.eq_ignore_ascii_case("CSV") => true,
        kind if kind.eq_ignore_ascii_case("JSON") => false,
        _ => return Err(Outcome::Malformed.into()),
    };
    let rows = rows(call).await?;
    let report = match is_csv {
        true => csv(&rows),
        false => {
            let rows: Vec<Value> = rows.iter().map(Row::json).collect();
            Value::Array(rows).to_string()
        }
    };
    Ok(Reply {
        report: Some(report),
        ..Reply::done()
    })
}

async fn rows(call: &Call<'_>) -> Result<Vec<Row>, Halt> {
    let (records, now) = (&call.house.records, call.house.now());
    let mut owned: HashMap<UserId, Vec<Device>> = HashMap::new();
    for device in records.all::<Device>().await? {
        let is_told = is_told(&device.kind);
        if device.is_active() && is_told {
            owned.entry(device.user).or_default().push(device.record);
        }
    }
    let bypasses = records.all::<Bypass>().await?.into_iter();
    let bypasses: HashMap<UserId, Timestamp> = bypasses
        .filter(|bypass| bypass.holds(now))
        .map(|bypass| (bypass.user, bypass.until))
        .collect();
    let mut users = records.all::<User>().await?;
    users.sort_by_key(|user| User::normalized(&user.username));
    let mut rows = Vec::new();
    for user in users {
        let mut devices = owned.remove(&user.id).unwrap_or_default();
        devices.sort_by_key(|device| (device.position, device.id));
        let person = Row::of(&user, &devices, bypasses.get(&user.id).copied());
        match devices.is_empty() {
            true => rows.push(person),
            false => {
                let devices = devices.iter().zip(0..);
                rows.extend(devices.map(|(device, place)| person.with(device, place == 0)));
            }
        }
    }
    Ok(rows)
}

/// What a cell holds.
#[derive(Clone)]
enum Cell {
    Text(String),
    Number(i64),
    Time(Option<Timestamp>),
}

impl Cell {
    fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// The names of the cells of a row, in their order.
const COLUMNS: [&str; 19] = [
    "username",
    "fname",
    "lname",
    "status",
    "userCreationTime",
    "orgEmail",
    "deviceCount",
    "lastTrxTime",
    "bypassUntil",
    "deviceID",
    "deviceType",
    "deviceRole",
    "deviceNickname",
    "devicePairingDate",
    "deviceModel",
    "countryCode",
    "phoneNumber",
    "deviceEmail",
    "lastDeviceTrxTime",
];

/// A row: what is of a person, then what is of a device.
#[derive(Clone)]
struct Row(Vec<Cell>);

impl Row {
    fn of(user: &User, devices: &[Device], bypass: Option<Timestamp>) -> Self {
        let status = match (user.enabled, devices.is_empty()) {
            (false, _) => "SUSPENDED",
            (true, false) => "ACTIVE",
            (true, true) => "NOT_ACTIVE",
        };
        let profile = &user.profile;
        let known = |text: &Option<String>| Cell::text(text.clone().unwrap_or_default());
        let used = devices.iter().filter_map(|device| device.last_used).max();
        Self(vec![
            Cell::text(&user.username),
            known(&profile.given_name),
            known(&profile.family_name),
            Cell::text(status),
            Cell::Time(Some(user.created)),
            known(&profile.email),
            Cell::Number(i64::try_from(devices.len()).unwrap_or(i64::MAX)),
            Cell::Time(used),
            Cell::Time(bypass),
        ])
    }

    fn with(&self, device: &Device, is_primary: bool) -> Self {
        let (country, phone) = match &device.kind {
            DeviceKind::Sms { number } | DeviceKind::Voice { number } => calling_code(number),
            _ => ("", ""),
        };
        let email = match &device.kind {
            DeviceKind::Email { address } => address.as_str(),
            _ => "",
        };
        let mut row = self.clone();
        row.0.extend([
            Cell::text(device_number(device.id).to_string()),
            Cell::text(device_type(&device.kind)),
            Cell::text(if is_primary { "Primary" } else { "Secondary" }),
            Cell::text(&device.name),
            Cell::Time(Some(device.created)),
            Cell::text(""),
            Cell::text(country),
            Cell::text(phone),
            Cell::text(email),
            Cell::Time(device.last_used),
        ]);
        row
    }

    fn json(&self) -> Value {
        let cells = COLUMNS.iter().zip(&self.0);
        let told = cells.map(|(name, cell)| {
            let value = match cell {
                Cell::Text(text) => text.as_str().into(),
                Cell::Number(number) => (*number).into(),
                Cell::Time(at) => at.map(Timestamp::millis).into(),
            };
            ((*name).to_owned(), value)
        });
        Value::Object(told.collect())
    }
}

/// RFC 4180, with every cell between quotes.
fn csv(rows: &[Row]) -> String {
    let mut file = COLUMNS.map(quoted).join(",");
    file.push_str("\r\n");
    for row in rows {
        for place in 0..COLUMNS.len() {
            let cell = match row.0.get(place) {
                None | Some(Cell::Time(None)) => String::new(),
                Some(Cell::Text(text)) => text.clone(),
                Some(Cell::Number(number)) => number.to_string(),
                Some(Cell::Time(Some(at))) => date(*at),
            };
            let comma = if place == 0 { "" } else { "," };
            // Writing to a string does not fail.
            let _ = write!(file, "{comma}{}", quoted(&cell));
        }
        file.push_str("\r\n");
    }
    file
}

/// `yyyy/mm/dd hh:mm:ss`, UTC.
fn date(at: Timestamp) -> String {
    let told = at.to_string();
    let whole = told.split('.').next().unwrap_or_default();
    whole.replace('-', "/").replacen('T', " ", 1)
}

/// What a spreadsheet would take for a formula is told as the text that it is.
fn quoted(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if is_formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc4180_2_7_a_quote_is_doubled() {
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
    }

    #[test]
    fn times_are_told_in_utc() {
        assert_eq!(
            date(Timestamp::from_seconds(1_795_348_800)),
            "2026/11/22 12:00:00"
        );
    }
}
