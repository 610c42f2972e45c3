//! What is remembered from frame to frame.

use std::time::Duration;

use super::{Claim, Failure, Policy};
use crate::embedding::{Embedding, Sum};
use crate::observation::{Face, Track};

/// One face, watched without interruption.
#[derive(Clone, Default)]
pub(super) struct Watch {
    /// Frames that came.
    frames: u16,
    /// The face of the first usable frame.
    first: Option<Embedding>,
    /// When the last usable frame came, and where the head was turned.
    last: Option<(Duration, f32)>,
    /// Where the face was in the last frame, if that was usable.
    track: Option<Track>,
    /// How fast the head moved from the last usable frame but one to the last, in yaw for each second, if
    /// it moved.
    speed: Option<f32>,
    /// Frames that looked into the camera when they should.
    kept: Sum,
}

impl Watch {
    /// When a face was last seen.
    pub(super) fn seen_at(&self) -> Option<Duration> {
        self.last.map(|(at, _)| at)
    }

    /// Where the head was turned when it was last seen.
    pub(super) fn yaw(&self) -> Option<f32> {
        self.last.map(|(_, yaw)| yaw)
    }

    /// Where the face was in the last frame, if that was usable.
    pub(super) fn track(&self) -> Option<Track> {
        self.track
    }

    /// How fast the head moved when it was last seen, in yaw for each second, if it did: without bounds while
    /// it has only begun to.
    pub(super) fn speed(&self) -> Option<f32> {
        self.speed
    }

    /// How many frames came.
    pub(super) fn frames(&self) -> u16 {
        self.frames
    }

    /// Counts a frame.
    pub(super) fn count(&mut self, policy: &Policy) -> Result<(), Failure> {
        self.track = None;
        self.frames = self.frames.saturating_add(1);
        match self.frames > policy.most_frames {
            true => Err(Failure::TooManyFrames),
            false => Ok(()),
        }
    }

    /// Whether the face was in sight until now.
    pub(super) fn in_sight(&self, at: Duration, policy: &Policy) -> Result<(), Failure> {
        let gap = self.seen_at().map(|seen| at.saturating_sub(seen));
        match gap.is_some_and(|gap| gap > policy.longest_gap) {
            true => Err(Failure::LostFace),
            false => Ok(()),
        }
    }

    /// Whether the face is the one that was there before.
    pub(super) fn same_face(&mut self, face: &Face, policy: &Policy) -> Result<(), Failure> {
        let first = self.first.get_or_insert_with(|| face.embedding.clone());
        match first.distance(&face.embedding) <= policy.same_face {
            true => Ok(()),
            false => Err(Failure::FaceChanged),
        }
    }

    /// Whether the head moved there as heads do.
    pub(super) fn moved(
        &mut self,
        at: Duration,
        face: &Face,
        policy: &Policy,
    ) -> Result<(), Failure> {
        let yaw = face.yaw;
        let before = self.last.replace((at, yaw));
        self.track = face.track;
        let moved = before.map_or(0.0, |(_, before)| (yaw - before).abs());
        let passed = before.map_or(Duration::ZERO, |(then, _)| at.saturating_sub(then));
        let speed = match self.speed {
            Some(_) => moved / passed.as_secs_f32(),
            None => f32::INFINITY,
        };
        self.speed = (moved >= policy.still).then_some(speed);
        match moved > policy.farthest_jump {
            true => Err(Failure::Jumped),
            false => Ok(()),
        }
    }

    /// Keeps a frame that looks into the camera.
    pub(super) fn keep(&mut self, embedding: &Embedding) {
        self.kept.add(embedding);
    }

    /// How many were kept.
    pub(super) fn kept(&self) -> u16 {
        self.kept.count()
    }

    /// The middle of those that were kept.
    pub(super) fn mean(&self) -> Option<Embedding> {
        self.kept.mean()
    }
}

/// Whether a face may be the one that was enrolled.
pub(super) fn claimed(face: &Face, claim: Option<&Claim>, policy: &Policy) -> Result<(), Failure> {
    let distance = claim.map(|claim| claim.distance(&face.embedding));
    match distance.is_none_or(|distance| distance <= policy.frame_threshold) {
        true => Ok(()),
        false => Err(Failure::AnotherPerson),
    }
}
