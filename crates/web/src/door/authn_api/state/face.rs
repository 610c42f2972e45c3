//! The states in which a face is waited for.

use authn::flow::{Flow, PushState, Step};

use super::{SECOND_FACTOR, State};
use crate::app::App;

impl State {
    /// The state of a step at which somebody is asked for their face; nothing for any other.
    pub(super) fn of_face(step: &Step, flow: &Flow, app: &App) -> Option<Self> {
        let Step::Face {
            username,
            device,
            devices,
            until,
            state: asked,
        } = step
        else {
            return None;
        };
        let status = match asked {
            PushState::Waiting => "FACE_RECOGNITION_REQUIRED",
            PushState::Approved => "MFA_COMPLETED",
            PushState::Rejected => "FACE_RECOGNITION_FAILED",
            PushState::TimedOut => "FACE_RECOGNITION_TIMED_OUT",
        };
        let mut state = Self::new(status, SECOND_FACTOR);
        state.devices(username, devices, app);
        state.selected(device, devices);
        state.may_manage(flow.may_manage());
        match asked {
            PushState::Waiting => {
                state.tell("recognize", app.recognize_told(flow, *until)?);
                state.actions.push("poll");
            }
            PushState::Approved => state.actions.push("continueAuthentication"),
            PushState::Rejected | PushState::TimedOut => {}
        }
        // A ticket is good for one session: to select the same device again is to get another.
        if *asked != PushState::Approved {
            state.reselectable();
        }
        Some(state)
    }
}
