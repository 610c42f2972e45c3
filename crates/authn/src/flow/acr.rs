//! Authentication context classes: what an `acr` value asks for.

use super::AcrDemand;

/// An `acr` value and what it takes to reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcrRule {
    /// The value.
    pub name: String,
    /// Whether it takes a second factor.
    pub second_factor: bool,
}

/// The `acr` values of the server, the weakest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcrPolicy {
    rules: Vec<AcrRule>,
}

impl Default for AcrPolicy {
    /// `pwd` for a password, `mfa` for a password and a second factor.
    fn default() -> Self {
        let rule = |name: &str, second_factor| AcrRule {
            name: name.to_owned(),
            second_factor,
        };
        Self::new(vec![rule("pwd", false), rule("mfa", true)])
    }
}

impl AcrPolicy {
    /// The policy with these rules, the weakest first.
    pub const fn new(rules: Vec<AcrRule>) -> Self {
        Self { rules }
    }

    /// The values, the weakest first (`acr_values_supported`).
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.name.as_str())
    }

    /// The first of the demanded values that can be reached, when a second factor can be had or
    /// not.
    pub(super) fn reachable(&self, demand: &AcrDemand, second_factor: bool) -> Option<&AcrRule> {
        // OpenID Connect Core §3.1.2.1: "with the values appearing in order of preference"
        let rule_of = |value: &String| self.rules.iter().find(|rule| rule.name == *value);
        let mut known = demand.values.iter().filter_map(rule_of);
        known.find(|rule| second_factor || !rule.second_factor)
    }

    /// The value to report for a sign-on with or without a second factor: the first of the
    /// demanded that it satisfies, or else the strongest that it does; never one that it does not.
    /// What it was in fact is told by `amr` besides (docs/decisions/0006-which-acr-is-answered.md).
    pub(super) fn reached(&self, demand: &AcrDemand, second_factor: bool) -> Option<&str> {
        // OpenID Connect Core §3.1.2.1: "The Authentication Context Class satisfied by the
        // authentication performed is returned as the acr Claim Value".
        let strongest = || {
            let mut rules = self.rules.iter().rev();
            rules.find(|rule| second_factor || !rule.second_factor)
        };
        let reached = self.reachable(demand, second_factor).or_else(strongest);
        reached.map(|rule| rule.name.as_str())
    }

    /// Whether a second factor must be asked for, when one can be had or not.
    pub(super) fn demands_second_factor(&self, demand: &AcrDemand, second_factor: bool) -> bool {
        let best = self.reachable(demand, second_factor);
        best.map_or(demand.is_binding(), |rule| rule.second_factor)
    }

    /// Whether none of the demanded values can be reached by anybody, though one must be.
    pub(super) fn is_hopeless(&self, demand: &AcrDemand) -> bool {
        self.fails(demand, true)
    }

    /// Whether none of the demanded values can be reached, though one must be.
    pub(super) fn fails(&self, demand: &AcrDemand, second_factor: bool) -> bool {
        demand.is_binding() && self.reachable(demand, second_factor).is_none()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn demand(values: &[&str], essential: bool) -> AcrDemand {
        AcrDemand {
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            essential,
        }
    }

    #[test]
    fn oidc_core_3_1_2_1_takes_acr_values_in_order_of_preference() {
        let policy = AcrPolicy::default();
        let reached = |values: &[&str], mfa| {
            let demand = demand(values, false);
            policy.reached(&demand, mfa).map(str::to_owned)
        };
        assert_eq!(reached(&["mfa", "pwd"], true).as_deref(), Some("mfa"));
        assert_eq!(reached(&["mfa", "pwd"], false).as_deref(), Some("pwd"));
        assert_eq!(reached(&["pwd", "mfa"], true).as_deref(), Some("pwd"));
        assert_eq!(reached(&["unheard-of"], true).as_deref(), Some("mfa"));
        assert_eq!(reached(&[], false).as_deref(), Some("pwd"));
    }

    #[test]
    fn oidc_core_5_5_1_1_an_essential_acr_that_cannot_be_reached_fails() {
        let policy = AcrPolicy::default();
        assert!(policy.is_hopeless(&demand(&["unheard-of"], true)));
        assert!(!policy.is_hopeless(&demand(&["unheard-of"], false)));
        assert!(!policy.is_hopeless(&demand(&["unheard-of", "mfa"], true)));
        assert!(policy.fails(&demand(&["mfa"], true), false));
        assert!(!policy.fails(&demand(&[], true), false));
    }

    proptest! {
        #[test]
        fn oidc_core_3_1_2_1_the_acr_is_the_first_wish_that_was_satisfied_or_else_the_strongest(
            rules in proptest::collection::vec(("[a-e]", any::<bool>()), 0..5),
            wishes in proptest::collection::vec("[a-g]", 0..5),
            second_factor in any::<bool>(),
        ) {
            let rule = |(name, second_factor)| AcrRule { name, second_factor };
            let policy = AcrPolicy::new(rules.into_iter().map(rule).collect());
            let satisfied = |name: &str| {
                let rule = policy.rules.iter().find(|rule| rule.name == name);
                rule.is_some_and(|rule| second_factor || !rule.second_factor)
            };
            let demand = AcrDemand { values: wishes.clone(), essential: false };
            let answered = policy.reached(&demand, second_factor);
            match wishes.iter().find(|wish| satisfied(wish)) {
                Some(first) => prop_assert_eq!(answered, Some(first.as_str())),
                None => {
                    let mut rules = policy.rules.iter();
                    let strongest = rules.rfind(|rule| second_factor || !rule.second_factor);
                    prop_assert_eq!(answered, strongest.map(|rule| rule.name.as_str()));
                }
            }
        }
    }
}
