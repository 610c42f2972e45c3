//! The languages of the pages.

mod own;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use domain::Timestamp;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use minijinja::{Value, context};

pub use own::WordsError;

/// A language that the pages speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locale(usize);

/// The languages with their BCP 47 tags, their own names and their words.
const LANGUAGES: [(&str, &str, &str); 4] = [
    ("en", "English", include_str!("../../assets/locale/en.ftl")),
    ("de", "Deutsch", include_str!("../../assets/locale/de.ftl")),
    ("fr", "Français", include_str!("../../assets/locale/fr.ftl")),
    ("es", "Español", include_str!("../../assets/locale/es.ftl")),
];

impl Locale {
    /// English, whose words are complete by definition.
    pub const ENGLISH: Self = Self(0);

    /// Every language.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..LANGUAGES.len()).map(Self)
    }

    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        LANGUAGES.get(self.0).map_or("en", |(tag, ..)| tag)
    }

    /// The language for a BCP 47 tag, by its primary subtag: `de-AT` is served by `de`.
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?.to_ascii_lowercase();
        LANGUAGES
            .iter()
            .position(|(known, ..)| *known == primary)
            .map(Self)
    }

    /// The first language in a list of tags, such as `ui_locales` (OpenID Connect Core §3.1.2.1).
    pub fn of_list(tags: &str) -> Option<Self> {
        tags.split(' ').take(20).find_map(Self::of_tag)
    }

    /// The best language for an `Accept-Language` header (RFC 9110 §12.5.4).
    pub fn of_header(header: &str) -> Option<Self> {
        let mut ranges: Vec<(f32, Self)> = header
            .split(',')
            .take(30)
            .filter_map(|range| {
                let (tag, parameters) = range.split_once(';').unwrap_or((range, "q=1"));
                let quality = parameters.trim().strip_prefix("q=")?.trim().parse().ok()?;
                Some((quality, Self::of_tag(tag.trim())?))
            })
            .filter(|(quality, _)| *quality > 0.0)
            .collect();
        ranges.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        ranges.first().map(|(_, locale)| *locale)
    }
}

/// The words of all languages; a clone shares them.
#[derive(Clone)]
pub struct Locales {
    bundles: Arc<[FluentBundle<FluentResource>]>,
    /// The ids of the operator's own messages.
    own: Arc<BTreeSet<String>>,
    fallback: Locale,
}

impl Locales {
    /// The languages, and the one for people who ask for none that there is.
    pub fn new(fallback: Locale) -> Self {
        let bundles = LANGUAGES.iter().map(|(tag, _, words)| bundle(tag, words));
        Self {
            bundles: bundles.collect(),
            own: Arc::default(),
            fallback,
        }
    }

    /// The languages with the words of an operator's directory: each of its files is named after a
    /// language, as in `de.ftl`, and has messages of its own or in place of ours.
    ///
    /// # Errors
    /// A file in the directory cannot be read, is no Fluent, or is named after no language.
    pub fn with_overrides(fallback: Locale, directory: Option<&Path>) -> Result<Self, WordsError> {
        let Some(directory) = directory else {
            return Ok(Self::new(fallback));
        };
        own::check_names(directory)?;
        let mut own = BTreeSet::new();
        let mut bundles = Vec::new();
        for (tag, _, ours) in LANGUAGES {
            let mut bundle = bundle(tag, ours);
            if let Some(words) = own::read(directory, tag)? {
                own.extend(own::ids(words.source()).map(str::to_owned));
                bundle.add_resource_overriding(words);
            }
            bundles.push(bundle);
        }
        Ok(Self {
            bundles: bundles.into(),
            own: Arc::new(own),
            fallback,
        })
    }

    /// What an administrator has written for people, in their language: if it is the id of one of
    /// the operator's own messages that message, else the text itself.
    pub fn alias(&self, locale: Locale, text: &str) -> String {
        match self.own.contains(text) {
            true => self.text(locale, text, &FluentArgs::new()),
            false => text.to_owned(),
        }
    }

