//! A small world to test in: people, a store that keeps its word, a browser, a clock.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use domain::port::fixed::CountingRandom;
use domain::port::{Change, Changes, Expectation, Key, Kind, Record, Tenant, Version, Versioned};
use domain::{
    Attempts, AuthorizationDetails, ClientId, Consent, Device, DeviceId, DeviceKind, DeviceStatus,
    HandleKey, Message, MessageContent, Password, Profile, Scope, Secret, Session, SessionId,
    Timestamp, TransactionDraft, TrustedBrowser, User, UserId,
};

use crate::account::Access;
use crate::approval::scene;
use crate::factor::password::{Cost, Hasher, NewPassword, PasswordVerdict, Proposed, Salt};
use crate::factor::webauthn::tests::soft_authenticator::SoftAuthenticator;
use crate::factor::webauthn::{
    AttestationConveyance, AuthenticationResponse, BytesAs, Challenge, CoseAlgorithm,
    CreationOptions, Registration, RegistrationResponse, RelyingParty, RequestOptions, ResidentKey,
    UserEntity, UserVerification,
};
use crate::factor::{recovery, totp};
use crate::flow::{
    Action, BoundFlow, Circumstances, ConsentDemand, Decision, Door, Facts, Flow, Origin, Outcome,
    Person, Policy, Requirement, SignedOn, Step, Trusted, WebAuthnPolicy, Who, Wording, act, begin,
    next, trust,
};
use crate::lockout;
use crate::session::{self, Visit};

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_700_000_010);
pub(crate) const RIGHT: &str = "correct horse";
pub(crate) const WRONG: &str = "battery staple";

/// The people: alice has a password, bob an authenticator as well, carol a mailbox, a telephone and
/// recovery codes, erin a passkey where those are used, dora is disabled.
pub(crate) const ALICE: &str = "alice";
pub(crate) const BOB: &str = "bob";
pub(crate) const CAROL: &str = "carol";
pub(crate) const ERIN: &str = "erin";
pub(crate) const DORA: &str = "dora";
/// Nobody has this name.
pub(crate) const NOBODY: &str = "nobody";

/// A store, a browser and a clock.
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) random: CountingRandom,
    pub(crate) policy: Policy,
    pub(crate) hasher: Hasher,
    pub(crate) wording: Wording,
    pub(crate) circumstances: Circumstances,
    /// What the browser's session cookie holds.
    pub(crate) cookie: Option<HandleKey>,
    /// What its cookie of a trusted browser holds.
    pub(crate) trust_cookie: Option<HandleKey>,
    /// Where passkeys are kept.
    pub(crate) authenticator: SoftAuthenticator,
    /// What is on carol's paper.
    pub(crate) recovery_codes: Vec<Secret>,
    records: BTreeMap<(Kind, Vec<u8>), (Version, Vec<u8>)>,
    claims: BTreeSet<Key>,
    writings: i64,
}

/// A change found something else than it expected, or what it claims was claimed before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Conflict;

impl World {
    pub(crate) fn new() -> Self {
        let cost = Cost {
            memory: 8,
            passes: 1,
            lanes: 1,
        };
        let mut world = Self {
            now: NOW,
            random: CountingRandom::default(),
            policy: Policy::default(),
            hasher: Hasher::new(cost).unwrap(),
            cookie: None,
            trust_cookie: None,
            circumstances: Circumstances::default(),
            wording: Wording {
                application: "Demo Shop".to_owned(),
                environment: "Example".to_owned(),
                ..Wording::default()
            },
            authenticator: SoftAuthenticator::at("https://id.example.com"),
            recovery_codes: Vec::new(),
            records: BTreeMap::new(),
            claims: BTreeSet::new(),
            writings: 0,
        };
        for name in [ALICE, BOB, CAROL, ERIN, DORA] {
            world.add_person(name);
        }
        let bob = world.user(BOB).unwrap().id;
        let device = world.authenticator_of(bob);
        world.commit_one(|changes| changes.insert(&device));
        world.equip(CAROL);
        world
    }

    /// A world in which passkeys are used, and erin has one.
    pub(crate) fn with_passkeys() -> Self {
        let mut world = Self::new();
        let origin = "https://id.example.com";
        let party = RelyingParty::new("id.example.com", "Example", &[origin]).unwrap();
        world.policy.devices.webauthn = Some(WebAuthnPolicy::new(party));
        world.equip_with_passkey(ERIN);
        world
    }

