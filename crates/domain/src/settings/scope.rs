//! Which scope values mean what, and who may ask for them.
//!
//! A value means the scope or the group of that very name, or else the most specific dynamic scope
//! that it matches; of two that are equally specific, the common one. What it means alone decides
//! who may have it, so that a client cannot get by way of `payment:*` what `payment:admin` or
//! `payment:admin:*` keep to others.

use std::collections::BTreeMap;

use super::{ScopeDescription, ScopeGroup, ServerSettings};
use crate::{Client, Scope, ScopePattern};

/// What a scope value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeMeaning<'a> {
    /// The scope of this name.
    Static(&'a ScopeDescription),
    /// The scopes of a group.
    Group(&'a ScopeGroup),
    /// A dynamic scope.
    Dynamic {
        /// The dynamic scope.
        scope: &'a ScopeDescription,
        /// What the value has in place of its `*`.
        variable: &'a str,
    },
}

impl<'a> ScopeMeaning<'a> {
    /// The name by which clients are given it; of a dynamic scope, its pattern.
    pub fn name(&self) -> &'a str {
        match self {
            Self::Static(scope) | Self::Dynamic { scope, .. } => &scope.name,
            Self::Group(group) => &group.name,
        }
    }

    /// What it allows, in the administrator's words, if there are any.
    pub fn description(&self) -> Option<&'a str> {
        let words = match self {
            Self::Static(scope) | Self::Dynamic { scope, .. } => &scope.description,
            Self::Group(group) => &group.description,
        };
        Some(words.as_str()).filter(|words| !words.is_empty())
    }
}

/// To whom something is available.
#[derive(Clone, Copy)]
enum Availability {
    /// To every client that is not restricted to others.
    Common,
    /// To the clients to which it is assigned.
    Exclusive,
}

impl Availability {
    fn admits(self, client: &Client, name: &str) -> bool {
        match self {
            Self::Common => !client.restrict_scopes || client.restricted_scopes.contains(name),
            Self::Exclusive => client.exclusive_scopes.contains(name),
        }
    }
}

/// What values mean, and to whom that is available.
type Found<'a> = BTreeMap<&'a str, (Availability, ScopeMeaning<'a>)>;

impl ServerSettings {
    /// What of `asked` the client may ask for. The default scope, which has no value, is every
    /// client's.
    #[must_use]
    pub fn allowed(&self, client: &Client, asked: &Scope) -> Scope {
        let found = self.find(asked).into_iter();
        let allowed =
            found.filter(|(_, (availability, it))| availability.admits(client, it.name()));
        allowed.map(|(value, _)| value).collect()
    }

    /// The values of a scope with what they mean, in the order in which administrators list that;
    /// last what means nothing.
    pub fn meanings<'a>(&'a self, scope: &'a Scope) -> Vec<(&'a str, Option<ScopeMeaning<'a>>)> {
        let found = self.find(scope);
        let scopes = self.all_scopes().map(|(_, scope)| scope.name.as_str());
        let groups = self.all_groups().map(|(_, group)| group.name.as_str());
        let places: BTreeMap<&str, usize> = scopes.chain(groups).zip(0..).collect();
        let meaning = |value| (value, found.get(value).map(|(_, meaning)| *meaning));
        let mut meanings: Vec<_> = scope.values().map(meaning).collect();
        let place = |meaning: &Option<ScopeMeaning<'_>>| places.get(meaning.as_ref()?.name());
        meanings.sort_by_key(|(_, meaning)| place(meaning).copied().unwrap_or(usize::MAX));
        meanings
    }

    /// The scope with what is in its groups besides.
    #[must_use]
    pub fn expanded(&self, scope: &Scope) -> Scope {
        let groups = self.all_groups().map(|(_, group)| group);
        let named = groups.filter(|group| scope.contains(&group.name));
        named.fold(scope.clone(), |all, group| all.union(&group.scopes))
    }

    /// The values that every client may know of: the common scopes and groups, but no patterns,
    /// which nobody can ask for as they are.
    pub fn published_scopes(&self) -> impl Iterator<Item = &str> {
        let scopes = self.scopes.iter().filter(|scope| !scope.dynamic);
        let groups = self.scope_groups.iter().map(|group| group.name.as_str());
        scopes.map(|scope| scope.name.as_str()).chain(groups)
    }

    /// One pass over all that is configured, however many values there are.
    fn find<'a>(&'a self, asked: &'a Scope) -> Found<'a> {
        let mut found = self.find_static(asked);
        if found.len() < asked.values().count() {
            let dynamic = self.find_dynamic(asked);
            for (value, meaning) in dynamic {
                found.entry(value).or_insert(meaning);
            }
        }
        found
    }

    fn find_static<'a>(&'a self, asked: &'a Scope) -> Found<'a> {
        let scopes = self.all_scopes().filter(|(_, scope)| !scope.dynamic);
        let scopes = scopes.map(|(to, scope)| (to, ScopeMeaning::Static(scope)));
        let groups = self.all_groups();
        let groups = groups.map(|(to, group)| (to, ScopeMeaning::Group(group)));
        let mut found = Found::new();
        for (availability, meaning) in scopes.chain(groups) {
            if asked.contains(meaning.name()) {
                found
                    .entry(meaning.name())
                    .or_insert((availability, meaning));
            }
        }
        found
    }

    fn find_dynamic<'a>(&'a self, asked: &'a Scope) -> Found<'a> {
        let mut found = BTreeMap::<&str, (usize, (Availability, ScopeMeaning<'_>))>::new();
        for (availability, scope) in self.all_scopes().filter(|(_, scope)| scope.dynamic) {
            let Some(pattern) = ScopePattern::of(&scope.name) else {
                continue;
            };
            for value in asked.beginning_with(pattern.prefix()) {
                let known = found.get(value).map(|(specificity, _)| *specificity);
                let is_better = known.is_none_or(|known| pattern.specificity() > known);
                if let (Some(variable), true) = (pattern.variable(value), is_better) {
                    let meaning = ScopeMeaning::Dynamic { scope, variable };
                    found.insert(value, (pattern.specificity(), (availability, meaning)));
                }
            }
        }
        let found = found.into_iter();
        found
            .map(|(value, (_, meaning))| (value, meaning))
            .collect()
    }

    fn all_groups(&self) -> impl Iterator<Item = (Availability, &ScopeGroup)> {
        let common = self.scope_groups.iter();
        let exclusive = self.exclusive_scope_groups.iter();
        let common = common.map(|it| (Availability::Common, it));
        common.chain(exclusive.map(|it| (Availability::Exclusive, it)))
    }

    fn all_scopes(&self) -> impl Iterator<Item = (Availability, &ScopeDescription)> {
        let common = self.scopes.iter().map(|it| (Availability::Common, it));
        let exclusive = self.exclusive_scopes.iter();
        common.chain(exclusive.map(|it| (Availability::Exclusive, it)))
    }
}

#[cfg(test)]
mod tests;
