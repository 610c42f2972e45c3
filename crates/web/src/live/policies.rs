//! By which policies the people of an environment sign on, by client.

use std::time::Duration;

use authn::evidence::FactorKind;
use authn::factor::push::PushPolicy;
use authn::factor::webauthn::UserVerification;
use authn::flow::{
    AcrPolicy, AcrRule, DevicePolicy, IdentityPolicy, Policy, SecondFactor, Selection,
    is_same_group,
};
use domain::port::{Kind, Records, StoreError};
use domain::{ClientId, LockoutPolicy};
use serde_json::{Map, Value};

/// The documents of all policies and assignments, under their ids.
pub(crate) const POLICIES: &str = "environment/policies/";

/// The member that says of which sort a document is.
pub(crate) const SORT: &str = "sort";

/// A sort of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// How people sign on.
    SignOn,
    /// With which devices.
    Device,
    /// To which application a way to sign on belongs.
    Assignment,
}

impl Sort {
    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SignOn => "signOnPolicy",
            Self::Device => "deviceAuthenticationPolicy",
            Self::Assignment => "signOnPolicyAssignment",
        }
    }
}

/// The policies of an environment.
#[derive(Debug, Default)]
pub(crate) struct Policies {
    sign_on: Vec<SignOn>,
    devices: Vec<(String, Map<String, Value>)>,
    /// Application, priority, policy.
    assignments: Vec<(String, i64, String)>,
}

/// One way to sign on.
#[derive(Debug)]
struct SignOn {
    id: String,
    name: String,
    is_default: bool,
    actions: Vec<Value>,
}

impl Policies {
    /// Reads what is stored.
    pub(super) async fn read(records: &Records) -> Result<Self, StoreError> {
        let documents = records.documents(Kind::Resource, POLICIES.as_bytes());
        let mut policies = Self::default();
        for (name, document) in documents.await? {
            let id = name.key.get(POLICIES.len()..).unwrap_or_default();
            let id = String::from_utf8_lossy(id).into_owned();
            if let Value::Object(members) = document.record {
                policies.add(id, members);
            }
        }
        policies.assignments.sort_by_key(|it| it.1);
        Ok(policies)
    }

    fn add(&mut self, id: String, members: Map<String, Value>) {
        let sort = text(&members, SORT).unwrap_or_default();
        if sort == Sort::SignOn.name() {
            let actions = members.get("actions").and_then(Value::as_array);
            self.sign_on.push(SignOn {
                id,
                name: text(&members, "name").unwrap_or_default().to_owned(),
                is_default: is_default(&members),
                actions: actions.cloned().unwrap_or_default(),
            });
        } else if sort == Sort::Device.name() {
            self.devices.push((id, members));
        } else if let (Some(application), Some(policy)) = (
            text(&members, "application"),
            reference(&members, "signOnPolicy"),
        ) {
            let priority = members.get("priority").and_then(Value::as_i64);
            let assignment = (
                application.to_owned(),
                priority.unwrap_or(1),
                policy.to_owned(),
            );
            self.assignments.push(assignment);
        }
    }

    /// The policy by which people sign on to a client: the first that the request names of those that
    /// are the client's, else the first of these. A client that has none of its own has that of the
    /// environment. `None` if there is none: then what is set for the server holds.
    pub(crate) fn chosen(
        &self,
        client: &ClientId,
        named: &[String],
    ) -> Option<(&str, SecondFactor)> {
        let its = self.of_client(client);
        let by_name = |name: &String| its.iter().find(|it| it.name == *name);
        let chosen = named.iter().find_map(by_name).or(its.first());
        chosen.map(|it| (it.id.as_str(), it.second_factor()))
    }

    /// The policy by which somebody in these groups signs on to an application that cannot name one: of
    /// those that are the application's the first that is called as one of the groups, by priority and not
    /// by the order in which groups are told; else the first of all.
    pub(crate) fn chosen_for(&self, application: &ClientId, groups: &[String]) -> Option<&str> {
        let its = self.of_client(application);
        let is_theirs = |it: &&&SignOn| groups.iter().any(|group| is_same_group(&it.name, group));
        let chosen = its.iter().find(is_theirs).or(its.first());
        chosen.map(|it| it.id.as_str())
    }