    fn equip_with_passkey(&mut self, name: &str) {
        let user = self.user(name).unwrap().id;
        let policy = self.policy.devices.webauthn.clone().unwrap();
        let challenge = Challenge::random(&self.random);
        let options = CreationOptions {
            relying_party: &policy.relying_party,
            user: UserEntity {
                id: user.as_bytes(),
                name,
                display_name: name,
            },
            challenge: &challenge,
            algorithms: CoseAlgorithm::DEFAULT,
            timeout: policy.timeout,
            exclude: &[],
            attachment: None,
            resident_key: ResidentKey::Required,
            user_verification: UserVerification::Required,
            attestation: AttestationConveyance::None,
            hints: &[],
        };
        let created = self.authenticator.create(&options.json(BytesAs::Base64Url));
        let response = RegistrationResponse::parse(created.to_string().as_bytes()).unwrap();
        let registration = Registration {
            relying_party: &policy.relying_party,
            challenge: &challenge,
            algorithms: CoseAlgorithm::DEFAULT,
            user_verification: UserVerification::Required,
            conditional: false,
            attestation: &policy.attestation,
            already_registered: false,
        };
        let registered = registration.verify(&response, self.now).unwrap();
        let device = Device {
            id: DeviceId::new(self.now, &self.random),
            user,
            name: "laptop".to_owned(),
            kind: DeviceKind::WebAuthn(registered.into_record()),
            status: DeviceStatus::Active,
            created: self.now,
            last_used: None,
            position: 0,
            pairing: None,
        };
        self.commit_one(|changes| changes.insert(&device));
    }

    /// Gives somebody a mailbox, a telephone and recovery codes.
    fn equip(&mut self, name: &str) {
        let user = self.user(name).unwrap().id;
        let email = DeviceKind::Email {
            address: format!("{name}@example.com"),
        };
        let sms = DeviceKind::Sms {
            number: "+4930123456".to_owned(),
        };
        let (codes, paper) = recovery::generate(user, self.now, &self.random);
        self.recovery_codes = codes;
        for (position, kind) in (0..).zip([email, sms]) {
            let device = Device {
                id: DeviceId::new(self.now, &self.random),
                user,
                name: format!("device {position}"),
                kind,
                status: DeviceStatus::Active,
                created: self.now,
                last_used: None,
                position,
                pairing: None,
            };
            self.commit_one(|changes| changes.insert(&device));
        }
        self.commit_one(|changes| changes.insert(&paper));
    }

    fn add_person(&mut self, name: &str) {
        let user = User {
            id: UserId::new(self.now, &self.random),
            username: name.to_owned(),
            enabled: name != DORA,
            mfa_enabled: true,
            profile: Profile {
                email: Some(format!("{name}@example.com")),
                email_verified: Some(true),
                ..Profile::default()
            },
            created: self.now,
            modified: self.now,
        };
        let password = Password {
            user: user.id,
            hash: self.hasher.hash(RIGHT, &Salt::default()),
            changed: self.now,
            must_change: false,
        };
        self.commit_one(|changes| {
            changes.insert(&user);
            changes.insert(&password);
        });
    }

    fn authenticator_of(&self, user: UserId) -> Device {
        let secret = totp::generate(&self.random);
        let pending = totp::device(user, "phone", secret, self.now, &self.random);
        let long_ago = self.now - Duration::from_hours(1);
        let code = totp::shown_by(&pending, long_ago);
        totp::accept(&pending, &code, long_ago).unwrap()
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
    }
}

/// The store.
impl World {
    /// All changes, or none.
    pub(crate) fn commit(&mut self, changes: Changes) -> Result<(), Conflict> {
        let before = (self.records.clone(), self.claims.clone());
        for change in changes.of_tenant(Tenant::DEFAULT) {
            if self.apply(change).is_err() {
                (self.records, self.claims) = before;
                return Err(Conflict);
            }
        }
        Ok(())
    }

    pub(crate) fn commit_one(&mut self, write: impl FnOnce(&mut Changes)) {
        let mut changes = Changes::none();
        write(&mut changes);
        self.commit(changes).unwrap();
    }

