//! What is asked for, in words for the person who is asked.

use domain::{Scope, ScopeMeaning};
use fluent_bundle::FluentArgs;
use minijinja::{Value, context};

use crate::app::App;
use crate::page::{Locale, Locales};

/// What a scope value allows, in words.
pub(crate) struct ScopeWords {
    /// The scope value; the default scope has none.
    value: String,
    sentence: String,
    /// What a value of a dynamic scope has in place of the `*`.
    variable: Option<String>,
}

impl ScopeWords {
    /// All of it in one sentence.
    pub(crate) fn sentence(self, locales: &Locales, locale: Locale) -> String {
        let Some(variable) = self.variable else {
            return self.sentence;
        };
        let mut words = FluentArgs::new();
        words.set("scope", self.sentence);
        words.set("value", variable);
        locales.text(locale, "scope-with-value", &words)
    }
}

impl App {
    /// What a scope allows: the default scope, if there are words for it or there is nothing else,
    /// then each value in the order in which administrators list them.
    pub(crate) fn scope_words(&self, locale: Locale, scope: &Scope) -> Vec<ScopeWords> {
        let settings = self.live.settings();
        let meanings = settings.meanings(scope);
        let meanings = meanings.into_iter();
        let values = meanings.map(|(value, means)| self.words_of(locale, value, means));
        let default = self.default_scope_words(locale, scope).into_iter();
        default.chain(values).collect()
    }

    /// What one value allows, in the words of the administrator or else in ours.
    fn words_of(&self, locale: Locale, value: &str, means: Option<ScopeMeaning<'_>>) -> ScopeWords {
        let locales = self.pages.locales();
        let described = means.and_then(|it| Some((it, it.description()?)));
        let (sentence, variable) = match described {
            Some((ScopeMeaning::Dynamic { variable, .. }, words)) => {
                (locales.alias(locale, words), Some(variable.to_owned()))
            }
            Some((_, words)) => (locales.alias(locale, words), None),
            None => {
                let id = format!("scope-{value}");
                let ours = locales.has(&id);
                let ours = ours.then(|| locales.text(locale, &id, &FluentArgs::new()));
                (ours.unwrap_or_else(|| value.to_owned()), None)
            }
        };
        ScopeWords {
            value: value.to_owned(),
            sentence,
            variable,
        }
    }

    fn default_scope_words(&self, locale: Locale, scope: &Scope) -> Option<ScopeWords> {
        let (settings, locales) = (self.live.settings(), self.pages.locales());
        let sentence = match settings.default_scope_description.as_str() {
            "" if scope.is_empty() => locales.text(locale, "default-scope", &FluentArgs::new()),
            "" => return None,
            words => locales.alias(locale, words),
        };
        Some(ScopeWords {
            value: String::new(),
            sentence,
            variable: None,
        })
    }

    /// What a scope allows, as the consent page has it: what the person must allow first.
    pub(super) fn scopes_shown(
        &self,
        locale: Locale,
        scope: &Scope,
        required: &Scope,
    ) -> Vec<Value> {
        let is_required = |it: &ScopeWords| it.value.is_empty() || required.contains(&it.value);
        let mut words = self.scope_words(locale, scope);
        words.sort_by_key(|it| !is_required(it));
        let shown = |words: ScopeWords| {
            context! {
                required => is_required(&words),
                name => words.value,
                description => words.sentence,
                value => words.variable,
            }
        };
        words.into_iter().map(shown).collect()
    }
}
