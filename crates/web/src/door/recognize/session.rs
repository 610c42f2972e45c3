//! One session, from `hello` to `result`: load, decide, commit, tell.

use std::sync::Arc;

use authn::recognize::conclusion::Counted;
use authn::recognize::message::{self, BEGIN_SECONDS, OPEN_SECONDS, SILENCE_SECONDS};
use authn::recognize::opening::Asked;
use authn::recognize::{
    Attempts, Begun, Factor, Fault, FrameFault, Greeted, Opened, Refusal, Verdict, WhatCame,
};
use http::HeaderMap;
use http::header::ORIGIN;

use super::pace::Pace;
use super::place::Place;
use super::socket::{End, Patience, Received, Socket};
use super::ticketed::TicketPlace;
use crate::app::App;
use crate::recognize::{FaceAttempt, FaceClaim, Faces, NotLooked, TemplateUnusable};

/// A session, and what it takes.
pub(super) struct Session {
    app: Arc<App>,
    faces: Arc<dyn Faces>,
    socket: Socket,
    /// The headers of the request with which it began.
    brought: HeaderMap,
}

/// By whose leave a session goes on.
enum Leave {
    /// A customer's.
    Customer(Box<Place>),
    /// That of whoever has given out a ticket.
    Ticket(TicketPlace),
}

/// What an attempt is about, and whether it was counted yet.
struct Trial<'a> {
    leave: &'a Leave,
    opened: &'a Opened,
    counted: Option<Counted>,
}

impl Session {
    pub(super) const fn new(
        app: Arc<App>,
        faces: Arc<dyn Faces>,
        socket: Socket,
        brought: HeaderMap,
    ) -> Self {
        Self {
            app,
            faces,
            socket,
            brought,
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
        let leave = Leave::of(&self.app, &asked).await?;
        // Whoever only connects takes no place; whoever is refused gives it back.
        let recognize = Arc::clone(&self.app.recognize);
        let _session = recognize.session().ok_or(Refusal::Unavailable)?;
        let opened = leave.opened(&asked, &self.brought).await?;
        let ended = self.follow(&leave, &opened).await;
        if let (Leave::Ticket(place), Err(_)) = (&leave, &ended) {
            place.given_up().await;
        }
        ended
    }

    /// From `opened` to `result`.
    async fn follow(&mut self, leave: &Leave, opened: &Opened) -> Result<(), End> {
        self.socket.send(opened.message()).await?;
        let mut left = opened.attempts();
        loop {
            let text = self.socket.receive_text(BEGIN_SECONDS).await?;
            let begun = opened.begin(&text, self.app.now())?.ok_or(End::Gone)?;
            match begun.factor() {
                Factor::Face => return self.by_face(leave, opened, (&begun, left)).await,
                Factor::Pin => left -= 1,
            }
            let trial = Trial::new(leave, opened);
            if leave.is_pin(opened, &begun).await? {
                return self.succeed(&trial, &begun, None).await;
            }
            self.fail(&trial, Fault::WrongPin, left).await?;
        }
    }

    /// Attempts, until one has succeeded or none is left.
    async fn by_face(
        &mut self,
        leave: &Leave,
        opened: &Opened,
        (begun, left): (&Begun, u32),
    ) -> Result<(), End> {
        let mut attempts = Attempts::default();
        for left in (0..left).rev() {
            // Before anything is asked of the person: more attempts than can be looked at would all fail.
            let recognize = Arc::clone(&self.app.recognize);
            let _looked_at = recognize.attempt().await.ok_or(Refusal::Unavailable)?;
            let mut attempt = self.attempt(leave, opened, begun).await?;
            let mut trial = Trial::new(leave, opened);
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
        leave: &Leave,
        opened: &Opened,
        begun: &Begun,
    ) -> Result<Box<dyn FaceAttempt>, End> {
        let template = leave.template(opened).await?;
        let mut seed = [0; 32];
        self.app.random().fill(&mut seed);
        let person_id = opened.person();
        let claim = FaceClaim {
            secret: begun.secret(),
            context: person_id.as_bytes(),
            template: template.as_deref(),
            new_secret: begun.new_secret(),
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
            let now = self.app.now();
            pace.looked(came, now);
            if seen.verdict == Verdict::Going {
                tokio::time::sleep(pace.wait(came, now, seen.pause)).await;
            }
            for told in attempts.seen(&seen) {
                self.socket.send(told).await?;
            }
            pace.answered(self.app.now());
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
        let (about, seen) = ((trial.opened, trial.counted), (begun, template.as_deref()));
        let result = match trial.leave {
            Leave::Customer(place) => place.succeeded(about, seen).await?,
            Leave::Ticket(place) => place.succeeded(about, seen).await?,
        };
        self.socket.send(result).await
    }
}

impl<'a> Trial<'a> {
    const fn new(leave: &'a Leave, opened: &'a Opened) -> Self {
        Self {
            leave,
            opened,
            counted: None,
        }
    }

    /// Counts the attempt, once, before what was seen is told: from then on it succeeds or has failed, also
    /// when nobody is there any more to hear of it, and when this process comes to its end.
    async fn count(&mut self) -> Result<(), End> {
        if self.counted.is_none() {
            self.counted = Some(match self.leave {
                Leave::Customer(place) => place.count(self.opened).await?,
                Leave::Ticket(place) => place.count(self.opened).await?,
            });
        }
        Ok(())
    }

    /// Notes a failure.
    async fn failed(&self, fault: Fault, left: u32) -> Result<(), End> {
        let about = (self.opened, self.counted);
        match self.leave {
            Leave::Customer(place) => place.failed(about, (fault, left)).await,
            Leave::Ticket(place) => place.failed(about, (fault, left)).await,
        }
    }
}

impl Leave {
    /// The one that is claimed.
    async fn of(app: &Arc<App>, asked: &Asked) -> Result<Self, End> {
        match &asked.open().ticket {
            Some(ticket) => Ok(Self::Ticket(TicketPlace::of(app, ticket, asked)?)),
            None => Ok(Self::Customer(Box::new(Place::of(app, asked).await?))),
        }
    }

    /// Who may do what they want to, and what they are shown.
    async fn opened(&self, asked: &Asked, brought: &HeaderMap) -> Result<Opened, End> {
        match self {
            Self::Customer(place) => {
                let origin = brought.get(ORIGIN);
                // One that is no text is none of anybody's.
                let origin = origin.map(|it| it.to_str().unwrap_or("null"));
                place.opened(asked, origin).await
            }
            Self::Ticket(place) => place.opened(asked, brought).await,
        }
    }

    /// What is kept of the face, if it is to be recognised, and an attempt may begin.
    async fn template(&self, opened: &Opened) -> Result<Option<Vec<u8>>, End> {
        match self {
            Self::Customer(place) => place.template(opened).await,
            Self::Ticket(place) => place.template(opened).await,
        }
    }

    /// Whether the PIN is right. By a ticket none is offered, and so none is taken.
    async fn is_pin(&self, opened: &Opened, begun: &Begun) -> Result<bool, End> {
        match self {
            Self::Customer(place) => place.is_pin(opened, begun).await,
            Self::Ticket(_) => Err(Refusal::Unexpected.into()),
        }
    }
}