    fn apply(&mut self, change: Change) -> Result<(), Conflict> {
        self.writings += 1;
        match change {
            Change::Put {
                kind,
                key,
                expect,
                body,
                ..
            } => {
                let key = (kind, key.local().to_vec());
                self.find(&key, expect)?;
                self.records.insert(key, (Version(self.writings), body));
            }
            Change::Delete { kind, key, version } => {
                let key = (kind, key.local().to_vec());
                let removed = self.records.remove(&key).map(|(version, _)| version);
                if removed != Some(version) {
                    return Err(Conflict);
                }
            }
            Change::Check { kind, key, expect } => {
                self.find(&(kind, key.local().to_vec()), expect)?;
            }
            Change::Claim { key, .. } => {
                if !self.claims.insert(key) {
                    return Err(Conflict);
                }
            }
        }
        Ok(())
    }

    fn find(&self, key: &(Kind, Vec<u8>), expect: Expectation) -> Result<(), Conflict> {
        let found = self.records.get(key).map(|(version, _)| *version);
        let expected = match expect {
            Expectation::Absent => None,
            Expectation::Version(version) => Some(version),
        };
        match found == expected {
            true => Ok(()),
            false => Err(Conflict),
        }
    }

    pub(crate) fn get<R: Record>(&self, key: impl AsRef<[u8]>) -> Option<Versioned<R>> {
        let (version, body) = self.records.get(&(R::KIND, key.as_ref().to_vec()))?;
        Some(Versioned {
            version: *version,
            record: serde_json::from_slice(body).unwrap(),
        })
    }

    pub(crate) fn all<R: Record>(&self) -> Vec<Versioned<R>> {
        let keys = self.records.keys().filter(|(kind, _)| *kind == R::KIND);
        keys.map(|(_, key)| self.get(key).unwrap()).collect()
    }

    pub(crate) fn user(&self, name: &str) -> Option<User> {
        let mut users = self.all::<User>().into_iter().map(|loaded| loaded.record);
        users.find(|user| user.username == User::normalized(name))
    }

    pub(crate) fn devices_of(&self, user: UserId) -> Vec<Versioned<Device>> {
        let mut devices = self.all::<Device>();
        devices.retain(|device| device.user == user);
        devices
    }

    pub(crate) fn attempts(&self, name: &str) -> Option<Versioned<Attempts>> {
        self.get(lockout::key(name))
    }

    pub(crate) fn failures(&self, name: &str) -> u32 {
        self.attempts(name).map_or(0, |a| a.failures(self.now))
    }

    pub(crate) fn is_blocked(&self, name: &str) -> bool {
        self.attempts(name).is_some_and(|a| a.is_blocked(self.now))
    }

    /// The names of all audit events, in their order.
    pub(crate) fn events(&self) -> Vec<String> {
        let events = self.all::<domain::AuditEvent>();
        events.iter().map(|event| event.event.clone()).collect()
    }
}

/// The handler.
impl World {
    pub(crate) fn browser() -> HandleKey {
        HandleKey::of("the browser's flow cookie")
    }

    pub(crate) fn begin(&self, requirement: Requirement) -> Flow {
        let browser = Self::browser();
        begin(Self::origin(), requirement, browser, self.now, &self.random)
    }

    pub(crate) fn begin_unbound(&self, requirement: Requirement) -> Flow {
        begin(Self::origin(), requirement, None, self.now, &self.random)
    }

    fn origin() -> Origin {
        Origin {
            door: Door::Authorize,
            request: serde_json::json!({"client_id": "shop"}),
        }
    }

    pub(crate) fn store(&mut self, flow: &Flow) {
        self.commit_one(|changes| changes.insert(flow));
    }

    pub(crate) fn open(&self, flow: &Flow) -> Option<BoundFlow> {
        let loaded = self.get::<Flow>(flow.id())?;
        BoundFlow::open(loaded, &Self::browser())
    }

    fn person(&self, user: User, flow: &Flow) -> Person {
        let demand = flow.requirement().consent.as_ref();
        Person {
            devices: self.devices_of(user.id),
            consent: demand.and_then(|d| self.get(Consent::key_of(user.id, &d.client))),
            user,
        }
    }

    pub(crate) fn session(&self) -> Option<Versioned<Session>> {
        self.get(self.cookie?)
    }

