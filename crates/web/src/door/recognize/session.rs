//! One session, from `hello` to `result`: load, decide, commit, tell.

use std::sync::Arc;

use authn::recognize::conclusion::Counted;
use authn::recognize::message::{self, BEGIN_SECONDS, OPEN_SECONDS, SILENCE_SECONDS};
use authn::recognize::opening::Asked;
use authn::recognize::{
    Attempts, AuthorizationFault, Begun, Factor, Fault, FrameFault, Greeted, Opened, Purpose,
    Refusal, Verdict, WhatCame,
};
use domain::Decision;

use super::pace::Pace;
use super::place::{self, Place};
use super::socket::{End, Patience, Received, Socket};
use crate::app::App;
use crate::recognize::{FaceAttempt, FaceClaim, Faces, NotLooked, TemplateUnusable};

/// A session, and what it takes.
pub(super) struct Session {
    app: Arc<App>,
    faces: Arc<dyn Faces>,
    socket: Socket,
    origin: Option<String>,
}

/// What an attempt is about, and whether it was counted yet.
struct Trial<'a> {
    place: &'a Place,
    opened: &'a Opened,
    counted: Option<Counted>,
}

impl Session {
    pub(super) const fn new(
        app: Arc<App>,
        faces: Arc<dyn Faces>,
        socket: Socket,
        origin: Option<String>,
    ) -> Self {
        Self {
            app,
            faces,
            socket,
            origin,
        }
    }

    /// Goes on to the end, and tells it.
    pub(super) async fn run(mut self) {
        let ended = self.proceed().await;
        if let Err(End::Refused(refusal)) = &ended {
            tracing::info!(code = refusal.code(), reason = %refusal, "a session is refused");
            let _ = self.socket.send(message::error(refusal)).await;
        }
        self.socket.close().await;
    }

    async fn proceed(&mut self) -> Result<(), End> {
        let greeted = Greeted::new(self.app.random());
        tracing::Span::current().record("session", greeted.id());
        self.socket.send(greeted.hello()).await?;
        let text = self.socket.receive_text(OPEN_SECONDS).await?;
        let asked = greeted.open(&text)?.ok_or(End::Gone)?;
        if asked.open().ticket.is_some() {
            return Err(Refusal::Authorization(AuthorizationFault::Missing).into());
        }
        let place = self.place(&asked).await?;
        // Whoever only connects takes no place; whoever is refused gives it back.
        let recognize = Arc::clone(&self.app.recognize);
        let _session = recognize.session().ok_or(Refusal::Unavailable)?;
        let opened = place.opened(&asked, self.origin.as_deref()).await?;
        self.socket.send(opened.message()).await?;
        let mut left = opened.attempts();
        loop {
            let text = self.socket.receive_text(BEGIN_SECONDS).await?;
            let begun = opened.begin(&text, self.app.now())?.ok_or(End::Gone)?;
            match begun.factor() {
                Factor::Face => return self.by_face(&place, &opened, (&begun, left)).await,
                Factor::Pin => left -= 1,
            }
            let known = place.records(&opened).await?;
            let ending = place.ending(&opened, &known);
            ending.goes_on(self.app.now())?;
            if ending.is_pin(&begun) {
                let trial = Trial::new(&place, &opened);
                return self.succeed(&trial, &begun, None).await;
            }
            let trial = Trial::new(&place, &opened);
            self.fail(&trial, Fault::WrongPin, left).await?;
        }
    }

    /// The customer, whose page this must be.
    async fn place(&mut self, asked: &Asked) -> Result<Place, End> {
        let customer = place::customer(self.app.records(), asked.customer()).await?;
        let customer = customer.ok_or(Refusal::CustomerUnknown)?.record;
        let house = self.app.environment(customer.environment).await?;
        let house = house.ok_or(Refusal::CustomerUnknown)?;
        Ok(Place { customer, house })
    }

    /// Attempts, until one has succeeded or none is left.
    async fn by_face(
        &mut self,
        place: &Place,
        opened: &Opened,
        (begun, left): (&Begun, u32),
    ) -> Result<(), End> {
        let mut attempts = Attempts::default();
        for left in (0..left).rev() {
            // Before anything is asked of the person: more attempts than can be looked at would all fail.
            let recognize = Arc::clone(&self.app.recognize);
            let _looked_at = recognize.attempt().await.ok_or(Refusal::Unavailable)?;
            let mut attempt = self.attempt(place, opened, begun).await?;
            let mut trial = Trial::new(place, opened);
            match self.watch(&mut trial, &mut attempts, &mut *attempt).await {
                Ok(Ok(template)) => return self.succeed(&trial, begun, template).await,
                Ok(Err(fault)) => self.fail(&trial, fault, left).await?,
                Err(end) => {
                    // It counts already; auditors are to know of it as of any other.
                    if trial.counted.is_some() {
                        let _ = trial.failed(Fault::BrokenOff, left).await;
                    }
                    return Err(end);
                }
            }
        }
        Err(Refusal::NoAttemptsLeft.into())
    }

    /// A new attempt, if nothing that happened meanwhile stands against it: who is suspended now is
    /// looked at no more.
    async fn attempt(
        &mut self,
        place: &Place,
        opened: &Opened,
        begun: &Begun,
    ) -> Result<Box<dyn FaceAttempt>, End> {
        let known = place.records(opened).await?;
        place.ending(opened, &known).goes_on(self.app.now())?;
        let template = match opened.purpose() {
            Purpose::Enrol => None,
            Purpose::Authenticate => known.device.as_ref().map(|device| &*device.template),
        };
        let mut seed = [0; 32];
        self.app.random().fill(&mut seed);
        let person_id = opened.person();
        let claim = FaceClaim {
            secret: begun.secret(),
            context: person_id.as_bytes(),
            template,
        };
        self.faces.attempt(claim, seed).map_err(|TemplateUnusable| {
            tracing::warn!(person = %opened.person(), "what is kept of a face is of no use any more");
            End::from(Refusal::UserUnknown)
        })
    }