    /// The language for those who ask for none that there is.
    pub const fn fallback(&self) -> Locale {
        self.fallback
    }

    /// The text of a message, or its id where nobody wrote it.
    pub fn text(&self, locale: Locale, id: &str, arguments: &FluentArgs<'_>) -> String {
        let found = [locale, Locale::ENGLISH].into_iter().find_map(|locale| {
            let bundle = self.bundles.get(locale.0)?;
            let pattern = bundle.get_message(id)?.value()?;
            let mut errors = Vec::new();
            Some(
                bundle
                    .format_pattern(pattern, Some(arguments), &mut errors)
                    .into_owned(),
            )
        });
        found.unwrap_or_else(|| id.to_owned())
    }

    /// Whether English has a message with this id.
    pub fn has(&self, id: &str) -> bool {
        self.bundles
            .first()
            .is_some_and(|english| english.has_message(id))
    }

    /// A point in time in words, for a person.
    pub fn date(&self, locale: Locale, at: Timestamp) -> Value {
        let text = jiff::Timestamp::from_millisecond(at.millis()).map(|instant| {
            let zoned = instant.to_zoned(jiff::tz::TimeZone::UTC);
            let mut month = FluentArgs::new();
            month.set("month", i64::from(zoned.month()));
            let mut arguments = FluentArgs::new();
            arguments.set("name", self.text(locale, "date-month", &month));
            arguments.set("day", i64::from(zoned.day()));
            arguments.set("year", zoned.year().to_string());
            let time = format!("{:02}:{:02}", zoned.hour(), zoned.minute());
            arguments.set("time", time);
            self.text(locale, "date-time", &arguments)
        });
        let text = text.unwrap_or_default();
        context! { iso => at.to_string(), text => text }
    }
}

/// The links to the languages of the page at `address`. They are a query alone, which leads to the
/// page that it stands on: a path from a request, such as `//elsewhere`, may lead anywhere.
pub(super) fn links(current: Locale, address: &str) -> Vec<Value> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let kept = query
        .split('&')
        .filter(|parameter| !parameter.is_empty() && !parameter.starts_with("ui_locales="));
    let link = |(position, (tag, name, _)): (usize, &(&str, &str, &str))| {
        let asked = format!("ui_locales={tag}");
        let mut query: Vec<&str> = kept.clone().collect();
        query.push(&asked);
        context! {
            tag => *tag,
            name => *name,
            href => format!("?{}", query.join("&")),
            current => position == current.0,
        }
    };
    LANGUAGES.iter().enumerate().map(link).collect()
}

fn bundle(tag: &str, words: &str) -> FluentBundle<FluentResource> {
    let language = tag.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Isolation marks would show up in titles and in attributes.
    bundle.set_use_isolating(false);
    // What cannot be read of a file is missing from the bundle; a test asserts that nothing is.
    let resource = FluentResource::try_new(words.to_owned()).unwrap_or_else(|(partial, _)| partial);
    bundle.add_resource_overriding(resource);
    bundle
}