    pub(crate) fn facts(&self, flow: &Flow, typed: Option<&str>) -> Facts<'_> {
        self.facts_of(flow, typed.map(|name| Who::Name(name.to_owned())).as_ref())
    }

    pub(crate) fn facts_of(&self, flow: &Flow, claimed: Option<&Who>) -> Facts<'_> {
        let session = self.session().and_then(|session| {
            let user = self.get::<User>(session.user.as_bytes())?.record;
            let person = self.person(user, flow);
            Some(SignedOn { session, person })
        });
        let user = match flow.concerns(claimed) {
            Some(Who::Id(id)) => self.get::<User>(id).map(|loaded| loaded.record),
            Some(Who::Name(name)) => self.user(&name),
            Some(Who::Email(_)) | None => None,
        };
        let person = user.map(|user| self.person(user, flow));
        let password = person.as_ref().and_then(|person| self.get(person.user.id));
        let namesakes = match claimed {
            Some(Who::Email(address)) => self.namesakes(address),
            _ => Vec::new(),
        };
        let facts = Facts {
            session,
            person,
            password,
            namesakes,
            trusted: self.trusted(),
            circumstances: self.circumstances.clone(),
            ..Facts::none(&self.policy)
        };
        let key = facts.attempts_key(claimed);
        Facts {
            attempts: key.and_then(|key| self.get(key)),
            messages: facts
                .messages_key(flow, claimed)
                .and_then(|key| self.get(key)),
            wording: self.wording.clone(),
            ..facts
        }
    }

    fn namesakes(&self, address: &str) -> Vec<User> {
        let users = self.all::<User>().into_iter().map(|loaded| loaded.record);
        let has = |user: &User| user.profile.email.as_deref() == Some(address);
        users.filter(has).collect()
    }

    fn trusted(&self) -> Option<Trusted> {
        let browser = self.get::<TrustedBrowser>(self.trust_cookie?)?;
        let password = self.get(browser.user);
        Some(Trusted { browser, password })
    }

    pub(crate) fn step(&self, flow: &Flow) -> Step {
        next(flow, &self.facts(flow, None), self.now)
    }

    pub(crate) fn verdict(&self, flow: &Flow, name: &str, presented: &str) -> PasswordVerdict {
        let stored = self.facts(flow, Some(name)).password;
        self.hasher.verify(stored.as_deref(), presented)
    }

    pub(crate) fn decide(&self, flow: &Flow, action: &Action<'_>) -> Decision {
        let flow = self.open(flow).unwrap();
        let inner = match action {
            Action::Trusting(inner) => inner,
            action => action,
        };
        let claimed = match inner {
            Action::CheckPassword { username, .. } | Action::RecoverName { username } => {
                Some(Who::Name((*username).to_owned()))
            }
            Action::SendUsername { email } => Some(Who::Email((*email).to_owned())),
            Action::RegisterUser { newcomer, .. } => Some(Who::Email(newcomer.email.clone())),
            Action::CheckAssertion { response } => self.owner_of(response).map(Who::Id),
            _ => None,
        };
        let facts = self.facts_of(&flow, claimed.as_ref());
        act(&flow, action, &facts, self.now, &self.random)
    }

    /// Acts and commits; with an outcome, as a door does: session and end of flow together.
    pub(crate) fn act(&mut self, flow: &Flow, action: &Action<'_>) -> Acted {
        let Decision {
            flow,
            step,
            mut changes,
            rejected,
        } = self.decide(flow, action);
        if let Step::Done(outcome) = &step {
            changes.and(self.trust(&flow, outcome));
            changes.and(self.sign_on(outcome));
        }
        self.commit(changes).unwrap();
        Acted {
            flow,
            step,
            rejected,
        }
    }

    pub(crate) fn password(&mut self, flow: &Flow, username: &str, presented: &str) -> Acted {
        let verdict = &self.verdict(flow, username, presented);
        self.act(flow, &Action::CheckPassword { username, verdict })
    }

    pub(crate) fn recover(&mut self, flow: &Flow, username: &str) -> Acted {
        self.act(flow, &Action::RecoverName { username })
    }

    pub(crate) fn mailed(&mut self, flow: &Flow, code: &str) -> Acted {
        self.act(flow, &Action::CheckMailedCode { code })
    }

    /// Sets the password for which the flow asks, if it asks for one.
    pub(crate) fn set_password(&mut self, flow: &Flow, text: &str) -> Acted {
        let stored = self.open(flow).unwrap();
        let proposed = self.proposed(&stored, text);
        let user = self.facts(&stored, None).person.map(|it| it.user.id);
        let access = &self.access_of(user.unwrap_or(UserId::from_bytes([0; 16])));
        let proposed = &proposed;
        self.act(flow, &Action::SetPassword { proposed, access })
    }

    pub(crate) fn proposed(&self, flow: &Flow, text: &str) -> Proposed {
        let username = match self.step(flow) {
            Step::NewPassword { username, .. } => username,
            _ => String::new(),
        };
        let stored = self.facts(flow, None).password;
        match NewPassword::accept(text, &username, None) {
            Ok(accepted) => Proposed::Acceptable {
                hash: accepted.hash(&self.hasher, &Salt::default()),
                compared: self.hasher.verify(stored.as_deref(), text),
            },
            Err(rule) => Proposed::Refused(rule),
        }
    }

    pub(crate) fn access_of(&self, user: UserId) -> Access {
        let mut sessions = self.all::<Session>();
        sessions.retain(|session| session.user == user);
        Access {
            sessions,
            grants: Vec::new(),
        }
    }

    /// The code in the mail that was written last of those with one.
    pub(crate) fn mailed_code(&self) -> Option<String> {
        let is_code = |word: &&str| word.len() == 8 && !word.contains(char::is_lowercase);
        let code_in = |message: Message| {
            let MessageContent::Email { body, .. } = message.content else {
                return None;
            };
            let mut words = body
                .expose()
                .split(|letter: char| !letter.is_ascii_alphanumeric());
            words.find(is_code).map(str::to_owned)
        };
        self.messages().into_iter().rev().find_map(code_in)
    }

    /// What the authenticator signs for who is asked at this step, if anybody is.
    pub(crate) fn signed(&mut self, step: &Step) -> Option<AuthenticationResponse> {
        let (challenge, allow, user_verification) = match step {
            Step::SignOn { passkey, .. } | Step::Identify { passkey, .. } => {
                (passkey.as_ref()?, &[][..], UserVerification::Required)
            }
            Step::Assertion {
                challenge, allowed, ..
            } => (challenge, allowed.as_slice(), UserVerification::Preferred),
            _ => return None,
        };
        let policy = self.policy.devices.webauthn.as_ref()?;
        let options = RequestOptions {
            relying_party: &policy.relying_party,
            challenge,
            timeout: policy.timeout,
            allow,
            user_verification,
            hints: &[],
        };
        let signed = self.authenticator.sign(&options.json(BytesAs::Base64Url));
        AuthenticationResponse::parse(signed.to_string().as_bytes()).ok()
    }

    /// The passkey, or security key, answers to the step at which the flow is.
    pub(crate) fn touch(&mut self, flow: &Flow) -> Acted {
        let step = self.step(&self.open(flow).unwrap());
        let response = self.signed(&step).expect("a step with a challenge");
        self.assert(flow, &response)
    }

    pub(crate) fn assert(&mut self, flow: &Flow, response: &AuthenticationResponse) -> Acted {
        self.act(flow, &Action::CheckAssertion { response })
    }

    /// Whose credential has answered.
    fn owner_of(&self, response: &AuthenticationResponse) -> Option<UserId> {
        let devices = self.all::<Device>();
        let is_it = |device: &&Versioned<Device>| matches!(&device.kind, DeviceKind::WebAuthn(it) if it.id == *response.credential_id());
        devices.iter().find(is_it).map(|device| device.user)
    }

    pub(crate) fn code(&mut self, flow: &Flow, code: &str) -> Acted {
        self.act(flow, &Action::CheckCode { code })
    }

    /// Whoever is asked allows this much.
    pub(crate) fn allow(&mut self, flow: &Flow, scope: Scope) -> Acted {
        let stored = self.open(flow);
        let user = match self.step(stored.as_deref().unwrap_or(flow)) {
            Step::Consent { user, .. } => user,
            _ => UserId::from_bytes([0; 16]),
        };
        self.act(flow, &Action::Allow { user, scope })
    }

    /// What bob's authenticator shows now.
    pub(crate) fn shown(&self) -> String {
        let bob = self.user(BOB).unwrap().id;
        totp::shown_by(&self.devices_of(bob)[0], self.now)
    }

    /// The messages that were written, in their order.
    pub(crate) fn messages(&self) -> Vec<Message> {
        let messages = self.all::<Message>().into_iter();
        messages.map(|message| message.record).collect()
    }

    /// The code in the message that was written last.
    pub(crate) fn sent_code(&self) -> Option<String> {
        let text = match self.messages().pop()?.content {
            MessageContent::Email { body, .. } => body,
            MessageContent::Sms { text, .. } | MessageContent::Voice { text, .. } => text,
            MessageContent::Push { payload, .. } => payload,
        };
        let mut words = text.expose().split(|letter: char| !letter.is_ascii_digit());
        let code = words.find(|word| word.len() == 6)?;
        Some(code.to_owned())
    }

    pub(crate) fn visit(&self) -> Visit<'static> {
        Visit {
            policy: self.policy.session,
            client: None,
            user_agent: "Mozilla/5.0",
            address: "192.0.2.1",
        }
    }

    /// The browser is trusted, if that is wanted.
    fn trust(&mut self, flow: &Flow, outcome: &Outcome) -> Changes {
        let password = self.get::<Password>(outcome.user());
        let facts = self.facts(flow, None);
        let in_session = (SessionId::new(self.now, &self.random), self.visit());
        let ground = (&facts, password.as_deref());
        let trusted = trust(outcome, ground, in_session, self.now, &self.random);
        match trusted {
            Some((handle, changes)) => {
                self.trust_cookie = Some(handle.key());
                changes
            }
            None => Changes::none(),
        }
    }

    /// The session of an outcome, begun or kept.
    pub(crate) fn sign_on(&mut self, outcome: &Outcome) -> Changes {
        let earlier = self.session();
        if outcome.existing_session().is_some() {
            return session::keep(&earlier.unwrap(), None, self.now);
        }
        let visit = self.visit();
        let begun = session::begin(outcome, earlier.as_ref(), visit, self.now, &self.random);
        self.cookie = Some(begun.handle.key());
        begun.changes
    }

    /// Signs on in a flow of its own.
    pub(crate) fn sign_on_as(&mut self, name: &str) -> Outcome {
        let flow = self.begin(Requirement::default());
        self.store(&flow);
        let mut acted = self.password(&flow, name, RIGHT);
        if let Step::OneTimeCode { .. } = acted.step {
            self.wait(60);
            let code = self.shown();
            acted = self.code(&flow, &code);
        }
        acted.outcome()
    }
}