    /// The policies of a client, by priority; that of the environment, if it has none of its own.
    fn of_client(&self, client: &ClientId) -> Vec<&SignOn> {
        let its = self.assignments.iter().filter(|it| it.0 == client.as_str());
        let its = its.filter_map(|(_, _, id)| self.sign_on(id));
        let mut its: Vec<&SignOn> = its.collect();
        if its.is_empty() {
            its.extend(self.sign_on.iter().find(|it| it.is_default));
        }
        its
    }

    /// The names of the ways to sign on.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.sign_on.iter().map(|it| it.name.as_str())
    }

    /// What holds where this way to sign on was chosen, before what is set for the server.
    pub(crate) fn applied(&self, chosen: &str, server: &Policy) -> Option<Policy> {
        let sign_on = self.sign_on(chosen)?;
        let device = sign_on.action("MULTI_FACTOR_AUTHENTICATION");
        let device =
            device.and_then(|it| it.get("deviceAuthenticationPolicy")?.get("id")?.as_str());
        let mut policy = Policy {
            acr: AcrPolicy::new(vec![AcrRule {
                name: sign_on.name.clone(),
                second_factor: sign_on.second_factor() == SecondFactor::Required,
            }]),
            identity: sign_on.identity(&server.identity),
            ..server.clone()
        };
        if let Some(device) = self.device(device) {
            apply_devices(device, &mut policy);
        }
        Some(policy)
    }

    /// What holds where people are asked for their devices alone, by this policy or that of the
    /// environment.
    pub(crate) fn of_devices(&self, named: Option<&str>, server: &Policy) -> Option<Policy> {
        let device = match named {
            Some(id) => Some(&self.devices.iter().find(|(known, _)| known == id)?.1),
            None => self.device(None),
        };
        let mut policy = server.clone();
        if let Some(device) = device {
            apply_devices(device, &mut policy);
        }
        Some(policy)
    }

    /// What holds where people set up devices: what the policy of the environment says, with every kind that
    /// the named one lets answer, or any. `None` if there is no such policy.
    pub(crate) fn to_enrol(&self, named: Option<&str>, server: &Policy) -> Option<Policy> {
        let mut policy = self.of_devices(None, server)?;
        let devices = &mut policy.devices;
        match named {
            Some(_) => devices.allowed = self.of_devices(named, server)?.devices.allowed,
            None if self.devices.is_empty() => {}
            None => {
                devices.allowed.clone_from(&server.devices.allowed);
                devices.allowed.retain(|kind| {
                    let mut all = self.devices.iter();
                    all.any(|(_, members)| allows(members, *kind))
                });
            }
        }
        Some(policy)
    }

    /// Whether some policy has people show their face.
    pub(crate) fn allows_faces(&self) -> bool {
        let mut all = self.devices.iter();
        all.any(|(_, members)| is_enabled(members, "face"))
    }

    fn sign_on(&self, id: &str) -> Option<&SignOn> {
        self.sign_on.iter().find(|it| it.id == id)
    }

    /// The policy of devices with this id, else that of the environment.
    fn device(&self, id: Option<&str>) -> Option<&Map<String, Value>> {
        let mut all = self.devices.iter();
        let named = id.and_then(|id| all.find(|(known, _)| known == id));
        let mut all = self.devices.iter();
        let found = named.or_else(|| all.find(|(_, members)| is_default(members)));
        found.map(|(_, members)| members)
    }
}

impl SignOn {
    fn action(&self, named: &str) -> Option<&Value> {
        let is_named = |it: &&Value| it.get("type").and_then(Value::as_str) == Some(named);
        self.actions.iter().find(is_named)
    }

    fn second_factor(&self) -> SecondFactor {
        let action = self.action("MULTI_FACTOR_AUTHENTICATION");
        let without = action.map(|it| it.get("noDevicesMode").and_then(Value::as_str));
        match without {
            None => SecondFactor::Never,
            Some(Some("BYPASS")) => SecondFactor::WhenEnrolled,
            Some(_) => SecondFactor::Required,
        }
    }

    fn identity(&self, server: &IdentityPolicy) -> IdentityPolicy {
        let steps = ["LOGIN", "IDENTIFIER_FIRST"].map(|named| self.action(named));
        let enables = |what: &str| {
            let flag = |it: &&Value| it.get(what).and_then(|it| it.get("enabled")?.as_bool());
            let mut steps = steps.iter().flatten();
            steps.any(|it| flag(it) == Some(true))
        };
        let (recovery, registration) = (enables("recovery"), enables("registration"));
        IdentityPolicy {
            identifier_first: self.action("IDENTIFIER_FIRST").is_some(),
            // What the server cannot do no policy turns on.
            recovery: recovery && server.recovery,
            registration: registration && server.registration,
            ..server.clone()
        }
    }
}