/// A template's value as Fluent takes it.
pub(super) fn fluent_value(value: &Value) -> FluentValue<'static> {
    match (i64::try_from(value.clone()), value.is_number()) {
        (Ok(number), true) => FluentValue::from(number),
        _ => FluentValue::from(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn ids(words: &str) -> BTreeSet<String> {
        let lines = words
            .lines()
            .filter(|line| !line.starts_with(['#', ' ', '}']));
        lines
            .filter_map(|line| Some(line.split_once(" =")?.0.to_owned()))
            .collect()
    }

    #[test]
    fn every_language_has_every_word() {
        let [(_, _, english), others @ ..] = LANGUAGES;
        assert!(ids(english).len() > 100);
        for (tag, _, words) in others {
            assert_eq!(ids(words), ids(english), "{tag}");
        }
        for (tag, _, words) in LANGUAGES {
            assert!(FluentResource::try_new(words.to_owned()).is_ok(), "{tag}");
        }
    }

    #[test]
    fn rfc9110_12_5_4_picks_the_best_language() {
        let best = |header| Locale::of_header(header).map(Locale::tag);
        assert_eq!(best("fr-CA, de;q=0.9, en;q=0.8"), Some("fr"));
        assert_eq!(best("ja, es;q=0.2, de;q=0.7"), Some("de"));
        assert_eq!(best("de;q=0, en;q=0.1"), Some("en"));
        assert_eq!(best("ja"), None);
        assert_eq!(best(";;q=,=,"), None);
    }

    #[test]
    fn links_to_other_languages_never_leave_the_server() {
        let href = |address: &str| {
            let links = links(Locale::ENGLISH, address);
            links[1].get_attr("href").unwrap().to_string()
        };
        assert_eq!(href("//elsewhere.example/x"), "?ui_locales=de");
        assert_eq!(href("/account?a=1&ui_locales=fr"), "?a=1&ui_locales=de");
    }

    #[test]
    fn an_operators_words_take_the_place_of_ours_and_name_aliases() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, words: &str| {
            std::fs::write(directory.path().join(name), words).unwrap();
        };
        let read = || Locales::with_overrides(Locale::ENGLISH, Some(directory.path()));
        write(
            "en.ftl",
            "shop-name = The Shop\nrequired = Needed\n    .hint = x\n",
        );
        write("de.ftl", "# Der Laden\nshop-name = Der Laden\n-term = y\n");
        write("notes.txt", "not read");
        let locales = read().unwrap();
        let [english, german, french] = ["en", "de", "fr"].map(|it| Locale::of_tag(it).unwrap());
        assert_eq!(locales.alias(german, "shop-name"), "Der Laden");
        assert_eq!(locales.alias(french, "shop-name"), "The Shop");
        // Our own messages are nobody's alias.
        assert_eq!(locales.alias(english, "consent-allow"), "consent-allow");
        assert_eq!(locales.alias(german, "-term"), "-term");
        let none = FluentArgs::new();
        assert_eq!(locales.text(english, "required", &none), "Needed");
        assert_eq!(locales.text(german, "required", &none), "Erforderlich");
        write("it.ftl", "shop-name = Il negozio\n");
        let told = read().err().unwrap().to_string();
        assert!(
            told.contains("it.ftl") && told.contains("no language"),
            "{told}"
        );
        write("it.ftl", "");
        std::fs::remove_file(directory.path().join("it.ftl")).unwrap();
        write("de.ftl", "shop-name = { $\n");
        let told = read().err().unwrap().to_string();
        assert!(told.contains("de.ftl") && told.contains("faulty"), "{told}");
    }

    #[test]
    fn words_are_filled_in() {
        let locales = Locales::new(Locale::ENGLISH);
        let mut arguments = FluentArgs::new();
        arguments.set("client", "Demo Shop");
        assert_eq!(
            locales.text(Locale::ENGLISH, "back-to", &arguments),
            "Back to Demo Shop"
        );
    }

    #[test]
    fn dates_are_spoken_in_every_language() {
        let locales = Locales::new(Locale::ENGLISH);
        let spoken = |tag, seconds| {
            let locale = Locale::of_tag(tag).unwrap();
            let date = locales.date(locale, Timestamp::from_seconds(seconds));
            date.get_attr("text").unwrap().to_string()
        };
        for (tag, text, first_of_may) in [
            (
                "en",
                "14 November 2023 at 22:13 UTC",
                "1 May 2025 at 00:05 UTC",
            ),
            (
                "de",
                "14. November 2023 um 22:13 Uhr (UTC)",
                "1. Mai 2025 um 00:05 Uhr (UTC)",
            ),
            (
                "fr",
                "14 novembre 2023 à 22:13 UTC",
                "1er mai 2025 à 00:05 UTC",
            ),
            (
                "es",
                "14 de noviembre de 2023 a las 22:13 UTC",
                "1 de mayo de 2025 a las 00:05 UTC",
            ),
        ] {
            assert_eq!(spoken(tag, 1_700_000_000), text);
            assert_eq!(spoken(tag, 1_746_057_900), first_of_may);
        }
    }
}
