//! What is asked for, in words for the person who is asked.

use domain::{AuthorizationDetail, AuthorizationDetails, Scope, ScopeMeaning};
use fluent_bundle::FluentArgs;
use minijinja::{Value, context};
use oauth::authorization_details::{Line, Part, Told};

use crate::app::App;
use crate::page::{Locale, Locales};

/// What a scope value allows, in words.
struct ScopeWords {
    /// The scope value; the default scope has none.
    value: String,
    sentence: String,
    /// What a value of a dynamic scope has in place of the `*`.
    variable: Option<String>,
}

impl ScopeWords {
    /// All of it in one sentence.
    fn whole(self, locales: &Locales, locale: Locale) -> String {
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
    /// What a client may do, a sentence each.
    pub(crate) fn access_sentences(
        &self,
        locale: Locale,
        scope: &Scope,
        details: &[AuthorizationDetail],
    ) -> Vec<String> {
        let locales = self.pages.locales();
        let words = self.scope_words(locale, scope, !details.is_empty());
        let scopes = words.into_iter().map(|it| it.whole(locales, locale));
        let title = |detail| self.told(locale, detail).title;
        let text = |parts: Vec<Part>| parts.into_iter().map(|part| part.text).collect();
        scopes.chain(details.iter().map(title).map(text)).collect()
    }

    /// What a scope allows, as the consent page has it: what the person must allow first.
    pub(super) fn scopes_shown(
        &self,
        locale: Locale,
        (scope, required): (&Scope, &Scope),
        details: &AuthorizationDetails,
    ) -> Vec<Value> {
        let is_required = |it: &ScopeWords| it.value.is_empty() || required.contains(&it.value);
        let mut words = self.scope_words(locale, scope, !details.is_empty());
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

    /// What is asked for in detail, as the consent page has it.
    pub(super) fn details_shown(
        &self,
        locale: Locale,
        details: &AuthorizationDetails,
    ) -> Vec<Value> {
        let shown = |detail| {
            let told = self.told(locale, detail);
            context! {
                title => parts(&told.title),
                lines => lines(&told.lines),
                everything => lines(&told.everything),
            }
        };
        details.iter().map(shown).collect()
    }

    fn told(&self, locale: Locale, detail: &AuthorizationDetail) -> Told {
        let types = self.live.detail_types();
        let mut told = types.told(detail, locale.tag());
        // The description of a type can be an alias, as others can.
        for part in told.title.iter_mut().filter(|part| !part.is_value) {
            part.text = self.pages.locales().alias(locale, &part.text);
        }
        told
    }

    /// What a scope allows: the default scope, if there are words for it or there is nothing else,
    /// then each value in the order in which administrators list them.
    fn scope_words(&self, locale: Locale, scope: &Scope, with_details: bool) -> Vec<ScopeWords> {
        let settings = self.live.settings();
        let meanings = settings.meanings(scope).into_iter();
        let values = meanings.map(|(value, means)| self.words_of(locale, value, means));
        let is_alone = scope.is_empty() && !with_details;
        let default = self.default_scope_words(locale, is_alone).into_iter();
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

    fn default_scope_words(&self, locale: Locale, is_alone: bool) -> Option<ScopeWords> {
        let (settings, locales) = (self.live.settings(), self.pages.locales());
        let sentence = match settings.default_scope_description.as_str() {
            "" if is_alone => locales.text(locale, "default-scope", &FluentArgs::new()),
            "" => return None,
            words => locales.alias(locale, words),
        };
        Some(ScopeWords {
            value: String::new(),
            sentence,
            variable: None,
        })
    }
}

fn lines(lines: &[Line]) -> Vec<Value> {
    let line = |line: &Line| context! { label => line.label.clone(), parts => parts(&line.parts) };
    lines.iter().map(line).collect()
}

fn parts(parts: &[Part]) -> Vec<Value> {
    let part = |part: &Part| context! { text => part.text.clone(), is_value => part.is_value };
    parts.iter().map(part).collect()
}