/// Writes what a policy of devices says over what holds.
fn apply_devices(members: &Map<String, Value>, policy: &mut Policy) {
    let of = |name: &str| members.get(name).and_then(Value::as_object);
    let devices: &mut DevicePolicy = &mut policy.devices;
    devices.allowed.retain(|kind| allows(members, *kind));
    // What the server itself asks nobody for, an environment may.
    if is_enabled(members, "face") {
        devices.allow_face();
    }
    let order = members.get("order").and_then(Value::as_array);
    if let Some(order) = order {
        let named = |name: &Value| {
            let mut kinds = devices.allowed.iter().copied();
            kinds.find(|kind| method(*kind).is_some_and(|method| name == method))
        };
        devices.first = order.iter().filter_map(named).collect();
    }
    let selection = of("authentication").and_then(|it| it.get("deviceSelection").cloned());
    let selection = selection.and_then(|it| serde_json::from_value::<Selection>(it).ok());
    devices.selection = selection.unwrap_or(devices.selection);
    let otp = of("otp");
    let number = |name: &str| otp.and_then(|it| it.get(name)?.as_u64());
    let seconds = |name: &str| number(name).map(Duration::from_secs);
    let whole = |name: &str| number(name).and_then(|it| u32::try_from(it).ok());
    let code = &mut devices.code;
    let length = whole("length").and_then(|it| u8::try_from(it).ok());
    code.length = length.unwrap_or(code.length);
    code.lifetime = seconds("lifetime").unwrap_or(code.lifetime);
    code.tries = whole("failures").unwrap_or(code.tries);
    code.sends = whole("sends").unwrap_or(code.sends);
    code.pause = seconds("pause").unwrap_or(code.pause);
    if let (Some(limit), Some(cool_down)) = (whole("failures"), seconds("coolDown")) {
        devices.failures = Some(LockoutPolicy { limit, cool_down });
    }
    apply_push(of("push"), &mut devices.push);
    let wanted = of("fido2").and_then(|it| it.get("userVerification")?.as_str());
    if let (Some(wanted), Some(webauthn)) = (wanted, devices.webauthn.as_mut()) {
        webauthn.user_verification = match wanted {
            "REQUIRED" => UserVerification::Required,
            "DISCOURAGED" => UserVerification::Discouraged,
            _ => UserVerification::Preferred,
        };
    }
    if let Some(remembered) = of("remembered") {
        let lifetime = remembered.get("seconds").and_then(Value::as_u64);
        policy.identity.trusted_browser = lifetime.map(Duration::from_secs);
    }
}

/// How authenticators are asked, as far as a policy says.
fn apply_push(said: Option<&Map<String, Value>>, push: &mut PushPolicy) {
    let of = |name: &str| said.and_then(|said| said.get(name));
    let seconds = |name: &str| of(name).and_then(Value::as_u64).map(Duration::from_secs);
    push.timeout = seconds("pushTimeout").unwrap_or(push.timeout);
    push.pairing = seconds("pairingKeyLifetime").unwrap_or(push.pairing);
    let matching = of("numberMatching").and_then(Value::as_bool);
    push.number_matching = matching.unwrap_or(push.number_matching);
}

/// Whether a policy lets people answer with this.
fn allows(members: &Map<String, Value>, kind: FactorKind) -> bool {
    method(kind).is_none_or(|name| is_enabled(members, name))
}

/// What a policy calls a kind of devices, if it says anything of them.
const fn method(kind: FactorKind) -> Option<&'static str> {
    Some(match kind {
        FactorKind::Email => "email",
        FactorKind::Sms => "sms",
        FactorKind::Voice => "voice",
        FactorKind::Totp => "totp",
        FactorKind::WebAuthn => "fido2",
        FactorKind::Push => "mobile",
        FactorKind::Face => "face",
        FactorKind::Password | FactorKind::RecoveryCode => return None,
    })
}

/// Whether people answer with devices of this kind.
fn is_enabled(members: &Map<String, Value>, name: &str) -> bool {
    let kind = members.get(name);
    kind.and_then(|it| it.get("enabled")?.as_bool()) == Some(true)
}

fn is_default(members: &Map<String, Value>) -> bool {
    members.get("default") == Some(&Value::Bool(true))
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str)
}

/// The id of what a member `{"id"}` refers to.
fn reference<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.get("id")?.as_str()
}