/// What became of an action.
pub(crate) struct Acted {
    pub(crate) flow: Flow,
    pub(crate) step: Step,
    pub(crate) rejected: Option<crate::flow::Rejection>,
}

impl Acted {
    pub(crate) fn outcome(self) -> Outcome {
        match self.step {
            Step::Done(outcome) => outcome,
            other => panic!("not done but {other:?}, rejected {:?}", self.rejected),
        }
    }
}

/// What the shop asks people to approve.
pub(crate) fn payment(sum: &str, recipient: &str) -> TransactionDraft {
    let (client, random) = (ClientId::new("shop"), CountingRandom::default());
    TransactionDraft::new("env", client, scene::payment(sum, recipient), NOW, &random)
}

/// What the shop asks people to allow.
pub(crate) fn shop() -> ConsentDemand {
    ConsentDemand {
        client: ClientId::new("shop"),
        since: Timestamp::EPOCH,
        scope: Scope::from_iter(["openid", "email", "profile"]),
        details: AuthorizationDetails::none(),
        required: Scope::from_iter(["openid"]),
        always: false,
        lifetime: None,
    }
}

#[test]
fn the_store_keeps_its_word() {
    let mut world = World::new();
    let claim = |changes: &mut Changes| changes.claim("test", &[b"once"], NOW);
    let mut refused = Changes::none();
    claim(&mut refused);
    refused.delete(&world.get::<User>(world.user(ALICE).unwrap().id).unwrap());
    refused.delete(&world.get::<User>(world.user(ALICE).unwrap().id).unwrap());
    assert_eq!(world.commit(refused), Err(Conflict), "deleted twice");
    assert!(world.user(ALICE).is_some(), "all or nothing");
    world.commit_one(claim);
    let mut again = Changes::none();
    claim(&mut again);
    assert_eq!(world.commit(again), Err(Conflict), "claimed twice");
}
