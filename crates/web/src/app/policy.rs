//! By which policy people sign on and set up devices in a house.

use std::borrow::Cow;

use authn::flow::Policy;

use super::App;

impl App {
    /// How people sign on here where no policy of the house says more: with their face too, where some
    /// policy has them set it up.
    pub(crate) fn own_policy(&self) -> &Policy {
        match self.live.policies().allows_faces() {
            true => &self.with_face,
            false => &self.settings.policy,
        }
    }

    /// How people set up devices here: by this policy of the house, or as its own says. `None` if there is
    /// no such policy.
    pub(crate) fn enrolment_policy(&self, named: Option<&str>) -> Option<Cow<'_, Policy>> {
        if !self.is_environment() {
            return Some(Cow::Borrowed(self.own_policy()));
        }
        let policies = self.live.policies();
        policies.to_enrol(named, self.own_policy()).map(Cow::Owned)
    }
}
