//! How much is asked for.

use std::ops::RangeInclusive;
use std::time::Duration;

/// What a challenge asks for and puts up with. The defaults are those that docs/face.md explains.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// How many turns to random sides are asked for, at most [`Policy::MOST_TURNS`]: three have eight
    /// orders.
    pub turns: u8,
    /// The yaw from which a head is turned.
    pub turned_yaw: f32,
    /// The yaw up to which a head looks into the camera.
    pub centre_yaw: f32,
    /// By how much a head may come back without having left.
    pub play: f32,
    /// The time to find the camera and look into it.
    pub first_pose: Duration,
    /// The time for each turn that is asked for, with holding it.
    pub each_pose: Duration,
    /// Nobody follows faster than this.
    pub reaction: Duration,
    /// A pose is held for a random time, not shorter than this ...
    pub shortest_hold: Duration,
    /// ... and not longer than this.
    pub longest_hold: Duration,
    /// By how much yaw may change from one frame to the next: more ends the challenge.
    pub farthest_jump: f32,
    /// The widest part of the way from one pose to the next, in yaw, in which the head need not be seen:
    /// less than there is between looking ahead and being turned, so that it is seen in between.
    pub widest_hole: f32,
    /// How long there may be no usable frame, once there was one.
    pub longest_gap: Duration,
    /// How far a head may turn until the next frame is wanted, in yaw: as fast as it did in the last one ...
    pub stride: f32,
    /// ... which is not sooner than this after the last ...
    pub pace_turning: Duration,
    /// ... and not later, also while the head is still: more frames tell nothing, and take time of the
    /// server ...
    pub pace_still: Duration,
    /// ... and, at most, while it is where it should be.
    pub pace_holding: Duration,
    /// A head is still that moves less than this, in yaw, from one frame to the next.
    pub still: f32,
    /// In how many frames, drawn at random, all faces are counted once: in the others the one is followed.
    pub counted: u8,
    /// How many frames may come in all, usable or not.
    pub most_frames: u16,
    /// How many frames that look into the camera the face is judged by, at least.
    pub frames: u16,
    /// How far the mean of those frames may be from the enrolled face.
    pub threshold: f32,
    /// How far a single frame may be from the enrolled face, turned as it is.
    pub frame_threshold: f32,
    /// How far two frames of one challenge may be from each other.
    pub same_face: f32,
    /// The smallest width of the face, as a share of the frame's shorter side.
    pub smallest: f32,
    /// The largest.
    pub largest: f32,
    /// Where the middle of the face may be, as shares of width and height.
    pub centre: RangeInclusive<f32>,
    /// The least brightness of the face, of 255.
    pub darkest: f32,
    /// The most.
    pub brightest: f32,
    /// The least sharpness of the face.
    pub blurriest: f32,
}

impl Policy {
    /// More turns than this are not drawn.
    pub const MOST_TURNS: u8 = 8;
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            turns: 3,
            turned_yaw: 0.25,
            centre_yaw: 0.12,
            play: 0.07,
            first_pose: Duration::from_secs(30),
            each_pose: Duration::from_secs(6),
            reaction: Duration::from_millis(120),
            shortest_hold: Duration::from_millis(300),
            longest_hold: Duration::from_millis(600),
            farthest_jump: 0.3,
            widest_hole: 0.12,
            longest_gap: Duration::from_millis(1200),
            stride: 0.025,
            pace_turning: Duration::from_millis(120),
            pace_still: Duration::from_millis(240),
            pace_holding: Duration::from_millis(360),
            still: 0.01,
            counted: 10,
            most_frames: 300,
            frames: 5,
            threshold: 0.42,
            frame_threshold: 0.6,
            same_face: 0.6,
            smallest: 0.2,
            largest: 0.95,
            centre: 0.2..=0.8,
            darkest: 40.0,
            brightest: 230.0,
            blurriest: 1.0,
        }
    }
}
