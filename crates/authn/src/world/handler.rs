//! What a door does: it loads the facts, has the flow decide and commits what came of it.

use domain::port::{Changes, Versioned};
use domain::{
    Consent, Device, DeviceKind, HandleKey, Password, Scope, Session, SessionId, TrustedBrowser,
    User, UserId,
};

use super::store::Conflict;
use super::{BOB, RIGHT, World};
use crate::account::Access;
use crate::factor::password::{NewPassword, PasswordVerdict, Proposed, Salt};
use crate::factor::totp;
use crate::factor::webauthn::{AuthenticationResponse, BytesAs, RequestOptions, UserVerification};
use crate::flow::{
    Action, BoundFlow, Cause, Decision, Door, Facts, Flow, Origin, Outcome, Person, Rejection,
    Requirement, SignedOn, Step, Trusted, Who, act, begin, next, trust,
};
use crate::session::{self, Visit};

/// The handler.
impl World {
    pub(crate) fn browser() -> HandleKey {
        HandleKey::of("the browser's flow cookie")
    }

    pub(crate) fn begin(&self, requirement: Requirement) -> Flow {
        begin(
            Self::origin(),
            requirement,
            self.browser,
            self.now,
            &self.random,
        )
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
        BoundFlow::open(loaded, &self.browser)
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
        let keys = facts.messages_keys(flow, claimed).into_iter();
        Facts {
            attempts: key.and_then(|key| self.get(key)),
            messages: keys.filter_map(|key| self.get(key)).collect(),
            push: flow.push_request().and_then(|id| self.get(id)),
            face: flow.face_ticket_key().and_then(|key| self.get(key)),
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
        if self.open(flow).is_none() {
            return Acted::gone(flow);
        }
        let is_late = self.is_late();
        match self.attempt(flow, action) {
            Ok(acted) => acted,
            Err(Conflict) => {
                assert!(is_late, "nothing has changed");
                let access = &self.access_in(flow);
                self.act(flow, &with_access(action, access))
            }
        }
    }

    /// The same, once: whoever is refused by the store is not answered, and has no new cookies.
    pub(super) fn attempt(&mut self, flow: &Flow, action: &Action<'_>) -> Result<Acted, Conflict> {
        let cookies = (self.cookie, self.trust_cookie);
        let acted = self.act_once(flow, action);
        if acted.is_err() {
            (self.cookie, self.trust_cookie) = cookies;
        }
        acted
    }

    fn act_once(&mut self, flow: &Flow, action: &Action<'_>) -> Result<Acted, Conflict> {
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
        changes.and(self.decide_device(&flow, &step));
        self.commit(changes)?;
        Ok(Acted {
            flow,
            step,
            rejected,
        })
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
        let access = &self.access_in(&stored);
        let proposed = &proposed;
        self.act(flow, &Action::SetPassword { proposed, access })
    }

    /// Takes a mailed code and sets this password, at once.
    pub(crate) fn recover_password(&mut self, flow: &Flow, code: &str, text: &str) -> Acted {
        let stored = self.open(flow).unwrap();
        let proposed = &self.proposed(&stored, text);
        let access = &self.access_in(&stored);
        let action = Action::RecoverPassword {
            code,
            proposed,
            access,
        };
        self.act(flow, &action)
    }

    /// Presents a password, and sets this one in its place, at once.
    pub(crate) fn change_password(&mut self, flow: &Flow, current: &str, text: &str) -> Acted {
        let stored = self.open(flow).unwrap();
        let proposed = &self.proposed(&stored, text);
        let facts = self.facts(&stored, None);
        let current = &self.hasher.verify(facts.password.as_deref(), current);
        let access = &self.access_in(&stored);
        let action = Action::ChangePassword {
            current,
            proposed,
            access,
        };
        self.act(flow, &action)
    }

    pub(crate) fn proposed(&self, flow: &Flow, text: &str) -> Proposed {
        let username = match self.step(flow) {
            Step::NewPassword { username, .. } | Step::RecoveryCode { username, .. } => username,
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

    /// Where whoever a flow concerns is signed on.
    fn access_in(&self, flow: &Flow) -> Access {
        let stored = self.open(flow);
        let facts = self.facts(stored.as_deref().unwrap_or(flow), None);
        let user = facts.person.map(|it| it.user.id);
        self.access_of(user.unwrap_or(UserId::from_bytes([0; 16])))
    }

    pub(crate) fn access_of(&self, user: UserId) -> Access {
        let mut sessions = self.all::<Session>();
        sessions.retain(|session| session.user == user);
        Access {
            sessions,
            grants: Vec::new(),
        }
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
        self.shown_to(BOB)
    }

    /// What the app of this person shows now.
    pub(crate) fn shown_to(&self, name: &str) -> String {
        let devices = self.devices_of(self.user(name).unwrap().id);
        let app = devices.iter().find(|it| totp::is_usable(it)).unwrap();
        totp::shown_by(app, self.now)
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
            return session::keep_for_grant(&earlier.unwrap(), None, self.now);
        }
        let earlier = earlier.filter(|_| !outcome.is_vouched());
        let visit = self.visit();
        let begun = session::begin(outcome, earlier.as_ref(), visit, self.now, &self.random);
        // Who is signed on by a client's word is so for that client alone.
        if !outcome.is_vouched() {
            self.cookie = Some(begun.handle.key());
        }
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

/// The same, with what was loaded again.
fn with_access<'a>(action: &Action<'a>, access: &'a Access) -> Action<'a> {
    let mut action = action.clone();
    if let Action::SetPassword { access: known, .. }
    | Action::RecoverPassword { access: known, .. }
    | Action::ChangePassword { access: known, .. } = &mut action
    {
        *known = access;
    }
    action
}

/// What became of an action.
pub(crate) struct Acted {
    pub(crate) flow: Flow,
    pub(crate) step: Step,
    pub(crate) rejected: Option<Rejection>,
}

impl Acted {
    /// There is no such flow any more: it was spent while this was decided.
    pub(super) fn gone(flow: &Flow) -> Self {
        Self {
            flow: flow.clone(),
            step: Step::Failed(Cause::Expired),
            rejected: Some(Rejection::NotOffered),
        }
    }

    /// Whether what was presented was still wanted.
    pub(crate) fn was_looked_at(&self) -> bool {
        self.rejected != Some(Rejection::NotOffered)
    }

    pub(crate) fn outcome(self) -> Outcome {
        match self.step {
            Step::Done(outcome) => outcome,
            other => panic!("not done but {other:?}, rejected {:?}", self.rejected),
        }
    }
}