    /// Looks at frame after frame. With the result comes what is to be kept of a face, if it was enrolled.
    async fn watch(
        &mut self,
        trial: &mut Trial<'_>,
        attempts: &mut Attempts,
        attempt: &mut dyn FaceAttempt,
    ) -> Result<Result<Option<Vec<u8>>, Fault>, End> {
        let mut pace = Pace::of(self.app.now());
        let (first, seconds) = attempt.first();
        for told in attempts.begin(first, seconds) {
            self.socket.send(told).await?;
        }
        loop {
            let received = self.socket.receive(SILENCE_SECONDS, Patience::Attempt);
            let frame = match received.await? {
                Received::Frame(frame) => frame,
                Received::Text(text) => match message::Said::read(&text)? {
                    message::Said::Cancel => return Err(End::Gone),
                    _ => return Err(Refusal::Unexpected.into()),
                },
            };
            let picture = match attempts.came(&frame)? {
                WhatCame::Look(frame) => frame.into_picture(),
                WhatCame::PassedOver(told) => {
                    self.socket.send(told).await?;
                    continue;
                }
            };
            let came = self.app.now();
            let at = pace.at(came);
            let seen = attempt
                .look(picture, at)
                .await
                .map_err(|error| match error {
                    NotLooked::Picture => Refusal::Frame(FrameFault::Picture),
                    NotLooked::Busy => Refusal::Unavailable,
                    NotLooked::Failed => Refusal::Internal,
                })?;
            if seen.compared || matches!(seen.verdict, Verdict::Failed(_)) {
                trial.count().await?;
            }
            pace.looked(came, self.app.now());
            for told in attempts.seen(&seen) {
                self.socket.send(told).await?;
            }
            match seen.verdict {
                Verdict::Going | Verdict::Pose(_) => {}
                Verdict::Passed(template) => return Ok(Ok(template)),
                Verdict::Failed(fault) => return Ok(Err(fault)),
            }
        }
    }

    /// Notes a failure, and tells it if there are attempts left.
    async fn fail(&mut self, trial: &Trial<'_>, fault: Fault, left: u32) -> Result<(), End> {
        trial.failed(fault, left).await?;
        self.socket.send(message::failure(fault.code(), left)).await
    }

    /// Notes a success, and tells it.
    async fn succeed(
        &mut self,
        trial: &Trial<'_>,
        begun: &Begun,
        template: Option<Vec<u8>>,
    ) -> Result<(), End> {
        let (place, opened) = (trial.place, trial.opened);
        let house = &place.house;
        let keys = match (opened.purpose(), &template) {
            (Purpose::Authenticate, _) => None,
            (Purpose::Enrol, Some(_)) => Some(place.new_keys().await?),
            (Purpose::Enrol, None) => return Err(Refusal::Internal.into()),
        };
        let decide = || async {
            // Of two sessions with one id, the other was faster.
            if place.is_taken(opened.operation_id()).await? {
                return Ok(Decision::refuse(Refusal::OperationTaken));
            }
            let known = place.records(opened).await?;
            let ending = place.ending_of(opened, &known, trial.counted);
            let (now, random) = (house.now(), house.random());
            let (Some(keys), Some(template)) = (&keys, &template) else {
                return Ok(ending.authenticated(begun, now, random));
            };
            let Some(customer) = place.customer_now(self.app.records()).await? else {
                return Ok(Decision::refuse(Refusal::CustomerUnknown));
            };
            let mut decision = ending.enrolled((begun, template), keys, now, random);
            // Who deletes the customer finds every face: none is enrolled from then on.
            decision.changes.check_of_server(&customer);
            Ok(decision)
        };
        let success = house.carry_out(decide, || Refusal::Internal).await??;
        let result = place.result(opened, begun, &success).await?;
        self.socket.send(message::told(&result)).await
    }
}

impl<'a> Trial<'a> {
    const fn new(place: &'a Place, opened: &'a Opened) -> Self {
        Self {
            place,
            opened,
            counted: None,
        }
    }

    /// Counts the attempt, once, before what was seen is told: from then on it succeeds or has failed, also
    /// when nobody is there any more to hear of it, and when this process comes to its end.
    async fn count(&mut self) -> Result<(), End> {
        if self.counted.is_some() {
            return Ok(());
        }
        let (place, opened) = (self.place, self.opened);
        let decide = || async {
            let known = place.records(opened).await?;
            Ok(place.ending(opened, &known).count(place.house.now()))
        };
        let counted = place.house.carry_out(decide, || Refusal::Internal);
        self.counted = Some(counted.await??);
        Ok(())
    }

    /// Notes a failure.
    async fn failed(&self, fault: Fault, left: u32) -> Result<(), End> {
        let (place, opened, house) = (self.place, self.opened, &self.place.house);
        let decide = || async {
            let known = place.records(opened).await?;
            let ending = place.ending_of(opened, &known, self.counted);
            Ok(ending.failed(fault, left, house.now(), house.random()))
        };
        Ok(house.carry_out(decide, || Refusal::Internal).await??)
    }
}
