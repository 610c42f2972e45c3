//! The state in which people see to their devices.

use authn::flow::DeviceChoice;
use domain::DeviceId;
use serde_json::{Value, json};

use super::{SECOND_FACTOR, State, shown};
use crate::app::App;

impl State {
    /// The state in which somebody sees to their devices, of which some are `kept`.
    pub(super) fn of_management(
        username: &str,
        (devices, kept): (&[DeviceChoice], &[DeviceId]),
        app: &App,
    ) -> Self {
        let told = devices.iter().enumerate().map(|(place, device)| {
            let mut told = shown(device, app);
            if let Some(members) = told.as_object_mut() {
                members.insert("default".to_owned(), (place == 0).into());
                let is_kept = kept.contains(&device.id);
                members.insert("removable".to_owned(), (!is_kept).into());
            }
            told
        });
        let mut state = Self::new("DEVICE_MANAGEMENT", SECOND_FACTOR);
        state.tell("devices", told.collect::<Vec<Value>>());
        state.tell("user", json!({ "username": username }));
        state.actions = vec![
            "setDefaultDevice",
            "removeDevice",
            "continueAuthentication",
            "restart",
            "cancelAuthentication",
        ];
        state
    }

    /// Whether they may ask to get there.
    pub(super) fn may_manage(&mut self, may: bool) {
        self.tell("manageDevicesAllowed", false);
        if may {
            self.actions.push("manageDevices");
        }
    }
}
