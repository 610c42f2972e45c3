//! Metrics, in the text format that Prometheus reads.

use std::fmt::Write;
use std::time::{Duration, Instant};

use domain::Channel;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// One kind of request and its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    #[prometheus(flatten)]
    kind: RouteLabels,
    status: u16,
}

/// One kind of request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

/// The grant by which tokens were issued.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct GrantLabels {
    grant: &'static str,
}

/// What there was too much of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PurposeLabels {
    purpose: &'static str,
}

/// A result.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabels {
    result: String,
}

/// The name of an audit event.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EventLabels {
    event: String,
}

/// How a message travels.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ChannelLabels {
    channel: &'static str,
}

/// The same, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MessageLabels {
    channel: &'static str,
    result: &'static str,
}

/// Everything that is counted.
pub(crate) struct Metrics {
    registry: Registry,
    started: Instant,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram>,
    tokens: Family<GrantLabels, Counter>,
    limited: Family<PurposeLabels, Counter>,
    sign_ons: Family<ResultLabels, Counter>,
    events: Family<EventLabels, Counter>,
    commits: Histogram,
    conflicts: Counter,
    passwords_waiting: Gauge,
    messages: Family<MessageLabels, Counter>,
    message_delays: Family<ChannelLabels, Histogram>,
    oldest_messages: Family<ChannelLabels, Gauge>,
}

impl Metrics {
    /// Nothing counted yet.
    pub(crate) fn new() -> Self {
        let durations = Family::new_with_constructor(latency as fn() -> Histogram);
        let message_delays = Family::new_with_constructor(delay as fn() -> Histogram);
        let mut metrics = Self {
            registry: Registry::with_prefix("countersign"),
            started: Instant::now(),
            requests: Family::default(),
            durations,
            tokens: Family::default(),
            limited: Family::default(),
            sign_ons: Family::default(),
            events: Family::default(),
            commits: latency(),
            conflicts: Counter::default(),
            passwords_waiting: Gauge::default(),
            messages: Family::default(),
            message_delays,
            oldest_messages: Family::default(),
        };
        metrics.register();
        metrics.register_messages();
        metrics
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("http_requests", "Requests answered", self.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "From the head of a request to the head of its answer",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register(
            "tokens_issued",
            "Answers of the token endpoint that hold tokens, by grant",
            self.tokens.clone(),
        );
        registry.register(
            "requests_limited",
            "Requests refused because too much came from one address, by purpose",
            self.limited.clone(),
        );
        registry.register(
            "sign_ons",
            "Attempts to sign on by result",
            self.sign_ons.clone(),
        );
        registry.register("audit_events", "Audit events by name", self.events.clone());
        registry.register_with_unit(
            "store_commit_duration",
            "How long commits took",
            Unit::Seconds,
            self.commits.clone(),
        );
        registry.register(
            "store_conflicts",
            "Commits that found a record changed",
            self.conflicts.clone(),
        );
        registry.register(
            "passwords_waiting",
            "Passwords that wait to be hashed",
            self.passwords_waiting.clone(),
        );
    }

    fn register_messages(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "messages",
            "Attempts to send a message by result: sent, retried, failed",
            self.messages.clone(),
        );
        registry.register_with_unit(
            "message_delay",
            "From the writing of a message until it was taken",
            Unit::Seconds,
            self.message_delays.clone(),
        );
        registry.register_with_unit(
            "oldest_message_age",
            "Since the writing of the oldest message that waits, or nothing",
            Unit::Seconds,
            self.oldest_messages.clone(),
        );
    }

    /// Notes an attempt to send a message.
    pub(crate) fn message(&self, channel: Channel, result: &'static str) {
        let channel = channel.name();
        let labels = MessageLabels { channel, result };
        self.messages.get_or_create(&labels).inc();
    }

    /// Notes how long a message that was taken has waited.
    pub(crate) fn message_delay(&self, channel: Channel, delay: Duration) {
        let channel = channel.name();
        let delays = self
            .message_delays
            .get_or_create(&ChannelLabels { channel });
        delays.observe(delay.as_secs_f64());
    }

    /// Notes for how long the oldest message of a channel has waited.
    pub(crate) fn oldest_message(&self, channel: Channel, age: Duration) {
        let channel = channel.name();
        let oldest = self
            .oldest_messages
            .get_or_create(&ChannelLabels { channel });
        oldest.set(i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
    }

    /// Notes a request that was answered.
    pub(super) fn request(&self, method: &http::Method, route: &str, answer: (u16, Duration)) {
        let (status, took) = answer;
        let kind = RouteLabels {
            method: method_name(method),
            route: route.to_owned(),
        };
        self.durations
            .get_or_create(&kind)
            .observe(took.as_secs_f64());
        let labels = RequestLabels { kind, status };
        self.requests.get_or_create(&labels).inc();
    }

    /// Notes that tokens were issued by this grant.
    pub(super) fn tokens(&self, grant: &'static str) {
        self.tokens.get_or_create(&GrantLabels { grant }).inc();
    }

    /// Notes a request that was refused because too much of this came from one address.
    pub(super) fn limited(&self, purpose: &'static str) {
        self.limited.get_or_create(&PurposeLabels { purpose }).inc();
    }

    /// Notes an audit event; those of signing on are counted by their result as well.
    pub(crate) fn event(&self, event: &str) {
        if let Some(result) = event.strip_prefix("sign_on.") {
            let result = result.to_owned();
            self.sign_ons.get_or_create(&ResultLabels { result }).inc();
        }
        let event = event.to_owned();
        self.events.get_or_create(&EventLabels { event }).inc();
    }

    /// Notes a commit and whether it found a record changed.
    pub(crate) fn commit(&self, took: Duration, conflict: bool) {
        self.commits.observe(took.as_secs_f64());
        if conflict {
            self.conflicts.inc();
        }
    }

    /// How many passwords wait to be hashed.
    pub(crate) fn passwords_waiting(&self) -> Gauge {
        self.passwords_waiting.clone()
    }

    /// Everything as text.
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        write_process(&mut text, self.started.elapsed())?;
        // The encoder ends the text with the mark that nothing follows.
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn latency() -> Histogram {
    Histogram::new([
        0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
    ])
}

fn delay() -> Histogram {
    Histogram::new([0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0])
}

/// The method's name; unknown methods are all alike, so that a caller cannot make up labels.
fn method_name(method: &http::Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"];
    KNOWN
        .into_iter()
        .find(|known| *known == method.as_str())
        .unwrap_or("other")
}

/// What is known of the process, by the names that every exporter uses.
fn write_process(text: &mut String, uptime: Duration) -> std::fmt::Result {
    writeln!(
        text,
        "# HELP countersign_uptime_seconds Since the start of the process."
    )?;
    writeln!(text, "# TYPE countersign_uptime_seconds gauge")?;
    writeln!(
        text,
        "countersign_uptime_seconds {:.3}",
        uptime.as_secs_f64()
    )?;
    if let Some(bytes) = resident_memory() {
        writeln!(
            text,
            "# HELP process_resident_memory_bytes Resident memory size in bytes."
        )?;
        writeln!(text, "# TYPE process_resident_memory_bytes gauge")?;
        writeln!(text, "process_resident_memory_bytes {bytes}")?;
    }
    Ok(())
}

/// The resident memory of this process, where the system tells it as Linux does.
fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_told() {
        let metrics = Metrics::new();
        let answer = (200, Duration::from_millis(3));
        metrics.request(&http::Method::POST, "/as/token.oauth2", answer);
        metrics.request(
            &http::Method::from_bytes(b"MADE-UP").unwrap(),
            "none",
            answer,
        );
        metrics.tokens("refresh_token");
        metrics.limited("sign_on");
        metrics.event("sign_on.failed");
        metrics.commit(Duration::from_millis(1), true);
        metrics.passwords_waiting().inc();
        metrics.message(Channel::Sms, "sent");
        metrics.message_delay(Channel::Sms, Duration::from_millis(70));
        metrics.oldest_message(Channel::Email, Duration::from_secs(90));
        let text = metrics.text().unwrap();
        for line in [
            "countersign_http_requests_total{method=\"POST\",route=\"/as/token.oauth2\",status=\"200\"} 1",
            "countersign_http_requests_total{method=\"other\",route=\"none\",status=\"200\"} 1",
            "countersign_http_request_duration_seconds_count{method=\"POST\",route=\"/as/token.oauth2\"} 1",
            "countersign_tokens_issued_total{grant=\"refresh_token\"} 1",
            "countersign_requests_limited_total{purpose=\"sign_on\"} 1",
            "countersign_sign_ons_total{result=\"failed\"} 1",
            "countersign_audit_events_total{event=\"sign_on.failed\"} 1",
            "countersign_store_conflicts_total 1",
            "countersign_passwords_waiting 1",
            "countersign_messages_total{channel=\"sms\",result=\"sent\"} 1",
            "countersign_message_delay_seconds_count{channel=\"sms\"} 1",
            "countersign_oldest_message_age_seconds{channel=\"email\"} 90",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
        assert!(text.contains("process_resident_memory_bytes "));
        assert!(text.ends_with("# EOF\n"));
    }
}
